// A PostgreSQL server in place of our own: which roles it ends up with, and one BotWave per database.
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LockedError, lockDatabase } from '../../src/database/lock.ts'
import { loginFromUrl, loginToUrl } from '../../src/database/login.ts'
import { type OpenDatabase, openDatabase } from '../../src/database/open.ts'
import { createLog } from '../../src/log.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let server: TestDatabase
beforeAll(async () => {
  server = await createTestDatabase()
})
afterAll(() => server.drop())

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** An empty database that `login` owns, made with these powers. Answers the login's URL. */
async function makeOwned(powers: string): Promise<{ url: string; name: string }> {
  const name = `botwave_own_${crypto.randomUUID().slice(0, 8)}`
  await server.owner.unsafe(`create role ${name} login ${powers}`)
  await server.owner.unsafe(`create database ${name} owner ${name}`)
  undo.push(async () => {
    await server.owner.unsafe(`drop database ${name} with (force)`)
    await server.owner.unsafe(`drop role if exists ${name}_app`)
    await server.owner.unsafe(`drop role ${name}`)
  })
  return { url: loginToUrl({ ...loginFromUrl(server.url), user: name, database: name }), name }
}

async function open(databaseUrl: string, databaseOwnerUrl: string | null = null): Promise<OpenDatabase> {
  const dataDir = mkdtempSync(join(tmpdir(), 'botwave-server-'))
  undo.push(() => rmSync(dataDir, { recursive: true }))
  const log = createLog('silent')
  const database = await openDatabase({
    config: { dataDir, databaseUrl, databaseOwnerUrl },
    carried: null,
    log,
  })
  undo.push(() => database.close())
  return database
}

const whoAmI = `select current_user::text as me,
  (select count(*)::int from pg_tables where schemaname = 'public' and tableowner = current_user) as owned`

test('an ordinary login that owns its database works, as the owner', async () => {
  const { url, name } = await makeOwned('')
  const database = await open(url)
  const [me] = await database.sql.unsafe(whoAmI)
  expect(me).toMatchObject({ me: name })
  expect(me!.owned).toBeGreaterThan(5)
  expect(database.warnings).toEqual([])
})

test('a login that may make roles: the program steps into one that owns nothing', async () => {
  const { url, name } = await makeOwned('createrole')
  const database = await open(url)
  expect(await database.sql.unsafe(whoAmI)).toMatchObject([{ me: `${name}_app`, owned: 0 }])
  expect(await database.sql`select id from settings`).toHaveLength(1)
  expect(database.warnings).toEqual([])
})

test("with DATABASE_OWNER_URL the owner migrates and the program's login is used as it is", async () => {
  const { url, name } = await makeOwned('')
  const program = `${name}_app`
  await server.owner.unsafe(`create role ${program} login`)
  const programUrl = loginToUrl({ ...loginFromUrl(url), user: program })
  const database = await open(programUrl, url)
  expect(await database.sql.unsafe(whoAmI)).toMatchObject([{ me: program, owned: 0 }])
  expect(await database.sql`select id from settings`).toHaveLength(1)
})

test('a superuser is reported, and row-level security holds for the program all the same', async () => {
  const { url } = await makeOwned('superuser')
  const database = await open(url)
  expect(database.warnings).toHaveLength(1)
  expect(database.warnings[0]).toContain('superuser')
  const [me] = await database.sql`
    select rolsuper or rolbypassrls as above from pg_roles where rolname = current_user`
  expect(me).toEqual({ above: false })
})

test('one BotWave per database, whatever their DATA_DIR; the next one may when it is gone', async () => {
  const { url, name } = await makeOwned('')
  const first = await open(url)
  const second = await open(url).catch((error) => error)
  expect(second).toBeInstanceOf(LockedError)
  expect(second.message).toBe(`Another BotWave is already running on the database ${name}.`)
  await first.close()
  expect(await (await open(url)).sql`select 1 as one`).toMatchObject([{ one: 1 }])
})

test('a lock whose connection broke is taken again; lost to another, it is told', async () => {
  const login = loginFromUrl(server.url)
  const { promise: lost, resolve } = Promise.withResolvers<void>()
  const first = await lockDatabase(login, resolve, 20)
  undo.push(() => first.release())
  const holder = () =>
    server.owner<{ pid: number }[]>`
      select l.pid from pg_locks l join pg_database d on d.oid = l.database
      where locktype = 'advisory' and granted and d.datname = ${login.database}`
  const [before] = await holder()
  await server.owner`select pg_terminate_backend(${before!.pid})`
  let after = await holder()
  while (!after[0] || after[0].pid === before!.pid) after = await holder()

  // Another one is quicker: it waits for the very moment.
  const other = await server.owner.reserve()
  undo.push(() => other.release())
  const key = Number(
    (await server.owner`select objid from pg_locks where pid = ${after[0].pid} and locktype = 'advisory'`)[0]!
      .objid,
  )
  const [me] = await other<{ pid: number }[]>`select pg_backend_pid() as pid`
  const taken = other`select pg_advisory_lock(${key})`.execute()
  undo.push(() => other`select pg_advisory_unlock_all()`)
  const waits = () => server.owner`
    select 1 from pg_locks where pid = ${me!.pid} and locktype = 'advisory' and not granted`
  while (!(await waits()).length) await Bun.sleep(5)
  await server.owner`select pg_terminate_backend(${after[0].pid})`
  await taken
  await lost
})
