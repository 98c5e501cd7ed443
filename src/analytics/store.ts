// What became of messages, counted from the index alone: `message_logs_user` holds every column that is read here.
import type { ISql } from 'postgres'
import { idBefore } from '../rules/first-id.ts'

export interface AnalyticsFilter {
  /** Null: everybody's, for admins. */
  userId: string | null
  accountId: string | null
  /** Of acceptance: later moments of a message count for the day on which it was accepted. */
  from: Date
  to: Date
}

export interface Tally {
  direction: 'out' | 'in'
  status: string
  count: number
}

/** Of the quarter of an hour that begins then: every time zone's days are made of whole ones. */
export interface QuarterTally extends Tally {
  quarter: Date
}

export interface AccountTally extends Tally {
  /** Null: the account was removed. */
  account_id: string | null
  user_id: string
  reason: string | null
}

/** Both in one pass; what has no message is not among them. */
export async function tallyMessages(
  sql: ISql,
  filter: AnalyticsFilter,
): Promise<{ quarters: QuarterTally[]; accounts: AccountTally[] }> {
  const rows = await sql<(QuarterTally & AccountTally & { is_account: boolean })[]>`
    select grouping(quarter) = 1 as is_account, quarter, account_id, user_id, direction, status, reason,
      count(*)::int as count
    from (
      select date_bin('15 minutes', m.created_at, 'epoch') as quarter, m.account_id, m.user_id, m.direction, m.status, m.reason
      from ${matching(sql, filter)}
    ) m
    group by grouping sets ((quarter, direction, status), (account_id, user_id, direction, status, reason))`
  return {
    quarters: rows.filter((row) => !row.is_account),
    accounts: rows.filter((row) => row.is_account),
  }
}

/** Seconds from the hand-over to the phone, at the median; null where nothing was delivered. */
export async function findMedianDelivery(sql: ISql, filter: AnalyticsFilter): Promise<number | null> {
  const [row] = await sql<{ seconds: number | null }[]>`
    select extract(epoch from percentile_disc(0.5) within group (order by m.delivered_at - m.sent_at))::float8 as seconds
    from ${matching(sql, filter)}
    where m.direction = 'out' and m.delivered_at is not null and m.sent_at is not null`
  return row?.seconds ?? null
}

/**
 * The messages of the range, as a table `m`. Everybody's are read person by person: an index that begins with the
 * person serves that, and one more for all of them would make every message dearer.
 */
function matching(sql: ISql, { userId, accountId, from, to }: AnalyticsFilter) {
  const owner = userId ? sql`${userId}::uuid` : sql`u.id`
  const range = sql`select direction, created_at, account_id, user_id, status, reason, sent_at, delivered_at
    from message_logs where user_id = ${owner}
      and id >= ${idBefore(from.getTime())} and id < ${idBefore(to.getTime())}
      ${accountId ? sql`and account_id = ${accountId}` : sql``}`
  // OFFSET 0 keeps the planner from joining the two in any other way.
  return userId ? sql`(${range}) m` : sql`users u cross join lateral (${range} offset 0) m`
}

export async function nameAccounts(sql: ISql, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await sql<
    { id: string; name: string }[]
  >`select id, name from accounts where id in ${sql(ids)}`
  return new Map(rows.map(({ id, name }) => [id, name]))
}

export async function namePeople(sql: ISql, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await sql<{ id: string; email: string }[]>`select id, email from users where id in ${sql(ids)}`
  return new Map(rows.map(({ id, email }) => [id, email]))
}
