// Deliveries: one row an event and endpoint, from the event's own transaction until the receiver has it.
import type { ISql, JSONValue } from 'postgres'
import { idBefore } from '../rules/first-id.ts'
import type { OutboundFailure } from '../rules/outbound-failures.ts'

export type DeliveryEnd = 'delivered' | 'failed' | 'cancelled'
export type DeliveryStatus = 'waiting' | DeliveryEnd

/** One try: when it began, how long it took, where it went, what the receiver answered, or why there was no whole answer. */
export type Try = {
  at: string
  ms: number
  /** Where it went; absent from those of before this was noted. */
  url?: string
  status: number | null
  failure: OutboundFailure | 'refused' | 'redirected' | null
  /** The first 1,024 bytes of the answer, as text. */
  answer: string | null
}

export interface Delivery {
  webhook_id: string
  event_id: string
  type: string
  status: DeliveryStatus
  tries: number
  next_try_at: Date | null
  body: string | null
  log: Try[]
  created_at: Date
  first_try_at: Date | null
  settled_at: Date | null
}

/** What is to be told, with all that the payload is made from. */
export interface Due {
  event_id: string
  type: string
  tries: number
  next_try_at: Date | null
  body: string | null
  /** No running transaction can still bring an event that comes before it. */
  is_settled: boolean
  at: Date
  account_id: string | null
  message_id: string | null
  data: Record<string, JSONValue>
  message: Record<string, JSONValue> | null
  /** Number of the account, in digits. */
  account_phone: string | null
  /** Of the file of the message. */
  file_sha256: string | null
}

/** Tries that are kept of one delivery. */
const LOG_LENGTH = 20

/** For the deliverer only: what waits for one endpoint, in the order of the events. */
export async function listDue(sql: ISql, webhookId: string, limit: number): Promise<Due[]> {
  return await sql<Due[]>`
    select d.event_id, d.type, d.tries, d.next_try_at, d.body, e.at, e.account_id, e.message_id, e.data,
      d.xid < pg_snapshot_xmin(pg_current_snapshot()) as is_settled, to_jsonb(m) as message,
      a.phone as account_phone, f.sha256 as file_sha256
    from webhook_deliveries d join events e on e.id = d.event_id
    left join message_logs m on m.id = e.message_id and m.user_id = d.user_id
    left join accounts a on a.id = e.account_id and a.user_id = d.user_id
    left join files f on f.id = m.file_id and f.user_id = d.user_id
    where d.webhook_id = ${webhookId} and d.status = 'waiting'
    order by d.xid, d.event_id limit ${limit}`
}

export interface Delivered {
  webhookId: string
  eventId: string
  body: string
  entry: Try
}

/** For the deliverer only: the receivers have these. One statement for as many as there are. */
export async function settleDelivered(sql: ISql, delivered: Delivered[]): Promise<void> {
  await sql`
    with told as materialized (
      select * from jsonb_to_recordset(${sql.json(delivered as never)})
        as t ("webhookId" uuid, "eventId" uuid, body text, entry jsonb)
    ), healed as (
      update webhooks set failing_since = null
      where id in (select "webhookId" from told) and failing_since is not null
    )
    update webhook_deliveries d set status = 'delivered', tries = d.tries + 1, next_try_at = null, body = told.body,
      log = ${appended(sql)}, first_try_at = coalesce(d.first_try_at, (told.entry->>'at')::timestamptz),
      settled_at = clock_timestamp()
    from told
    where d.webhook_id = told."webhookId" and d.event_id = told."eventId" and d.status = 'waiting'`
}

/** For the deliverer only: a try that failed. `nextTryAt` null: it was the last. */
export async function noteFailed(
  sql: ISql,
  { webhookId, eventId, body, entry }: Delivered,
  nextTryAt: Date | null,
): Promise<void> {
  await sql`
    with told as (select ${sql.json(entry)}::jsonb as entry)
    update webhook_deliveries d set tries = d.tries + 1, next_try_at = ${nextTryAt}, body = ${body},
      log = ${appended(sql)}, first_try_at = coalesce(d.first_try_at, (told.entry->>'at')::timestamptz),
      status = ${nextTryAt ? 'waiting' : 'failed'}, settled_at = ${nextTryAt ? null : new Date()}
    from told
    where d.webhook_id = ${webhookId} and d.event_id = ${eventId} and d.status = 'waiting'`
}

