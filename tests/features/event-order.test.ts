// Events are listed in the order of their transactions, also where the numbers of those grow by a digit.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { findLatestCursor, listEvents, listMessageEvents } from '../../src/events/store.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('transaction 100 comes behind 99, page by page', async () => {
  const { sql } = database
  const [userId, messageId] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()]
  await sql`insert into users (id, email, password_hash) values (${userId}, 'order@example.com', '')`
  for (const xid of ['98', '99', '100', '101'])
    await sql`insert into events (id, xid, user_id, message_id, type, data)
      values (${Bun.randomUUIDv7()}, ${xid}::xid8, ${userId}, ${messageId}, 'message.status', '{}')`
  const first = await listEvents(sql, userId, { after: null, limit: 2 })
  const second = await listEvents(sql, userId, { after: first.at(-1)!, limit: 2 })
  expect([...first, ...second].map(({ xid }) => xid)).toEqual(['98', '99', '100', '101'])
  expect((await listMessageEvents(sql, userId, messageId)).map(({ xid }) => xid)).toEqual([
    '98',
    '99',
    '100',
    '101',
  ])
  expect((await findLatestCursor(sql, userId))?.xid).toBe('101')
})
