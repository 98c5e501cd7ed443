// A SOCKS5 proxy on loopback for tests (RFC 1928): no sign-in, CONNECT by name, to where the test says.
import { createServer, connect as openSocket, type Socket } from 'node:net'
import type { ConnectProxy, ConnectProxyOptions } from './connect-proxy.ts'

const VERSION = 5
const CONNECT = 1
const BY_NAME = 3
const NOT_ALLOWED = 2

export async function startSocksProxy({ portOf }: ConnectProxyOptions): Promise<ConnectProxy> {
  const sockets = new Set<Socket>()
  const asked: ConnectProxy['asked'] = []
  const hold = (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  }
  const reply = (code: number) => Buffer.of(VERSION, code, 0, 1, 127, 0, 0, 1, 0, 0)

  function answer(socket: Socket, name: string, port: number): void {
    asked.push({ target: `${name}:${port}`, login: null })
    const to = portOf(`${name}:${port}`)
    if (to === undefined) return void socket.end(reply(NOT_ALLOWED))
    const far = openSocket({ host: '127.0.0.1', port: to }, () => {
      socket.write(reply(0))
      socket.pipe(far)
      far.pipe(socket)
    })
    hold(far)
    far.on('close', () => socket.destroy())
    socket.on('close', () => far.destroy())
  }

  const listener = createServer((socket) => {
    hold(socket)
    let bytes = Buffer.alloc(0)
    let isGreeted = false
    const read = (more: Buffer) => {
      bytes = Buffer.concat([bytes, more])
      if (!isGreeted) {
        if (bytes.length < 2 || bytes.length < 2 + bytes[1]!) return
        bytes = bytes.subarray(2 + bytes[1]!)
        isGreeted = true
        socket.write(Buffer.of(VERSION, 0))
      }
      if (bytes.length < 5 || bytes.length < 7 + bytes[4]!) return
      socket.off('data', read)
      if (bytes[1] !== CONNECT || bytes[3] !== BY_NAME) return void socket.end(reply(NOT_ALLOWED))
      const end = 5 + bytes[4]!
      answer(socket, bytes.toString('latin1', 5, end), bytes.readUInt16BE(end))
    }
    socket.on('data', read)
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as { port: number }
  const stop = async () => {
    const closed = new Promise<void>((resolve) => listener.close(() => resolve()))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return { server: `socks5://127.0.0.1:${port}`, port, asked, stop, [Symbol.asyncDispose]: stop }
}
