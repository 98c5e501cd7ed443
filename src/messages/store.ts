// Messages: their rows, and every move of their status, each guarded by the status it begins at and with its event.
import type { ISql } from 'postgres'
import { type EventRow, recordEvents } from '../events/record.ts'
import type { DeliveryStatus } from '../rules/delivery-state.ts'

export type MessageStatus = DeliveryStatus | 'received'
export type MessageSource = 'dashboard' | 'api' | 'whatsapp'

export interface Message {
  id: string
  user_id: string
  account_id: string | null
  direction: 'out' | 'in'
  receiver_number: string
  chat_id: string
  message_body: string
  kind: string
  status: MessageStatus
  reason: string | null
  source: MessageSource
  priority: number
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

export interface NewMessage {
  id: string
  userId: string
  /** Null: the person's first account. */
  accountId: string | null
  number: string
  chatId: string
  text: string
  source: MessageSource
  priority: number
  sendAt: Date | null
  expiresAt: Date
  resendOf: string | null
  /** Under this key the same request makes one message, however often it comes until then. */
  once: { key: string; requestHash: Uint8Array; expiresAt: Date } | null
}

export interface Queued {
  /** Null: the person has no such account. */
  account: { id: string; state: string; isLinked: boolean } | null
  /** False, though linked: the key was used before. */
  queued: boolean
  /** Its recipient is known to the account: written to before, or has written. */
  isKnown: boolean
  event: EventRow | null
}

/**
 * Message, key and event in one statement, so one transaction and one round trip. Writes nothing where the account is
 * unknown, was never linked or is logged out, or where the key was used before.
 */
export async function queueMessage(sql: ISql, m: NewMessage): Promise<Queued> {
  const status = m.sendAt ? 'scheduled' : 'queued'
  const eventId = Bun.randomUUIDv7()
  const data = { status }
  const once = m.once
  const [row] = await sql<QueuedRow[]>`
    with account as materialized (
      select id, state, linked_at is not null and state <> 'logged_out' as linked from accounts
      where user_id = ${m.userId} and (${m.accountId}::uuid is null or id = ${m.accountId}::uuid)
      order by id limit 1
    ), ${
      once
        ? sql`used as (
            insert into idempotency_keys as k (user_id, key, request_hash, message_id, expires_at)
            select ${m.userId}::uuid, ${once.key}, ${once.requestHash}, ${m.id}::uuid, ${once.expiresAt}::timestamptz
            from account where linked
            on conflict (user_id, key) do update set request_hash = excluded.request_hash,
              message_id = excluded.message_id, expires_at = excluded.expires_at
            where k.expires_at <= now() returning 1
          ),`
        : sql``
    } message as (
      insert into message_logs (id, user_id, account_id, receiver_number, chat_id, message_body, status, source,
        priority, send_at, expires_at, resend_of)
      select ${m.id}::uuid, ${m.userId}::uuid, id, ${m.number}, ${m.chatId}, ${m.text}, ${status}, ${m.source},
        ${m.priority}::smallint, ${m.sendAt}::timestamptz, ${m.expiresAt}::timestamptz, ${m.resendOf}::uuid
      from account where linked ${once ? sql`and exists (select 1 from used)` : sql``} returning id, account_id
    ), event as (
      insert into events (id, user_id, account_id, message_id, type, data)
      select ${eventId}::uuid, ${m.userId}::uuid, account_id, id, 'message.status', ${sql.json(data)}::jsonb from message
      returning xid::text, at
    )
    select account.id, account.state, account.linked, event.xid, event.at,
      exists (select 1 from contacts c where c.account_id = account.id and c.number = ${m.number}) as is_known
    from account left join event on true`
  if (!row) return { account: null, queued: false, isKnown: false, event: null }
  const { id, state, linked: isLinked, xid, at, is_known: isKnown } = row
  const account = { id, state, isLinked }
  if (xid === null || at === null) return { account, queued: false, isKnown, event: null }
  const event: EventRow = {
    id: eventId,
    xid,
    user_id: m.userId,
    account_id: id,
    message_id: m.id,
    type: 'message.status',
    data,
    at,
  }
  return { account, queued: true, isKnown, event }
}

interface QueuedRow {
  id: string
  state: string
  linked: boolean
  xid: string | null
  at: Date | null
  is_known: boolean
}

/** What was asked under a key that is still remembered. */
export async function findByIdempotencyKey(
  sql: ISql,
  userId: string,
  key: string,
): Promise<{ requestHash: Uint8Array; message: Message } | null> {
  const [row] = await sql<(Message & { request_hash: Uint8Array })[]>`
    select m.*, k.request_hash from idempotency_keys k join message_logs m on m.id = k.message_id
    where k.user_id = ${userId} and k.key = ${key}`
  if (!row) return null
  const { request_hash: requestHash, ...message } = row
  return { requestHash, message }
}

export async function removeExpiredKeys(sql: ISql): Promise<void> {
  await sql`delete from idempotency_keys where expires_at < now()`
}

export interface Intent {
  whatsappId: string
  generation: number
  run: number
}

/**
 * The intent: takes the next message of an account that may go now, writes the id chosen for it and the run that will
 * be asked. In order per recipient; a message that waits for another moment holds back only its own recipient, one to
 * somebody never written to before (`allowNew` false) nobody else.
 */
export async function claimMessage(
  sql: ISql,
  accountId: string,
  intent: Intent,
  { allowNew }: { allowNew: boolean },
): Promise<Claimed | null> {
  const [row] = await sql<(Message & { event: RawEvent; is_new: boolean })[]>`
    with next as (
      select m.id from message_logs m
      where m.account_id = ${accountId} and m.status = 'queued'
        and (m.not_before is null or m.not_before <= now())
        and m.expires_at > now()
        and not exists (
          select 1 from message_logs o
          where o.account_id = m.account_id and o.status = 'queued' and o.chat_id = m.chat_id
            and (o.priority, o.id) < (m.priority, m.id))
        ${
          allowNew
            ? sql``
            : sql`and (m.chat_id like '%@g.us' or exists (
                select 1 from contacts c where c.account_id = m.account_id and c.number = m.receiver_number))`
        }
      order by m.priority, m.id limit 1 for update skip locked
    ), claimed as (
      update message_logs m set status = 'sending', reason = null,
        whatsapp_id = coalesce(m.whatsapp_id, ${intent.whatsappId}), generation = ${intent.generation},
        run = ${intent.run}, page_load = null, claimed_at = now(), attempts = m.attempts + 1
      from next where m.id = next.id and m.status = 'queued' returning m.*
    ), contact as (
      insert into contacts (account_id, user_id, number, first_out_at)
      select account_id, user_id, receiver_number, claimed_at from claimed where chat_id not like '%@g.us'
      on conflict (account_id, number) do update set first_out_at = excluded.first_out_at
      where contacts.first_out_at is null
      returning xmax = 0 as inserted
    ), event as (
      insert into events (id, user_id, account_id, message_id, type, data)
      select ${Bun.randomUUIDv7()}::uuid, user_id, account_id, id, 'message.status', '{"status":"sending"}' from claimed
      returning *, xid::text as xid_text
    )
    select claimed.*, to_jsonb(event) as event, coalesce((select inserted from contact), false) as is_new
    from claimed cross join event`
  if (!row) return null
  const { event, is_new: isNew, ...message } = row
  return { message, isNew, event: readEvent(event) }
}

export interface Claimed {
  message: Message
  /** Its recipient was never written to before, and had not written either. */
  isNew: boolean
  event: EventRow
}

type RawEvent = Omit<EventRow, 'at'> & { at: string; xid_text: string }

/** An event that travelled inside a JSON column. */
function readEvent(raw: RawEvent): EventRow {
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
    claim?: { generation: number; run: number }
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
        ${claim ? sql`and generation = ${claim.generation} and run = ${claim.run}` : sql``}
      returning id, user_id, account_id
    ), event as (
      insert into events (id, user_id, account_id, message_id, type, data)
      select ${Bun.randomUUIDv7()}::uuid, user_id, account_id, id, 'message.status',
        ${sql.json({ status: to, reason })}::jsonb
      from moved returning *, xid::text as xid_text
    )
    select to_jsonb(event) as event from event`
  return row ? readEvent(row.event) : null
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
export async function expireMessages(sql: ISql, limit: number): Promise<EventRow[]> {
  const rows = await sql<Pick<Message, 'id' | 'user_id' | 'account_id' | 'status' | 'reason'>[]>`
    update message_logs set
      status = case when status = 'sending' then 'uncertain' else 'expired' end,
      reason = case when status = 'sending' then 'no_ack' else 'deadline_passed' end
    where status in ('scheduled', 'queued', 'sending') and id in (
      select id from message_logs where status in ('scheduled', 'queued', 'sending') and expires_at <= now()
      order by expires_at limit ${limit} for update skip locked)
    returning id, user_id, account_id, status, reason`
  return recordEvents(
    sql,
    rows.map((row) => statusEvent(row, row.status, row.reason)),
  )
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

/** Moments (ms) of an account's hand-overs in the last day, oldest first, for its pacing. */
export async function listHandOverTimes(sql: ISql, accountId: string): Promise<number[]> {
  const rows = await sql<{ at: Date }[]>`
    select claimed_at as at from message_logs
    where account_id = ${accountId} and id > ${idBefore(Date.now() - 3 * 86_400_000)}
      and claimed_at > now() - interval '1 day' and direction = 'out'
    order by claimed_at`
  return rows.map((row) => row.at.getTime())
}

/** Moments (ms) of an account's first messages to people who had not written before, in the last day, oldest first. */
export async function listNewContactTimes(sql: ISql, accountId: string): Promise<number[]> {
  const rows = await sql<{ at: Date }[]>`
    select first_out_at as at from contacts
    where account_id = ${accountId} and first_out_at > now() - interval '1 day'
      and (first_in_at is null or first_in_at > first_out_at)
    order by first_out_at`
  return rows.map((row) => row.at.getTime())
}

/** Nobody was written to after all: the claim at this moment made them known for nothing. */
export async function forgetContact(
  sql: ISql,
  accountId: string,
  number: string,
  claimedAt: Date | null,
): Promise<void> {
  await sql`delete from contacts
    where account_id = ${accountId} and number = ${number} and first_in_at is null
      and date_trunc('milliseconds', first_out_at) = ${claimedAt}`
}

/** Of these recipients of an account, those it has written to or heard from. */
export async function listKnown(sql: ISql, accountId: string, numbers: string[]): Promise<Set<string>> {
  if (numbers.length === 0) return new Set()
  const rows = await sql<{ number: string }[]>`
    select number from contacts where account_id = ${accountId} and number in ${sql(numbers)}`
  return new Set(rows.map((row) => row.number))
}

/** The smallest UUIDv7 of a moment: lets an index on ids serve a range of time. */
export function idBefore(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

/** Keeps a message that somebody else wrote; nothing when this account has it already. */
export async function createIncoming(
  sql: ISql,
  account: { id: string; user_id: string },
  incoming: {
    whatsappId: string
    chatId: string
    authorId: string
    fromNumber: string | null
    kind: string
    text: string
    at: string
  },
): Promise<EventRow[]> {
  const id = Bun.randomUUIDv7()
  const from = incoming.fromNumber ? `+${incoming.fromNumber}` : incoming.authorId
  const rows = await sql`
    insert into message_logs ${sql({
      id,
      user_id: account.user_id,
      account_id: account.id,
      direction: 'in',
      receiver_number: from,
      chat_id: incoming.chatId,
      message_body: incoming.text.replaceAll('\0', ''),
      kind: incoming.kind,
      status: 'received',
      source: 'whatsapp',
      whatsapp_id: incoming.whatsappId,
      sent_at: new Date(incoming.at),
    })} on conflict (account_id, whatsapp_id) do nothing returning 1`
  if (rows.length === 0) return []
  if (!incoming.chatId.endsWith('@g.us')) {
    await sql`
      insert into contacts (account_id, user_id, number, first_in_at)
      values (${account.id}, ${account.user_id}, ${from}, now())
      on conflict (account_id, number) do update set first_in_at = coalesce(contacts.first_in_at, now())`
  }
  return recordEvents(sql, [
    {
      userId: account.user_id,
      type: 'message.received',
      accountId: account.id,
      messageId: id,
      data: { status: 'received', kind: incoming.kind },
    },
  ])
}

/** Accounts with something that waits, and how much, for the outbox's own look-round. */
export async function countQueues(sql: ISql): Promise<{ accountId: string; count: number }[]> {
  return await sql<{ accountId: string; count: number }[]>`
    select account_id as "accountId", count(*)::int as count from message_logs
    where status = 'queued' and account_id is not null group by account_id`
}
