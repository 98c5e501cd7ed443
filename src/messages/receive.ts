// What others wrote to an account: kept once, in the order in which the page told it, also while the database is away.
import type { Sql } from 'postgres'
import type { IncomingMessage } from '../../workers/protocol.ts'
import type { Hub } from '../events/hub.ts'
import type { EventRow } from '../events/record.ts'
import type { Log } from '../log.ts'
import { isDatabaseTrouble } from '../rules/database-trouble.ts'
import { createIncoming, listReceived } from './incoming.ts'

export interface Inbox {
  receive(account: Receiver, incoming: IncomingMessage): void
  /** Resolves when what was received so far is kept, or after `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>
}

type Receiver = { id: string; user_id: string }

/** What came for one account while a transaction was under way: it shares the next one. */
interface Line {
  waiting: IncomingMessage[]
  kept: Promise<void>
}

const PAUSE_MS = 1_000
const BATCH = 50

export function createInbox({ sql, hub, log }: { sql: Sql; hub: Hub; log: Log }): Inbox {
  const lines = new Map<string, Line>()
  let stopping = false

  async function keepAll(account: Receiver, line: Line): Promise<void> {
    while (line.waiting.length > 0) await keep(account, line.waiting.splice(0, BATCH))
    lines.delete(account.id)
  }

  async function keep(account: Receiver, batch: IncomingMessage[]): Promise<void> {
    for (let isRepeated = false; ; isRepeated = true) {
      try {
        const events = await sql.begin((tx) => createAll(tx, account, batch))
        // Perhaps it was committed the first time, and only the answer was lost: then this one wrote nothing.
        return hub.publish(isRepeated ? await listReceived(sql, account.id, batch) : events)
      } catch (error) {
        if (!isDatabaseTrouble(error)) return refused(account, batch, error)
        log.warn({ account_id: account.id, err: error }, 'incoming messages wait for the database')
        // The page shows them again at the next start, as unread.
        if (stopping) return
        await Bun.sleep(PAUSE_MS)
      }
    }
  }

  /** One that the table refuses would be refused for ever: it is no fault of those beside it or behind it. */
  async function refused(account: Receiver, batch: IncomingMessage[], error: unknown): Promise<void> {
    if (batch.length > 1) {
      for (const one of batch) await keep(account, [one])
      return
    }
    log.error({ account_id: account.id, err: error }, 'an incoming message could not be kept')
  }

  return {
    receive(account, incoming) {
      const line = lines.get(account.id)
      if (line) return void line.waiting.push(incoming)
      const begun: Line = { waiting: [incoming], kept: Promise.resolve() }
      lines.set(account.id, begun)
      begun.kept = keepAll(account, begun)
    },
    async stop(deadlineMs) {
      stopping = true
      await Promise.race([Promise.all([...lines.values()].map(({ kept }) => kept)), Bun.sleep(deadlineMs)])
    },
  }
}

/** One after the other: what postgres.js sends ahead of an answer hangs when a statement before it fails. */
async function createAll(
  tx: Parameters<typeof createIncoming>[0],
  account: Receiver,
  batch: IncomingMessage[],
): Promise<(EventRow | null)[]> {
  const events: (EventRow | null)[] = []
  for (const incoming of batch) events.push(await createIncoming(tx, account, incoming))
  return events
}
