// The second net: with the owner taken out of a query, or a wrong one put in, PostgreSQL itself still shows nothing of others.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findAccount, listAccounts } from '../../src/accounts/store.ts'
import { listActivity } from '../../src/activity/store.ts'
import type { Sql } from '../../src/database/connect.ts'
import { loginFromUrl, loginToUrl } from '../../src/database/login.ts'
import { openDatabase } from '../../src/database/open.ts'
import { type AsPerson, createAsPerson } from '../../src/database/tenancy.ts'
import { findLatestCursor, listEvents, listMessageEvents } from '../../src/events/store.ts'
import { listKeys } from '../../src/keys/store.ts'
import { createLog } from '../../src/log.ts'
import { listMessages } from '../../src/messages/list.ts'
import { findMessage } from '../../src/messages/store.ts'
import { findNumberCheck } from '../../src/numbers/store.ts'
import { findUser } from '../../src/users/store.ts'
import { type Person, startTestApp, type TestApp } from '../support/app.ts'

let t: TestApp
let asPerson: AsPerson
let me: Person
let other: Person
let theirs: { account: string; message: string }
/** Every table that holds something of somebody, and which column says of whom. */
let tables: { name: string; owner: string }[]

beforeAll(async () => {
  t = await startTestApp()
  asPerson = createAsPerson(t.database.personal)
  ;[me, other] = [await t.person(), await t.person()]
  theirs = await fill(other)
  await fill(me)
  tables = [{ name: 'users', owner: 'id' }, ...(await listOwned(t.database.owner))]
})
afterAll(() => t.stop())

/** Something in every table that a person's doings write to. */
async function fill(person: Person): Promise<{ account: string; message: string }> {
  const { accountId } = await person.linked()
  const sent = await person.call(
    'POST',
    '/api/messages/send',
    { number: '+491511111111', message: 'Hello' },
    { 'idempotency-key': 'once' },
  )
  const message = sent.body.id
  await person.until(
    async () => (await person.call('GET', `/api/messages/${message}`)).body.status === 'sent',
  )
  await person.key()
  await person.call('GET', '/api/numbers/+491511111111')
  return { account: accountId, message }
}

async function listOwned(owner: Sql): Promise<{ name: string; owner: string }[]> {
  return await owner<{ name: string; owner: string }[]>`
    select c.table_name as name, 'user_id' as owner from information_schema.columns c
    join pg_tables t on t.schemaname = c.table_schema and t.tablename = c.table_name
    where c.table_schema = 'public' and c.column_name = 'user_id' order by 1`
}

test('every table with a user_id is kept to its owner, also from who owns the table', async () => {
  const rows = await t.database.owner<{ name: string; forced: boolean; policies: string[]; qual: string }[]>`
    select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
      array(select p.policyname::text from pg_policies p where p.tablename = c.relname) as policies,
      (select p.qual from pg_policies p where p.tablename = c.relname and p.policyname = 'owner_only'
        and p.permissive = 'PERMISSIVE' and p.cmd = 'ALL' and p.roles = '{public}' and p.with_check is null) as qual
    from pg_class c where c.relnamespace = 'public'::regnamespace
      and c.relname in ${t.database.owner(tables.map(({ name }) => name))}`
  expect(rows.length).toBe(tables.length)
  const messages = rows.find(({ name }) => name === 'message_logs')!.qual
  expect(messages).toContain('app.user_id')
  for (const { name, owner } of tables) {
    const row = rows.find((row) => row.name === name)
    expect(row).toMatchObject({ forced: true, policies: ['owner_only'] })
    expect(row!.qual).toBe(messages.replace('user_id =', `${owner} =`))
  }
})

test('without a word about who asks, there is nothing at all', async () => {
  for (const { name } of tables) {
    const [row] = await t.database.personal`select count(*)::int as n from ${t.database.personal(name)}`
    expect([name, row!.n]).toEqual([name, 0])
  }
})

test('without the owner in the query, a person sees their own rows and nobody else', async () => {
  const seen = new Map<string, number>()
  for (const { name, owner } of tables) {
    const rows = await asPerson(me.id, (tx) => tx`select ${tx(owner)} as owner from ${tx(name)}`)
    expect([name, ...new Set(rows.map((row) => row.owner))].slice(1)).toEqual(rows.length ? [me.id] : [])
    const [all] = await t.database.sql`
      select count(*)::int as n from ${t.database.sql(name)} where ${t.database.sql(owner)} = ${other.id}`
    if (all!.n > 0) seen.set(name, rows.length)
  }
  // There was something of the other to see in all of these, and something of one's own was seen.
  const filled = 'accounts activity_logs api_keys contacts events idempotency_keys message_logs number_checks'
  for (const name of [...filled.split(' '), 'sessions', 'users']) {
    expect([name, (seen.get(name) ?? 0) > 0]).toEqual([name, true])
  }
})

