// The test database, the two roles and the migrations, on whichever PostgreSQL the run has.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect } from '../../src/database/connect.ts'
import { loginFromUrl, loginToUrl } from '../../src/database/login.ts'
import { listMigrations, migrate, NewerSchemaError } from '../../src/database/migrate.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('the program works as a role that neither owns the tables nor passes row-level security', async () => {
  const [me] = await database.sql`
    select rolsuper or rolbypassrls as above, (select count(*)::int from pg_tables
      where schemaname = 'public' and tableowner = current_user) as owned
    from pg_roles where rolname = current_user`
  expect(me).toEqual({ above: false, owned: 0 })
  expect(await database.sql`select 1 from users`).toHaveLength(0)
  await expect(database.sql`delete from schema_migrations`.execute()).rejects.toThrow(/permission denied/)
})

test('migrating again changes nothing', async () => {
  const migrations = listMigrations(null)
  expect(await migrate({ owner: loginFromUrl(database.url), appRole: null, migrations })).toBe(0)
})

test('two that migrate at once wait for each other', async () => {
  const fresh = await createTestDatabase()
  try {
    const known = listMigrations(null)
    const next = known.length + 1
    const migrations = [
      ...known,
      { version: next, name: 'more', text: 'create table more (id int); select pg_sleep(0.05)' },
    ]
    const ask = () => migrate({ owner: loginFromUrl(fresh.url), appRole: null, migrations })
    expect((await Promise.all([ask(), ask(), ask()])).sort()).toEqual([0, 0, 1])
  } finally {
    await fresh.drop()
  }
})

test('a migration that fails leaves nothing behind, and a newer schema refuses to start', async () => {
  const fresh = await createTestDatabase()
  try {
    const known = listMigrations(null)
    const owner = loginFromUrl(fresh.url)
    const broken = {
      version: known.length + 1,
      name: 'broken',
      text: 'create table half (id int); select 1/0',
    }
    await expect(migrate({ owner, appRole: null, migrations: [...known, broken] })).rejects.toThrow(
      /division by zero/,
    )
    expect(await migrate({ owner, appRole: null, migrations: known })).toBe(0)
    const [half] = await fresh.owner`select to_regclass('half') as there`
    expect(half).toEqual({ there: null })
    await migrate({ owner, appRole: null, migrations: [...known, { ...broken, text: 'select 1' }] })
    await expect(migrate({ owner, appRole: null, migrations: known })).rejects.toThrow(NewerSchemaError)
  } finally {
    await fresh.drop()
  }
})

test('a migration may take back what the program may do with a table', async () => {
  const fresh = await createTestDatabase()
  try {
    const known = listMigrations(null)
    const appRole = fresh.login.role ?? fresh.login.user
    const text = `create table kept (id int);
      do $$ begin execute format('revoke delete on kept from %I', current_setting('botwave.app_role')); end $$`
    const ask = () =>
      migrate({
        owner: loginFromUrl(fresh.url),
        appRole,
        migrations: [...known, { version: known.length + 1, name: 'kept', text }],
      })
    await ask()
    await ask()
    await fresh.sql`insert into kept values (1)`
    await expect(fresh.sql`delete from kept`.execute()).rejects.toThrow(/permission denied/)
  } finally {
    await fresh.drop()
  }
})

test('a login survives the way through a URL', () => {
  for (const url of [
    'postgres://a%40b:p%2Fw@db.example:6000/name?sslmode=require',
    'postgres://me@localhost:5432/name?host=%2Frun%2Fpostgresql',
    'postgres://u:p@[::1]:5432/name',
  ])
    expect(loginToUrl(loginFromUrl(url))).toBe(url)
  expect(loginFromUrl('postgres:///name?host=/run/postgresql')).toMatchObject({
    socketDir: '/run/postgresql',
    database: 'name',
    user: null,
  })
})

test('a query that runs too long is ended by the server', async () => {
  const sql = connect(database.login, { max: 1, statementTimeoutMs: 50 })
  try {
    await expect(sql`select pg_sleep(10)`.execute()).rejects.toThrow(/statement timeout/)
  } finally {
    await sql.end({ timeout: 1 })
  }
})
