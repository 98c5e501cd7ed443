// Messages: their rows, and every move of their status, each guarded by the status it begins at and with its event.
import type { ISql } from 'postgres'
import { type EventRow, recordEvents } from '../events/record.ts'
import type { DeliveryStatus } from '../rules/delivery-state.ts'
import { idBefore } from '../rules/first-id.ts'
import type { MessageContent } from '../rules/message-content.ts'

export type MessageStatus = DeliveryStatus | 'received'
/** `canary`: the program's own, from an account to itself; it counts in no limit and no figure. */
export type MessageSource = 'dashboard' | 'api' | 'whatsapp' | 'canary'

export interface Message {
  id: string
  user_id: string
  account_id: string | null
  direction: 'out' | 'in'
  receiver_number: string
  chat_id: string
  message_body: string
  kind: string
  content: MessageContent
  file_id: string | null
  sender_lid: string | null
  sender_name: string | null
  caught_up: boolean
  edited_at: Date | null
  deleted_at: Date | null
  status: MessageStatus
  reason: string | null
  source: MessageSource
  priority: number
  /** Of the HTTP request that accepted it, for the log. */
  request_id: string | null
  whatsapp_id: string | null
  generation: number | null
  run: number | null
  page_load: string | null
  send_at: Date | null
  not_before: Date | null
  attempts: number
  resend_of: string | null
  expires_at: Date | null
  created_at: Date
  claimed_at: Date | null
  sent_at: Date | null
  delivered_at: Date | null
  read_at: Date | null
}

/** Which hand-over of a message: the run that was asked, and how many there were by then. */
export interface Claim {
  generation: number
  run: number
  attempts: number
}

export type RawEvent = Omit<EventRow, 'at'> & { at: string; xid_text: string }

/** An event that travelled inside a JSON column. */
export function readEvent(raw: RawEvent): EventRow {
  const { xid_text: xid, ...event } = raw
  return { ...event, xid, at: new Date(event.at) }
}

/**
 * Moves one message from one of the given statuses; null when it was not there any more. Stamps the moment of
 * `sent`, `delivered` and `read`.
 */
export async function settleMessage(
  sql: ISql,
  id: string,
  from: readonly DeliveryStatus[],
  to: DeliveryStatus,
  extra: {
    reason?: string | null
    notBefore?: Date | null
    pageLoad?: string | null
    /** Only while this hand-over is still the one that was asked. */
    claim?: Claim
  } = {},
): Promise<EventRow | null> {
  const { reason = null, notBefore = null, pageLoad = null, claim } = extra
  const stamp = (least: 'sent' | 'delivered' | 'read', column: string) =>
    reached(to, least) ? sql`, ${sql(column)} = coalesce(${sql(column)}, now())` : sql``
  const [row] = await sql<{ event: RawEvent }[]>`
    with moved as (
      update message_logs set status = ${to}, reason = ${reason}, not_before = ${notBefore},
        page_load = coalesce(${pageLoad}, page_load)
        ${stamp('sent', 'sent_at')} ${stamp('delivered', 'delivered_at')} ${stamp('read', 'read_at')}
      where id = ${id} and status in ${sql([...from])}
        ${claim ? sql`and generation = ${claim.generation} and run = ${claim.run} and attempts = ${claim.attempts}` : sql``}
      returning id, user_id, account_id, kind, content
    )${reached(to, 'sent') ? sql`, changed as (${noteChange(sql)})` : sql``}, event as (
      insert into events (id, user_id, account_id, message_id, type, data)
      select ${Bun.randomUUIDv7()}::uuid, user_id, account_id, id, 'message.status',
        ${sql.json({ status: to, reason })}::jsonb
      from moved returning *, xid::text as xid_text
    )
    select to_jsonb(event) as event from event`
  return row ? readEvent(row.event) : null
}

/** An edit or a deletion that went out shows at the message it is about. */
function noteChange(sql: ISql) {
  return sql`update message_logs t set
      edited_at = case when moved.kind = 'edit' then now() else t.edited_at end,
      deleted_at = case when moved.kind = 'delete' then now() else t.deleted_at end
    from moved where moved.kind in ('edit', 'delete') and t.id = (moved.content ->> 'target_id')::uuid
      and t.user_id = moved.user_id`
}

function reached(status: DeliveryStatus, least: 'sent' | 'delivered' | 'read'): boolean {
  const order = ['sent', 'delivered', 'read', 'played']
  return order.indexOf(status) >= order.indexOf(least)
}

