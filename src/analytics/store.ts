// Figures about messages: how many became what, counted from the index alone.
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

/** Each later one is part of the earlier: what was read was delivered, what was delivered was sent. */
export interface Counts {
  /** Handed in, whatever became of it. */
  accepted: number
  sent: number
  delivered: number
  read: number
  failed: number
  /** Not settled yet. */
  waiting: number
  expired: number
  cancelled: number
  uncertain: number
  /** Written by others. */
  received: number
}

export interface Group extends Counts {
  /** What it is a group of; the total is of nothing. */
  by: 'total' | 'quarter' | 'account' | 'person'
  /** The start of a quarter of an hour in seconds since 1970, or an id. */
  of: string | null
}

/** So many accounts and people, those with the most messages. */
const LARGEST = 100

/**
 * All groups in one pass. Quarters of an hour, because every time zone's days are made of whole ones; those without a
 * message are not among them.
 */
export async function countMessages(sql: ISql, filter: AnalyticsFilter): Promise<Group[]> {
  return await sql<Group[]>`
    with counted as (
      select quarter, account_id, user_id, ${countColumns(sql)}
      from (
        select floor(extract(epoch from created_at) / 900)::int * 900::bigint as quarter, account_id, user_id,
          direction, status
        from message_logs where ${matching(sql, filter)}
      ) m
      group by grouping sets ((), (quarter), (account_id), (user_id))
    ), named as (
      select *, case when grouped = 7 then 'total' when grouped = 3 then 'quarter' when grouped = 5 then 'account'
        else 'person' end as by
      from counted
    ), ranked as (
      select *, row_number() over (partition by by order by accepted + received desc) as place from named
    )
    select by, coalesce(quarter::text, account_id::text, user_id::text) as of, accepted, sent, delivered, read, failed,
      waiting, expired, cancelled, uncertain, received
    from ranked where by in ('total', 'quarter') or place <= ${LARGEST} order by by, of`
}

function countColumns(sql: ISql) {
  const count = (statuses: string[]) =>
    sql`count(*) filter (where direction = 'out' and status in ${sql(statuses)})::int`
  return sql`grouping(quarter, account_id, user_id) as grouped,
    count(*) filter (where direction = 'out')::int as accepted,
    ${count(['sent', 'delivered', 'read', 'played'])} as sent,
    ${count(['delivered', 'read', 'played'])} as delivered,
    ${count(['read', 'played'])} as read,
    ${count(['failed'])} as failed,
    ${count(['scheduled', 'queued', 'sending'])} as waiting,
    ${count(['expired'])} as expired,
    ${count(['cancelled'])} as cancelled,
    ${count(['uncertain'])} as uncertain,
    count(*) filter (where direction = 'in')::int as received`
}

/** Why messages failed, the most frequent first. */
export async function countFailures(
  sql: ISql,
  filter: AnalyticsFilter,
): Promise<{ reason: string; count: number }[]> {
  return await sql<{ reason: string; count: number }[]>`
    select coalesce(reason, 'unknown') as reason, count(*)::int as count from message_logs
    where ${matching(sql, filter)} and status = 'failed' group by 1 order by 2 desc, 1 limit 50`
}

/** Seconds from the hand-over to the phone, at the median; null where nothing was delivered. */
export async function findMedianDelivery(sql: ISql, filter: AnalyticsFilter): Promise<number | null> {
  const [row] = await sql<{ seconds: number | null }[]>`
    select percentile_cont(0.5) within group (order by extract(epoch from delivered_at - sent_at)) as seconds
    from message_logs
    where ${matching(sql, filter)} and direction = 'out' and delivered_at is not null and sent_at is not null`
  return row?.seconds ?? null
}

/** By id, which orders by time and is what every index ends with. */
function matching(sql: ISql, { userId, accountId, from, to }: AnalyticsFilter) {
  return sql`id >= ${idBefore(from.getTime())} and id < ${idBefore(to.getTime())}
    ${userId ? sql`and user_id = ${userId}` : sql``}
    ${accountId ? sql`and account_id = ${accountId}` : sql``}`
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
