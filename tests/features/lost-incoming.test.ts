// Incoming messages and a line to the database that breaks: kept once, in order, and told also when the commit's answer is lost.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect, type Sql } from '../../src/database/connect.ts'
import { createHub, type Hub } from '../../src/events/hub.ts'
import { createLog } from '../../src/log.ts'
import { createInbox } from '../../src/messages/receive.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { incomingFrom } from '../support/incoming.ts'
import { type LossyLine, openLossyLine } from '../support/lossy-line.ts'

let database: TestDatabase
let line: LossyLine
let sql: Sql
beforeAll(async () => {
  database = await createTestDatabase()
  line = await openLossyLine(database.login)
  sql = connect(line.login, { everybody: true })
})
afterAll(async () => {
  await sql.end({ timeout: 1 })
  line.close()
  await database.drop()
})

/** Hears what is told; `until` waits for so many. */
function listen(hub: Hub) {
  const told: (string | null)[] = []
  let more = Promise.withResolvers<void>()
  hub.subscribe(({ message_id }) => {
    told.push(message_id)
    more.resolve()
    more = Promise.withResolvers()
  })
  return {
    told,
    async until(count: number) {
      while (told.length < count) await more.promise
    },
  }
}

test('the answer to a commit is lost: kept once, told, and what comes behind it comes behind it', async () => {
  const [userId, accountId] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()]
  const { owner } = database
  await owner`insert into users (id, email, password_hash) values (${userId}, ${`${userId}@example.com`}, '')`
  await owner`insert into accounts (id, user_id, name) values (${accountId}, ${userId}, 'phone')`
  const hub = createHub(() => {})
  const ear = listen(hub)
  const inbox = createInbox({ sql, hub, log: createLog('silent') })
  const account = { id: accountId, user_id: userId }

  const lost = line.loseNextCommit()
  const texts = ['the first', 'the second', 'the third']
  for (const text of texts) inbox.receive(account, incomingFrom('491511111111', { text }))
  await lost
  await ear.until(3)

  const rows = await owner<{ id: string; message_body: string }[]>`
    select id, message_body from message_logs where account_id = ${accountId} order by id`
  expect(rows.map(({ message_body }) => message_body)).toEqual(texts)
  expect(ear.told).toEqual(rows.map(({ id }) => id))
  const events = await owner`
    select 1 from events where account_id = ${accountId} and type = 'message.received'`
  expect(events).toHaveLength(3)
  await inbox.stop(1_000)
}, 20_000)
