// Messages that arrive at the same moment share a transaction, and nothing else: each has its own answer.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createAsPerson } from '../../src/database/tenancy.ts'
import { createIntake } from '../../src/messages/intake.ts'
import { findByIdempotencyKey, type NewMessage } from '../../src/messages/queue.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let t: TestDatabase
beforeAll(async () => {
  t = await createTestDatabase()
})
afterAll(() => t.drop())

/** A person with a linked account. */
async function person() {
  const [userId, accountId] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()]
  await t.owner`insert into users (id, email, password_hash) values (${userId}, ${`${userId}@example.com`}, '')`
  await t.owner`
    insert into accounts (id, user_id, name, linked_at) values (${accountId}, ${userId}, 'phone', now())`
  return { userId, accountId }
}

function message(userId: string, change: Partial<NewMessage> = {}): NewMessage {
  return {
    id: Bun.randomUUIDv7(),
    userId,
    accountId: null,
    number: '+491511111111',
    chatId: '491511111111@c.us',
    text: 'Hello',
    source: 'api',
    priority: 1,
    sendAt: null,
    expiresAt: new Date(Date.now() + 60_000),
    resendOf: null,
    once: null,
    ...change,
  }
}

const once = (key: string) => ({
  key,
  requestHash: new Uint8Array(32).fill(7),
  expiresAt: new Date(Date.now() + 60_000),
})

test('under load few transactions serve many, in the order of arrival', async () => {
  const { userId, accountId } = await person()
  const intake = createIntake(createAsPerson(t.personal))
  const asked = Array.from({ length: 60 }, (_, n) => message(userId, { text: `Nr. ${n}: "it's" \\ \n ✓` }))
  const answers = await Promise.all(asked.map((one) => intake.queue(one)))
  expect(answers.every(({ queued, account }) => queued && account?.id === accountId)).toBe(true)
  expect(answers.map(({ event }) => event?.message_id)).toEqual(asked.map(({ id }) => id))
  expect(new Set(answers.map(({ event }) => event?.xid)).size).toBeLessThanOrEqual(4)

  const rows = await t.sql<{ message_body: string; xid: string; data: unknown; at: Date }[]>`
    select m.message_body, e.xid::text, e.data, e.at from message_logs m join events e on e.message_id = m.id
    where m.user_id = ${userId} order by m.id`
  expect(rows.map((row) => row.message_body)).toEqual(asked.map(({ text }) => text))
  expect(rows.map(({ xid, data, at }) => ({ xid, data, at }))).toEqual(
    answers.map(({ event }) => ({ xid: event!.xid, data: event!.data, at: event!.at })),
  )
})

test('what is refused of one is not the fault of the others', async () => {
  const { userId, accountId } = await person()
  const intake = createIntake(createAsPerson(t.personal))
  const [, , good, refused, stranger, late] = await Promise.allSettled([
    // These two are under way while the others gather.
    intake.queue(message(userId)),
    intake.queue(message(userId)),
    intake.queue(message(userId, { accountId })),
    intake.queue(message(userId, { priority: 99 })),
    intake.queue(message(userId, { accountId: Bun.randomUUIDv7() })),
    intake.queue(message(userId, { sendAt: new Date(Date.now() + 3_600_000) })),
  ])
  expect(good).toMatchObject({ status: 'fulfilled', value: { queued: true } })
  expect(refused).toMatchObject({ status: 'rejected', reason: { code: '23514' } })
  expect(stranger).toMatchObject({ status: 'fulfilled', value: { account: null, queued: false } })
  expect(late).toMatchObject({ status: 'fulfilled', value: { event: { data: { status: 'scheduled' } } } })
  const [row] = await t.sql<{ n: number }[]>`
    select count(*)::int as n from message_logs where user_id = ${userId}`
  expect(row!.n).toBe(4)
})

test('a key that comes many times at once makes one message', async () => {
  const { userId } = await person()
  const intake = createIntake(createAsPerson(t.personal))
  const asked = Array.from({ length: 40 }, (_, n) => message(userId, { once: once(`key ${n % 4}`) }))
  const answers = await Promise.all(asked.map((one) => intake.queue(one)))
  const made = asked.filter((_, n) => answers[n]!.queued)
  expect(made.map(({ once }) => once!.key).sort()).toEqual(['key 0', 'key 1', 'key 2', 'key 3'])
  for (const { id, once } of made) {
    const known = await findByIdempotencyKey(t.sql, userId, once!.key)
    expect(known?.message.id).toBe(id)
    expect(Buffer.from(known!.requestHash)).toEqual(Buffer.from(once!.requestHash))
  }
})

test('nothing is taken in for an account that is not linked', async () => {
  const { userId, accountId } = await person()
  await t.owner`update accounts set linked_at = null where id = ${accountId}`
  const intake = createIntake(createAsPerson(t.personal))
  const answer = await intake.queue(message(userId, { once: once('key') }))
  expect(answer).toMatchObject({ account: { id: accountId, isLinked: false }, queued: false, event: null })
  expect(await t.sql`select 1 from idempotency_keys where user_id = ${userId}`).toHaveLength(0)
})
