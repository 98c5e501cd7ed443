// An HTTP proxy on loopback for tests: opens tunnels (CONNECT) to where the test says, perhaps only to who signs in.
import { createServer, connect as openSocket, type Socket } from 'node:net'

export interface ConnectProxy extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, or `socks5://…` */
  server: string
  port: number
  /** What was asked for (`host:port`), and with which login (`user:password`), in order. */
  asked: { target: string; login: string | null }[]
  /** Ends it with every tunnel; nobody listens on its port any more. */
  stop(): Promise<void>
}

export interface ConnectProxyOptions {
  /** The port on loopback that a target means; undefined: refused with 502. */
  portOf: (target: string) => number | undefined
  /** `user:password` that everybody must give. */
  login?: string
}

export async function startConnectProxy({ portOf, login }: ConnectProxyOptions): Promise<ConnectProxy> {
  const sockets = new Set<Socket>()
  const asked: ConnectProxy['asked'] = []

  function answer(socket: Socket, head: string): void {
    const target = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1]
    if (!target) return void socket.end('HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n')
    const given = /^proxy-authorization: basic (\S+)\r?$/im.exec(head)?.[1]
    const name = given ? Buffer.from(given, 'base64').toString() : null
    asked.push({ target, login: name })
    if (login !== undefined && name !== login) {
      const challenge = 'Proxy-Authenticate: Basic realm="test"\r\nContent-Length: 0\r\nConnection: close'
      return void socket.end(`HTTP/1.1 407 Proxy Authentication Required\r\n${challenge}\r\n\r\n`)
    }
    const port = portOf(target)
    if (port === undefined) return void socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n')
    const far = openSocket({ host: '127.0.0.1', port }, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(far)
      far.pipe(socket)
    })
    hold(far)
    far.on('close', () => socket.destroy())
    socket.on('close', () => far.destroy())
  }

  function hold(socket: Socket): void {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  }

  const listener = createServer((socket) => {
    hold(socket)
    let head = ''
    const read = (bytes: Buffer) => {
      head += bytes.toString('latin1')
      // Nobody speaks through the tunnel before it is there.
      if (!head.includes('\r\n\r\n')) return
      socket.off('data', read)
      answer(socket, head)
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
  return { server: `http://127.0.0.1:${port}`, port, asked, stop, [Symbol.asyncDispose]: stop }
}
