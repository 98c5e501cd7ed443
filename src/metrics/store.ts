// How things stand in the tables right now, whoever they belong to.
import type { ISql } from 'postgres'

export interface Standing {
  /** State → accounts. */
  accounts: Record<string, number>
  /** Status → messages that are still on their way out. */
  waiting: Record<string, number>
  /** Of the message that has been due for the longest; 0 where none is. */
  oldestDueS: number
  /** Webhook deliveries that were not made yet. */
  deliveries: number
}

/** Two statuses before the hand-over, the doubt, and the one in it. */
const ON_THEIR_WAY = ['scheduled', 'queued', 'sending', 'uncertain']

export async function readStanding(sql: ISql): Promise<Standing> {
  const accounts = await sql<{ state: string; count: number }[]>`
    select state, count(*)::int as count from accounts group by state`
  const waiting = await sql<{ status: string; count: number }[]>`
    select status, count(*)::int as count from message_logs where status in ${sql(ON_THEIR_WAY)} group by status`
  const [due] = await sql<{ s: number }[]>`
    select coalesce(extract(epoch from now() - min(greatest(created_at, coalesce(send_at, created_at)))), 0)::float8 as s
    from message_logs where status = 'queued'`
  const [deliveries] = await sql<{ count: number }[]>`
    select count(*)::int as count from webhook_deliveries where status = 'waiting'`
  return {
    accounts: Object.fromEntries(accounts.map(({ state, count }) => [state, count])),
    waiting: Object.fromEntries(waiting.map(({ status, count }) => [status, count])),
    oldestDueS: due?.s ?? 0,
    deliveries: deliveries?.count ?? 0,
  }
}