test("the stores' queries with another's name in them find nothing", async () => {
  const range = { after: null, limit: 100 }
  const asked = (userId: string) =>
    asPerson(userId, async (tx) => [
      await listMessages(tx, other.id, {}, range),
      await findMessage(tx, other.id, theirs.message),
      await listAccounts(tx, other.id),
      await findAccount(tx, other.id, theirs.account),
      await listKeys(tx, other.id),
      await listEvents(tx, other.id, range),
      await findLatestCursor(tx, other.id),
      await listMessageEvents(tx, other.id, theirs.message),
      await listActivity(tx, { userId: other.id }, range),
      await findNumberCheck(tx, other.id, '+491511111111'),
      await findUser(tx, other.id),
    ])
  const isNothing = (answer: unknown) => answer === null || (answer as unknown[]).length === 0
  expect((await asked(me.id)).map(isNothing)).toEqual(Array(11).fill(true))
  expect((await asked(other.id)).map(isNothing)).toEqual(Array(11).fill(false))
})

test("others' rows cannot be changed, removed, made, or given away", async () => {
  const before = await t.database
    .owner`select to_jsonb(m) as row from message_logs m where user_id = ${other.id}`
  await asPerson(me.id, async (tx) => {
    const changed = await tx`update message_logs set message_body = 'mine' returning user_id`
    expect(changed.map((row) => row.user_id)).toEqual([me.id])
    const removed = await tx`delete from contacts returning user_id`
    expect(removed.map((row) => row.user_id)).toEqual([me.id])
    expect(await tx`select 1 from accounts where id = ${theirs.account} for update`).toHaveLength(0)
  })
  expect(
    await t.database.owner`select to_jsonb(m) as row from message_logs m where user_id = ${other.id}`,
  ).toEqual(before)

  const refused = /row-level security/
  const events = asPerson(
    me.id,
    (tx) => tx`insert into events (id, user_id, type) values (gen_random_uuid(), ${other.id}, 'key.created')`,
  )
  await expect(events).rejects.toThrow(refused)
  const gift = asPerson(me.id, (tx) => tx`update accounts set user_id = ${other.id}`)
  await expect(gift).rejects.toThrow(refused)
  const hijack = asPerson(
    me.id,
    (tx) => tx`insert into contacts (account_id, user_id, number, first_in_at)
      values (${theirs.account}, ${me.id}, '+491511111111', now())
      on conflict (account_id, number) do update set user_id = excluded.user_id`,
  )
  await expect(hijack).rejects.toThrow(refused)
})

test('many people at once on few connections: each sees themselves only, and nothing stays behind', async () => {
  const people = [me.id, other.id]
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      asPerson(people[n % 2]!, async (tx) => {
        await tx`select 1`
        return (await tx`select id from users`).map((row) => row.id)
      }),
    ),
  )
  for (const [n, ids] of answers.entries()) expect(ids).toEqual([people[n % 2]!])
  expect(await t.database.personal`select id from users`).toHaveLength(0)
})

test('it holds where the program is the owner of the tables', async () => {
  const name = `botwave_own_${crypto.randomUUID().slice(0, 8)}`
  const { owner, url } = t.database
  const dataDir = mkdtempSync(join(tmpdir(), 'botwave-owner-'))
  await owner.unsafe(`create role ${name} login`)
  await owner.unsafe(`create database ${name} owner ${name}`)
  const databaseUrl = loginToUrl({ ...loginFromUrl(url), user: name, database: name })
  const database = await openDatabase({
    config: { dataDir, databaseUrl, databaseOwnerUrl: null },
    carried: null,
    log: createLog('silent'),
  })
  try {
    const { sql, personal } = database
    const [who] =
      await sql`select tableowner = current_user as is_owner from pg_tables where tablename = 'users'`
    expect(who).toEqual({ is_owner: true })
    const ids = [Bun.randomUUIDv7(), Bun.randomUUIDv7()] as const
    for (const id of ids) {
      await sql`insert into users (id, email, password_hash) values (${id}, ${`${id}@example.com`}, '')`
    }
    expect(await sql`select id from users`).toHaveLength(2)
    expect(await personal`select id from users`).toHaveLength(0)
    const own = await createAsPerson(personal)(ids[0], (tx) => tx`select id from users`)
    expect(own.map((row) => row.id)).toEqual([ids[0]])
  } finally {
    await database.close()
    await owner.unsafe(`drop database ${name} with (force)`)
    await owner.unsafe(`drop role ${name}`)
    rmSync(dataDir, { recursive: true })
  }
})

test('the way around is named in one file, and only those who need it are given everybody', async () => {
  const root = join(import.meta.dir, '../../src')
  const named: string[] = []
  const given: string[] = []
  for await (const file of new Bun.Glob('**/*.ts').scan(root)) {
    const text = await Bun.file(join(root, file)).text()
    if (text.includes('app.bypass')) named.push(file)
    // Routes that are handed `sql` itself, in place of `asPerson` or beside it.
    if (/(routes|live)\.ts$/.test(file) && /^ {2}sql: Sql$/m.test(text)) given.push(file)
  }
  expect(named).toEqual(['database/tenancy.ts'])
  // Sign-in, what admins do, and what belongs to nobody.
  const mayKnowEverybody =
    /^(auth|users|settings|activity|analytics)\/|^events\/live\.ts$|^(accounts\/admin|messages\/backlog)-routes\.ts$/
  expect(given.filter((file) => !mayKnowEverybody.test(file))).toEqual([])
})