/** Held by WhatsApp Web (ack 0): still `sending`; only the page load that has it is noted. */
export async function notePageLoad(sql: ISql, id: string, pageLoad: string): Promise<void> {
  await sql`update message_logs set page_load = ${pageLoad} where id = ${id} and status = 'sending'`
}

export async function findMessage(sql: ISql, userId: string, id: string): Promise<Message | null> {
  const [row] = await sql<Message[]>`select * from message_logs where id = ${id} and user_id = ${userId}`
  return row ?? null
}

/** Marks a received message and what came before it in its chat as read, as far back as a month. */
export async function noteSeen(sql: ISql, userId: string, message: Message): Promise<void> {
  const monthBefore = idBefore(message.created_at.getTime() - 30 * 86_400_000)
  await sql`
    update message_logs set read_at = now()
    where user_id = ${userId} and account_id = ${message.account_id} and direction = 'in' and read_at is null
      and chat_id = ${message.chat_id} and id <= ${message.id} and id >= ${monthBefore}`
}

/** By the id chosen for the hand-over: where acks find their message. */
export async function findByWhatsappId(
  sql: ISql,
  accountId: string,
  whatsappId: string,
): Promise<Message | null> {
  const [row] = await sql<Message[]>`
    select * from message_logs where account_id = ${accountId} and whatsapp_id = ${whatsappId}`
  return row ?? null
}

/** Handed over or perhaps handed over, and not yet final: what the acks are asked for. Oldest first. */
export async function listOpenMessages(
  sql: ISql,
  accountId: string,
  { sinceDays, limit }: { sinceDays: number; limit: number },
): Promise<Message[]> {
  return await sql<Message[]>`
    select * from message_logs
    where account_id = ${accountId} and status in ('sending', 'uncertain', 'sent', 'delivered')
      and (kind not in ('reaction', 'edit', 'delete') or status = 'sending')
      and created_at > now() - make_interval(days => ${sinceDays})
    order by id desc limit ${limit}`
}

/** Due scheduled messages join the queue. Returns the events. */
export async function queueDueMessages(sql: ISql, limit: number): Promise<EventRow[]> {
  const rows = await sql<Pick<Message, 'id' | 'user_id' | 'account_id'>[]>`
    update message_logs set status = 'queued' where status = 'scheduled' and id in (
      select id from message_logs where status = 'scheduled' and send_at <= now() order by send_at limit ${limit})
    returning id, user_id, account_id`
  return recordEvents(
    sql,
    rows.map((row) => statusEvent(row, 'queued', null)),
  )
}

/**
 * What is past its deadline: not handed over → `expired`; handed over and without an ack → `uncertain(no_ack)`.
 */
export async function expireMessages(
  sql: ISql,
  limit: number,
): Promise<{ message: Pick<Message, 'id' | 'account_id' | 'request_id' | 'status'>; event: EventRow }[]> {
  const rows = await sql<
    Pick<Message, 'id' | 'user_id' | 'account_id' | 'request_id' | 'status' | 'reason'>[]
  >`
    update message_logs set
      status = case when status = 'sending' then 'uncertain' else 'expired' end,
      reason = case when status = 'sending' then 'no_ack' else 'deadline_passed' end
    where status in ('scheduled', 'queued', 'sending') and id in (
      select id from message_logs where status in ('scheduled', 'queued', 'sending') and expires_at <= now()
      order by expires_at limit ${limit} for update skip locked)
    returning id, user_id, account_id, request_id, status, reason`
  const events = await recordEvents(
    sql,
    rows.map((row) => statusEvent(row, row.status, row.reason)),
  )
  const eventOf = new Map(events.map((event) => [event.message_id, event]))
  return rows.map((message) => ({ message, event: eventOf.get(message.id)! }))
}

function statusEvent(
  row: Pick<Message, 'id' | 'user_id' | 'account_id'>,
  status: MessageStatus,
  reason: string | null,
) {
  return {
    userId: row.user_id,
    type: 'message.status' as const,
    accountId: row.account_id,
    messageId: row.id,
    data: { status, reason },
  }
}

/** Cancels what an account still holds back, before the account goes. */
export async function cancelWaiting(sql: ISql, userId: string, accountId: string): Promise<EventRow[]> {
  const rows = await sql<Pick<Message, 'id' | 'user_id' | 'account_id'>[]>`
    update message_logs set status = 'cancelled', reason = 'account_removed'
    where user_id = ${userId} and account_id = ${accountId} and status in ('scheduled', 'queued')
    returning id, user_id, account_id`
  return recordEvents(
    sql,
    rows.map((row) => statusEvent(row, 'cancelled', 'account_removed')),
  )
}
