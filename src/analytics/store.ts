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
  /** `received`: written by others; all else was handed in here. */
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

export interface Tallies {
  quarters: QuarterTally[]
  accounts: AccountTally[]
  /** From the hand-over to the phone, as `delay` rounds it; null where nothing was delivered. */
  medianDeliveryMs: number | null
}

/**
 * All in one pass over the range, which is what takes the time; what has no message is not among them. The median is
 * found among rounded delays, each with its count: what is left to sort are thousands, however many the messages.
 */
export async function tallyMessages(sql: ISql, filter: AnalyticsFilter): Promise<Tallies> {
  const rows = await sql<(QuarterTally & AccountTally & { tally: keyof Tallies; delay_ms: number })[]>`
    with tallied as materialized (
      select grouping(quarter) = 0 as by_quarter, grouping(delay) = 0 as by_delay,
        quarter, account_id, user_id, status, reason, delay, count(*)::int as count
      from (
        select date_bin('15 minutes', m.created_at, 'epoch') as quarter, m.account_id, m.user_id, m.status, m.reason,
          ${delay(sql)} as delay
        from ${matching(sql, filter)}
      ) m
      group by grouping sets ((quarter, status), (account_id, user_id, status, reason), (delay))
    ), median as (
      select delay from (
        select delay, sum(count) over (order by delay) as up_to, sum(count) over () as in_all
        from tallied where by_delay and delay is not null
      ) delays where up_to * 2 >= in_all order by delay limit 1
    )
    select case when by_quarter then 'quarters' else 'accounts' end as tally,
      quarter, account_id, user_id, status, reason, count, null::float8 as delay_ms
    from tallied where not by_delay
    union all
    select 'medianDeliveryMs', null, null, null, null, null, null, extract(epoch from delay)::float8 * 1000 from median`
  const { quarters = [], accounts = [], medianDeliveryMs } = Object.groupBy(rows, (row) => row.tally)
  return {
    quarters,
    accounts,
    medianDeliveryMs: medianDeliveryMs ? Math.round(medianDeliveryMs[0]!.delay_ms) : null,
  }
}

/**
 * From the hand-over to the phone, counted from the epoch; null where there is none. Whole milliseconds below ten
 * seconds, and half a percent off at most above: a phone that was switched off for hours needs no milliseconds.
 */
function delay(sql: ISql) {
  // Of milliseconds, as literals: what is written as a sum would be worked out anew for every message.
  const rounded = (step: string, half: string) =>
    sql`date_bin(${sql.unsafe(`'${step} ms'`)}, ${sql.unsafe(`timestamptz '1970-01-01 00:00:0${half}Z'`)}
      + (m.delivered_at - m.sent_at), 'epoch')`
  return sql`case when m.status = 'received' or m.delivered_at is null then null
    when m.delivered_at < m.sent_at + interval '10 seconds' then ${rounded('1', '0.0005')}
    when m.delivered_at < m.sent_at + interval '1000 seconds' then ${rounded('100', '0.05')}
    else ${rounded('10000', '5')} end`
}

/**
 * The messages of the range, as a table `m`. Everybody's are read person by person: an index that begins with the
 * person serves that, and one more for all of them would make every message dearer.
 */
function matching(sql: ISql, { userId, accountId, from, to }: AnalyticsFilter) {
  const owner = userId ? sql`${userId}::uuid` : sql`u.id`
  const range = sql`select created_at, account_id, user_id, status, reason, sent_at, delivered_at
    from message_logs where user_id = ${owner} and source <> 'canary'
      and id >= ${idBefore(from.getTime())} and id < ${idBefore(to.getTime())}
      ${accountId ? sql`and account_id = ${accountId}` : sql``}`
  // OFFSET 0 keeps the planner from joining the two in any other way.
  return userId ? sql`(${range}) m` : sql`users u cross join lateral (${range} offset 0) m`
}

export interface AccountName {
  name: string
  user_id: string
}

export async function nameAccounts(sql: ISql, ids: string[]): Promise<Map<string, AccountName>> {
  if (ids.length === 0) return new Map()
  const rows = await sql<
    (AccountName & { id: string })[]
  >`select id, name, user_id from accounts where id in ${sql(ids)}`
  return new Map(rows.map(({ id, ...account }) => [id, account]))
}

export async function namePeople(sql: ISql, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await sql<{ id: string; email: string }[]>`select id, email from users where id in ${sql(ids)}`
  return new Map(rows.map(({ id, email }) => [id, email]))
}
