// Gets a database ready for use: our own or a server's, with its two roles, migrated, and a pool for the program.
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { connect, type Sql } from './connect.ts'
import { embeddedFolder, superuser } from './embedded.ts'
import { keepEmbedded } from './kept.ts'
import { LockedError, lockDatabase, lockDataDir } from './lock.ts'
import { type Login, loginBySocket, loginFromUrl } from './login.ts'
import { listMigrations, migrate } from './migrate.ts'
import { openLivePool } from './pulse.ts'
import { embeddedLogins, serverLogins } from './roles.ts'

export interface OpenOptions {
  config: Pick<Config, 'dataDir' | 'databaseUrl' | 'databaseOwnerUrl'>
  /** From `src/carried.ts`; null from source. */
  carried: { version: string; postgres: string | null; migrations: Record<string, string> } | null
  log: Log
  progress?: (message: string) => void
  /** Called once when the database was lost for good: the program should stop. */
  onLost?: (reason: string) => void
}

export interface OpenDatabase {
  /** The program's pool, as the role that neither owns the tables nor passes row-level security; sees everybody. */
  sql: Sql
  /** The same role, for requests of one person: see `tenancy.ts`. */
  personal: Sql
  /** How another process, or a listener with a connection of its own, gets in as the same role. */
  login: Login
  kind: 'embedded' | 'server'
  /** False while it is known to be away: whoever asks `sql` then gets an error at once. */
  isUp: () => boolean
  /** Sentences for people about what is less safe than it could be. */
  warnings: string[]
  /** Ends the pool, the lock, and our own PostgreSQL, by force where it takes longer than `withinMs`. */
  close: (withinMs?: number) => Promise<void>
}

const CLOSE_MS = 17_000
const POOL_PEACE_MS = 5_000
/** A database that takes longer to answer `select 1` is not worth waiting for. */
const ANSWER_MS = 1_500

/**
 * For `serve`, and for commands that work alone: takes the locks, starts our own PostgreSQL unless DATABASE_URL is
 * set, migrates, connects. Throws LockedError, NewerSchemaError, or an Error with one sentence.
 */
export async function openDatabase(options: OpenOptions): Promise<OpenDatabase> {
  const lock = lockDataDir(options.config.dataDir)
  try {
    const opened = await (options.config.databaseUrl ? openServer(options) : openEmbedded(options))
    return {
      ...opened,
      close: async (withinMs) => {
        await opened.close(withinMs)
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** For commands beside a running server: its database if one runs, else as `openDatabase`. Migrates nothing then. */
export async function joinDatabase(options: OpenOptions): Promise<OpenDatabase> {
  try {
    return await openDatabase(options)
  } catch (error) {
    if (!(error instanceof LockedError)) throw error
  }
  const { databaseUrl, databaseOwnerUrl, dataDir } = options.config
  const login = databaseUrl
    ? (
        await serverLogins(
          loginFromUrl(databaseUrl),
          databaseOwnerUrl ? loginFromUrl(databaseOwnerUrl) : null,
        )
      ).app
    : loginBySocket(embeddedFolder(dataDir), 'botwave', 'botwave')
  const sql = connect(login, { max: 2, everybody: true })
  const personal = connect(login, { max: 2 })
  return {
    sql,
    personal,
    login,
    kind: databaseUrl ? 'server' : 'embedded',
    isUp: () => true,
    warnings: [],
    close: async () => {
      await Promise.all([sql.end({ timeout: 5 }), personal.end({ timeout: 5 })])
    },
  }
}

async function openEmbedded(options: OpenOptions): Promise<OpenDatabase> {
  const { config, carried, log, progress, onLost = () => {} } = options
  const carriedPostgres = carried?.postgres ? { version: carried.version, archive: carried.postgres } : null
  const embedded = { dataDir: config.dataDir, carriedPostgres, log, ...(progress ? { progress } : {}) }
  const server = await keepEmbedded(embedded, onLost)
  try {
    const { owner, app } = await embeddedLogins(
      loginBySocket(server.socketDir, superuser, 'postgres'),
      'botwave',
    )
    await migrate({
      owner,
      appRole: app.user,
      migrations: listMigrations(carried?.migrations ?? null),
      progress,
    })
    const pool = openLivePool(app, log)
    return {
      sql: pool.sql,
      personal: pool.personal,
      isUp: pool.isUp,
      login: app,
      kind: 'embedded',
      warnings: [],
      close: async (withinMs = CLOSE_MS) => {
        const startedAt = performance.now()
        // Frozen or half gone, it would not hear a friendly word.
        const hears = await pool.answersWithin(ANSWER_MS)
        await pool.end(hears ? Math.min(POOL_PEACE_MS, withinMs / 3) : 0)
        await server.stop(hears ? Math.max(0, withinMs - (performance.now() - startedAt)) : 0)
      },
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function openServer(options: OpenOptions): Promise<OpenDatabase> {
  const { config, carried, log, progress, onLost = () => {} } = options
  const given = loginFromUrl(config.databaseUrl!)
  const lock = await lockDatabase(given, () => onLost('another BotWave took over the database'))
  try {
    const ownerGiven = config.databaseOwnerUrl ? loginFromUrl(config.databaseOwnerUrl) : null
    const { owner, app, appRole, warnings } = await serverLogins(given, ownerGiven)
    await migrate({ owner, appRole, migrations: listMigrations(carried?.migrations ?? null), progress })
    const pool = openLivePool(app, log)
    return {
      sql: pool.sql,
      personal: pool.personal,
      isUp: pool.isUp,
      login: app,
      kind: 'server',
      warnings,
      close: async (withinMs = CLOSE_MS) => {
        const hears = await pool.answersWithin(ANSWER_MS)
        await pool.end(hears ? Math.min(POOL_PEACE_MS, withinMs / 3) : 0)
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}
