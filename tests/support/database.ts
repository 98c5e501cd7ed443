// A database of its own for a test, made in milliseconds from a migrated template.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type Sql } from '../../src/database/connect.ts'
import { startEmbedded, superuser } from '../../src/database/embedded.ts'
import { type Login, loginBySocket, loginFromUrl, loginToUrl } from '../../src/database/login.ts'
import { listMigrations, migrate } from '../../src/database/migrate.ts'
import { serverLogins } from '../../src/database/roles.ts'
import { createLog } from '../../src/log.ts'
import { until } from './product.ts'

export interface TestDatabase {
  /** As the program has it: a role that does not own the tables and is bound by row-level security; sees everybody. */
  sql: Sql
  /** The same role, as requests of one person have it: sees nobody until one is named. */
  personal: Sql
  /** As `connect` takes it, for the same role. */
  login: Login
  /** As who owns the tables: for arranging what the program may not. */
  owner: Sql
  /** For a program started with `DATABASE_URL`. */
  url: string
  /**
   * Resolves when every transaction is over that ran when this was called, also in other tests' databases on the same
   * server: events written before it are listed by then.
   */
  settled: () => Promise<void>
  /** Ends the pools and removes the database. */
  drop: () => Promise<void>
}

/**
 * A fresh, migrated, empty database. On the server that `TEST_DATABASE_URL` names (a login that may create databases
 * and roles), else on a PostgreSQL of this process. Drop it in `afterAll`.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { admin, template } = await prepareServer()
  const name = `botwave_test_${process.pid}_${crypto.randomUUID().slice(0, 8)}`
  const control = connect(admin, { max: 1, name: 'botwave test' })
  await control`create database ${control(name)} template ${control(template)}`
  const { owner, app } = await serverLogins({ ...admin, database: name }, null)
  const pools = [
    connect(app, { everybody: true }),
    connect(app),
    connect(owner, { max: 2, everybody: true }),
  ] as const
  return {
    sql: pools[0],
    personal: pools[1],
    login: app,
    owner: pools[2],
    url: loginToUrl(owner),
    settled: () => settle(pools[2]),
    drop: async () => {
      await Promise.all(pools.map((pool) => pool.end({ timeout: 2 })))
      await control`drop database ${control(name)} with (force)`
      await control.end({ timeout: 2 })
    },
  }
}

async function settle(sql: Sql): Promise<void> {
  const [now] = await sql`select pg_current_xact_id()::text as xid`
  await until(async () => {
    const [over] = await sql`select pg_snapshot_xmin(pg_current_snapshot()) > ${now!.xid}::xid8 as all`
    return over!.all
  })
}

/** A PostgreSQL for a whole run: `url` goes into `TEST_DATABASE_URL` of the processes that test. */
export async function startTestServer(): Promise<{ url: string; stop: () => Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'botwave-test-database-'))
  sweepAfterUs(dataDir)
  const server = await startEmbedded({
    dataDir,
    carriedPostgres: null,
    log: createLog('silent'),
    durable: false,
  })
  return {
    url: loginToUrl(loginBySocket(server.socketDir, superuser, 'postgres')),
    stop: async () => {
      await server.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/**
 * Removes the folder once this process is gone, whatever ended it: bun's test runner calls no exit handler, and a
 * killed one could not. PostgreSQL sees our end by itself and takes its pid file away when it is down.
 */
function sweepAfterUs(dataDir: string): void {
  // A grandchild that looks for us: after a timeout bun kills every child that a test left, and closes its pipes.
  const script = `( while kill -0 "$2"; do sleep 0.5; done; n=0
      while [ -e "$1/postgres/18/postmaster.pid" ] && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
      while [ -e "$1" ] && [ $n -lt 200 ]; do rm -rf "$1"; sleep 0.1; n=$((n + 1)); done
    ) </dev/null >/dev/null 2>&1 &`
  Bun.spawnSync(['/bin/sh', '-c', script, 'sweep', dataDir, String(process.pid)])
}

interface Prepared {
  admin: Login
  template: string
}

let prepared: Promise<Prepared> | undefined

function prepareServer(): Promise<Prepared> {
  prepared ??= (async () => {
    const url = process.env.TEST_DATABASE_URL || (await startTestServer()).url
    const admin = loginFromUrl(url)
    return { admin, template: await makeTemplate(admin) }
  })()
  return prepared
}

/** One template a set of migrations, shared by every process that tests on this server. */
async function makeTemplate(admin: Login): Promise<string> {
  const migrations = listMigrations(null)
  const name = `botwave_template_${Bun.hash(migrations.map((m) => m.text).join('\0')).toString(36)}`
  const sql = connect(admin, { max: 1, name: 'botwave template', statementTimeoutMs: 60_000 })
  try {
    await sql`select pg_advisory_lock(hashtext(${name}))`
    const [there] = await sql`select 1 from pg_database where datname = ${name}`
    if (there) return name
    const draft = `${name}_draft`
    await sql`drop database if exists ${sql(draft)} with (force)`
    await sql`create database ${sql(draft)}`
    const { owner, appRole } = await serverLogins({ ...admin, database: draft }, null)
    await migrate({ owner, appRole, migrations })
    // Nobody may be connected to a template: not even an autovacuum worker.
    await sql`alter database ${sql(draft)} allow_connections false`
    await sql`alter database ${sql(draft)} rename to ${sql(name)}`
    return name
  } finally {
    await sql.end({ timeout: 2 })
  }
}
