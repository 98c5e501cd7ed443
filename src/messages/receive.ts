// What others wrote to an account: kept once, in the order in which the page told it, also while the database is away.
import type { Sql } from 'postgres'
import type { IncomingMessage } from '../../workers/protocol.ts'
import type { Hub } from '../events/hub.ts'
import type { Log } from '../log.ts'
import { isDatabaseTrouble } from '../rules/database-trouble.ts'
import { createIncoming } from './incoming.ts'

export interface Inbox {
  receive(account: { id: string; user_id: string }, incoming: IncomingMessage): void
  /** Resolves when what was received so far is kept, or after `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>
}

const PAUSE_MS = 1_000

export function createInbox({ sql, hub, log }: { sql: Sql; hub: Hub; log: Log }): Inbox {
  const chains = new Map<string, Promise<void>>()
  let stopping = false

  async function keep(account: { id: string; user_id: string }, incoming: IncomingMessage): Promise<void> {
    for (;;) {
      try {
        return hub.publish(await sql.begin((tx) => createIncoming(tx, account, incoming)))
      } catch (error) {
        // One that the table refuses would be refused for ever, and hold back those behind it.
        if (!isDatabaseTrouble(error)) {
          return log.error({ account_id: account.id, err: error }, 'an incoming message could not be kept')
        }
        log.warn({ account_id: account.id, err: error }, 'an incoming message waits for the database')
        // The page shows it again at the next start, as unread.
        if (stopping) return
        await Bun.sleep(PAUSE_MS)
      }
    }
  }

  return {
    receive(account, incoming) {
      const before = chains.get(account.id) ?? Promise.resolve()
      const kept = before.then(() => keep(account, incoming))
      chains.set(account.id, kept)
      void kept.then(() => {
        if (chains.get(account.id) === kept) chains.delete(account.id)
      })
    },
    async stop(deadlineMs) {
      stopping = true
      await Promise.race([Promise.all(chains.values()), Bun.sleep(deadlineMs)])
    },
  }
}
