// Incoming: how many messages a second are heard from Workers and committed with their events, beside the bare rows.
import { join } from 'node:path'
import type { Sql } from '../../src/database/connect.ts'
import { type Database, type Figure, median, percent, perSecond } from './figure.ts'
import { isState, openLive } from './live.ts'
import { must, openStage, openUndo } from './stage.ts'

const command = [process.execPath, join(import.meta.dir, 'incoming-product.ts')]
/** Of each account, each time. */
const BURST = 1_000
/** After a night away an account may have that many waiting. */
const REACH_PER_S = 500
const ACCOUNTS = [1, 5]
const LOOK_MS = 10

/** `rounds`: how often each burst is heard, with the bare rows in turn. */
export async function measureIncoming(database: Database, rounds: number): Promise<Figure[]> {
  await using undo = openUndo()
  const stage = await openStage(undo, { database, command, env: { BURST: String(BURST) } })
  const { owner, userId, product } = stage
  const live = await openLive(undo, stage)
  const accountIds: string[] = []
  const figures: Figure[] = []
  for (const accounts of ACCOUNTS) {
    for (let made = accountIds.length; made < accounts; made++) {
      const { id } = await must(stage, 'POST', '/api/accounts', { name: `bench ${made}` })
      const from = live.mark()
      await must(stage, 'POST', `/api/accounts/${id}/connection`, {})
      await live.heard(isState(id, 'ready'), from)
      accountIds.push(id)
    }
    const hear = async () => {
      const since = Bun.randomUUIDv7()
      const startedAt = performance.now()
      product.child.kill('SIGUSR2')
      while ((await countReceived(owner, since)) < accounts * BURST) await Bun.sleep(LOOK_MS)
      return (accounts * BURST * 1000) / (performance.now() - startedAt)
    }
    const write = async () => {
      const startedAt = performance.now()
      await Promise.all(accountIds.map((accountId) => writeBare(owner, userId, accountId, BURST)))
      return (accounts * BURST * 1000) / (performance.now() - startedAt)
    }
    // The first of each pays for plans and people never heard of before.
    for (const warm of [hear, write]) await warm()
    const [rates, bareRates]: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round++) {
      rates.push(await hear())
      bareRates.push(await write())
    }
    const [rate, bare] = [median(rates), median(bareRates)]
    const of = accounts === 1 ? 'one account' : `${accounts} accounts at once`
    figures.push(
      {
        what: `incoming messages, ${of}`,
        database,
        value: perSecond(rate),
        beside: `${perSecond(bare)} (the same rows, a commit each)`,
        reach: `≥ ${REACH_PER_S}/s`,
        met: rate >= REACH_PER_S,
      },
      {
        what: `incoming messages, ${of}, share of the bare rows`,
        database,
        // Beside it: one person's Worker, its messages to the main thread, and ids of other spellings that are looked for.
        value: percent(rate / bare),
      },
    )
  }
  return figures
}

/** What is counted is what a promise is about: the message and its event, committed. */
async function countReceived(owner: Sql, since: string): Promise<number> {
  const [row] = await owner<{ n: number }[]>`
    select count(*)::int as n from events e join message_logs m on m.id = e.message_id
    where e.type = 'message.received' and e.id > ${since}`
  return row!.n
}

let written = 0

/** One after the other, as order asks: message, contact and event in one statement, the quickest transaction there is. */
async function writeBare(owner: Sql, userId: string, accountId: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const number = `+${491_511_000_000 + (n % 1_000)}`
    const id = Bun.randomUUIDv7()
    const chatId = `1${number.slice(1)}@lid`
    await owner`
      with message as (
        insert into message_logs (id, user_id, account_id, direction, receiver_number, chat_id, message_body, kind,
          content, sender_lid, sender_name, status, source, whatsapp_id, sent_at)
        values (${id}, ${userId}, ${accountId}, 'in', ${number}, ${chatId}, ${`Message ${n} of the benchmark`},
          'text', '{}', ${chatId}, 'Somebody', 'received', 'whatsapp', ${`bare ${++written}`}, now())
        on conflict (account_id, whatsapp_id) do nothing
      ), contact as (
        insert into contacts (account_id, user_id, number, first_in_at)
        values (${accountId}, ${userId}, ${number}, now())
        on conflict (account_id, number) do update set first_in_at = coalesce(contacts.first_in_at, now())
      )
      insert into events (id, user_id, account_id, message_id, type, data)
      values (${Bun.randomUUIDv7()}, ${userId}, ${accountId}, ${id}, 'message.bare',
        ${owner.json({ status: 'received', kind: 'text', has_file: false })})`
  }
}
