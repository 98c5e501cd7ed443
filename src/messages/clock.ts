// What time does to messages: scheduled ones fall due, late ones expire, waiting ones are looked at again.
import type { Sql } from 'postgres'
import type { Hub } from '../events/hub.ts'
import type { Log } from '../log.ts'
import { countQueues, removeExpiredKeys } from './queue.ts'
import { expireMessages, queueDueMessages } from './store.ts'
import { noteStatus } from './trail.ts'

export interface ClockParts {
  sql: Sql
  hub: Hub
  log: Log
  wake: (accountId: string) => void
  noteQueued: (accountId: string, count: number) => void
  /** Accounts that may send now. */
  readyAccounts: () => string[]
  reconcile: (accountId: string) => Promise<void>
}

const BATCH = 500
const TICK_MS = 1_000
const LOOK_ROUND_MS = 5_000
const RECONCILE_MS = 60_000
const CLEAN_MS = 3_600_000

/** One pass over due and late messages. Tests call this; the interval below does nothing else. */
export async function runMessageClock({
  sql,
  hub,
  log,
  wake,
}: Pick<ClockParts, 'sql' | 'hub' | 'log' | 'wake'>): Promise<void> {
  const late = await sql.begin((tx) => expireMessages(tx, BATCH))
  hub.publish(late.map(({ message, event }) => noteStatus(log, message, event)))
  const due = await sql.begin((tx) => queueDueMessages(tx, BATCH))
  hub.publish(due)
  for (const id of new Set(due.map((event) => event.account_id))) if (id) wake(id)
}

/** Starts the passes; the returned function ends them and waits for the one under way. */
export function startMessageClock(parts: ClockParts): () => Promise<void> {
  const { sql, log, wake, noteQueued, readyAccounts, reconcile } = parts
  const stops = [
    every(TICK_MS, log, () => runMessageClock(parts)),
    every(LOOK_ROUND_MS, log, async () => {
      for (const { accountId, count } of await countQueues(sql)) {
        noteQueued(accountId, count)
        wake(accountId)
      }
    }),
    every(CLEAN_MS, log, () => removeExpiredKeys(sql)),
    every(RECONCILE_MS, log, async () => {
      for (const id of readyAccounts()) await reconcile(id)
    }),
  ]
  return async () => {
    await Promise.all(stops.map((stop) => stop()))
  }
}

/** Passes never overlap; one that fails is noted and tried again at the next. */
function every(ms: number, log: Log, pass: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  const timer = setInterval(() => {
    running ??= pass()
      .catch((error) => log.warn({ err: error }, 'a pass over the messages failed'))
      .finally(() => {
        running = null
      })
  }, ms)
  return async () => {
    clearInterval(timer)
    await running
  }
}