function appended(sql: ISql) {
  return sql`(case when jsonb_array_length(d.log) >= ${LOG_LENGTH} then d.log - 0 else d.log end) || told.entry`
}

/** Newest first; `after` is the event id of the last one seen. Without the bodies. */
export async function listDeliveries(
  sql: ISql,
  userId: string,
  webhookId: string,
  { status, after, limit }: { status: DeliveryStatus | null; after: string | null; limit: number },
): Promise<Delivery[]> {
  return await sql<Delivery[]>`
    select webhook_id, event_id, type, status, tries, next_try_at, null as body, log, created_at, first_try_at,
      settled_at
    from webhook_deliveries where webhook_id = ${webhookId} and user_id = ${userId}
      ${status ? sql`and status = ${status}` : sql``} ${after ? sql`and event_id < ${after}` : sql``}
    order by event_id desc limit ${limit}`
}

export async function findDelivery(
  sql: ISql,
  userId: string,
  webhookId: string,
  eventId: string,
): Promise<Delivery | null> {
  const [row] = await sql<Delivery[]>`
    select * from webhook_deliveries
    where webhook_id = ${webhookId} and event_id = ${eventId} and user_id = ${userId}`
  return row ?? null
}

/** Once more from the start, at its own place in the order; also one that waits for its next try goes at once. */
export async function redeliver(
  sql: ISql,
  userId: string,
  webhookId: string,
  eventId: string,
): Promise<boolean> {
  const rows = await sql`
    update webhook_deliveries set status = 'waiting', tries = 0, next_try_at = null, settled_at = null
    where webhook_id = ${webhookId} and event_id = ${eventId} and user_id = ${userId} returning 1`
  return rows.length > 0
}

/** Nobody waits for this one any more; those behind it go on. False when it does not wait. */
export async function cancelDelivery(
  sql: ISql,
  userId: string,
  webhookId: string,
  eventId: string,
): Promise<boolean> {
  const rows = await sql`
    update webhook_deliveries set status = 'cancelled', next_try_at = null, settled_at = now()
    where webhook_id = ${webhookId} and event_id = ${eventId} and user_id = ${userId} and status = 'waiting'
    returning 1`
  return rows.length > 0
}

/**
 * Everything since a moment that this endpoint chose: what was never acknowledged, or all of it once more. Also what
 * happened while it was off or before it was made. Answers how many wait now because of this.
 */
export async function redeliverSince(
  sql: ISql,
  userId: string,
  webhookId: string,
  { since, which }: { since: Date; which: 'unacknowledged' | 'all' },
): Promise<number> {
  const rows = await sql`
    insert into webhook_deliveries as d (webhook_id, event_id, user_id, type, xid)
    select w.id, e.id, e.user_id, e.type, e.xid from webhooks w join events e on e.user_id = w.user_id
    where w.id = ${webhookId} and w.user_id = ${userId} and e.id >= ${idBefore(since.getTime())}
      and webhook_wants(w.events, w.account_ids, e.type, e.data, e.account_id)
    on conflict (webhook_id, event_id) do update
      set status = 'waiting', tries = 0, next_try_at = null, settled_at = null
      where d.status <> 'delivered' or ${which === 'all'}
    returning 1`
  return rows.length
}

/** Those that ended so long ago, and those that wait for an endpoint that has been off as long. */
export async function removeOldDeliveries(sql: ISql, days: number): Promise<void> {
  await sql`delete from webhook_deliveries where settled_at < now() - make_interval(days => ${days})`
  await sql`
    delete from webhook_deliveries d using webhooks w
    where d.webhook_id = w.id and not w.enabled and d.status = 'waiting'
      and d.created_at < now() - make_interval(days => ${days})`
}
