// A line to PostgreSQL that can break at the worst moment: when a commit is done and its answer is not yet there.
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Login } from '../../src/database/login.ts'

export interface LossyLine {
  /** As the one it was made from, but over this line. */
  login: Login
  /** The next commit is done, and nobody hears of it. Resolves when that has happened. */
  loseNextCommit(): Promise<void>
  close(): void
}

export async function openLossyLine(login: Login): Promise<LossyLine> {
  const dir = mkdtempSync(join(tmpdir(), 'botwave-line-'))
  const open = new Set<Socket>()
  let lost: PromiseWithResolvers<void> | null = null

  const server: Server = createServer((near) => {
    const far = login.socketDir
      ? createConnection(`${login.socketDir}/.s.PGSQL.${login.port}`)
      : createConnection(login.port, login.host ?? 'localhost')
    near.on('data', (chunk) => void far.write(chunk))
    far.on('data', (chunk) => {
      // PostgreSQL's word that a commit is done.
      if (!lost || !chunk.toString('latin1').includes('COMMIT\0')) return void near.write(chunk)
      near.destroy()
      far.destroy()
      lost.resolve()
      lost = null
    })
    for (const [socket, other] of [[near, far] as const, [far, near] as const]) {
      open.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => {
        open.delete(socket)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(join(dir, `.s.PGSQL.${login.port}`), resolve))

  return {
    login: { ...login, socketDir: dir },
    loseNextCommit() {
      lost = Promise.withResolvers<void>()
      return lost.promise
    },
    close() {
      for (const socket of open) socket.destroy()
      server.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
