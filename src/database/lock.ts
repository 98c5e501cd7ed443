// One server per DATA_DIR, one per database: locks that die with the process, whatever ends it.
import { Database as Sqlite } from 'bun:sqlite'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from './connect.ts'
import type { Login } from './login.ts'

/** Somebody else holds the lock. The message is one sentence for people. */
export class LockedError extends Error {
  override name = 'LockedError'
}

/**
 * Makes DATA_DIR (mode 0700) and takes it for this process. SQLite's exclusive transaction is used as a lock on a
 * file: the kernel drops it when we end. Throws LockedError when another server runs on it.
 */
export function lockDataDir(dataDir: string): { release: () => void } {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  chmodSync(dataDir, 0o700)
  const file = new Sqlite(join(dataDir, 'lock'))
  try {
    file.run('PRAGMA busy_timeout = 0')
    file.run('BEGIN EXCLUSIVE')
  } catch (error) {
    file.close()
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error
    throw new LockedError(`Another BotWave is already running on ${dataDir}.`)
  }
  return { release: () => file.close() }
}

/** Our number among PostgreSQL's advisory locks. */
const serverLock = 0x62_77_73_76

/**
 * Takes a server's database for this process, on a connection of its own. `onLost` is called once when that
 * connection broke and another server was quicker. Throws LockedError when another server holds it.
 */
export async function lockDatabase(
  login: Login,
  onLost: () => void,
  everyMs = 5_000,
): Promise<{ release: () => Promise<void> }> {
  const sql = connect(login, { max: 1, lasting: true, name: 'botwave lock' })
  const take = async () =>
    (await sql<{ got: boolean }[]>`select pg_try_advisory_lock(${serverLock}) as got`)[0]?.got
  let owner: number | undefined
  const look = async () => {
    // A new backend means that the old connection, and the lock with it, is gone.
    const pid = (await sql<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]?.pid
    if (pid === owner) return true
    owner = pid
    return take()
  }
  if (!(await look())) {
    await sql.end({ timeout: 1 })
    throw new LockedError(`Another BotWave is already running on the database ${login.database}.`)
  }
  let looking = false
  const timer = setInterval(async () => {
    // A frozen server answers late: one question at a time.
    if (looking) return
    looking = true
    // A server that is away now says nothing about the lock: asked again at the next turn.
    const held = await look().catch(() => true)
    looking = false
    if (held) return
    clearInterval(timer)
    onLost()
  }, everyMs)
  return {
    release: async () => {
      clearInterval(timer)
      await sql.end({ timeout: 1 })
    },
  }
}
