// The way in: message, idempotency key and event in one statement.
import type { ISql } from 'postgres'
import type { EventRow } from '../events/record.ts'
import { type MessageContent, type SendKind, storable } from '../rules/message-content.ts'
import type { Message, MessageSource } from './store.ts'

export interface NewMessage {
  id: string
  userId: string
  /** Null: the person's first account. */
  accountId: string | null
  number: string
  chatId: string
  text: string
  /** A text unless given. */
  kind?: SendKind
  content?: MessageContent
  fileId?: string | null
  source: MessageSource
  priority: number
  sendAt: Date | null
  expiresAt: Date
  resendOf: string | null
  /** Of the HTTP request that brings it. */
  requestId?: string | null
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
 * Messages of one person with their keys and events in one statement, so one transaction and one round trip; answers
 * in the order asked. Writes nothing for a message whose account is unknown, was never linked or is logged out, or
 * whose key was used before. No key may come twice in one call.
 */
export async function queueMessages(
  sql: ISql,
  userId: string,
  messages: Omit<NewMessage, 'userId'>[],
): Promise<Queued[]> {
  const eventIds = messages.map(() => Bun.randomUUIDv7())
  const asked = messages.map((m, at) => ({
    at,
    id: m.id,
    event_id: eventIds[at]!,
    account_id: m.accountId,
    number: m.number,
    chat_id: m.chatId,
    // A lone half of a surrogate pair is no text for PostgreSQL.
    body: m.text.toWellFormed(),
    kind: m.kind ?? 'text',
    content: storable(m.content ?? {}),
    file_id: m.fileId ?? null,
    status: statusOf(m),
    source: m.source,
    priority: m.priority,
    send_at: m.sendAt?.toISOString() ?? null,
    expires_at: m.expiresAt.toISOString(),
    resend_of: m.resendOf,
    request_id: m.requestId ?? null,
    key: m.once?.key ?? null,
    request_hash: m.once ? Buffer.from(m.once.requestHash).toString('hex') : null,
    key_expires_at: m.once?.expiresAt.toISOString() ?? null,
  }))
  const rows = await sql<QueuedRow[]>`
    with asked as materialized (
      select * from jsonb_to_recordset(${sql.json(asked as never)}) as a (at int, id uuid, event_id uuid, account_id uuid,
        number text, chat_id text, body text, kind text, content jsonb, file_id uuid, status text, source text, priority smallint, send_at timestamptz,
        expires_at timestamptz, resend_of uuid, request_id text, key text, request_hash text, key_expires_at timestamptz)
    ), found as materialized (
      select a.*, c.id as found_id, c.state, c.linked_at is not null and c.state <> 'logged_out' as linked
      from asked a left join lateral (
        select id, state, linked_at from accounts
        where user_id = ${userId} and (a.account_id is null or id = a.account_id) order by id limit 1
      ) c on true
    ), used as (
      insert into idempotency_keys as k (user_id, key, request_hash, message_id, expires_at)
      select ${userId}::uuid, key, decode(request_hash, 'hex'), id, key_expires_at from found
      where linked and key is not null
      -- One order for everybody: two of these at once never wait for each other.
      order by key
      on conflict (user_id, key) do update set request_hash = excluded.request_hash,
        message_id = excluded.message_id, expires_at = excluded.expires_at
      where k.expires_at <= now() returning message_id
    ), message as (
      insert into message_logs (id, user_id, account_id, receiver_number, chat_id, message_body, kind, content, file_id, status,
        source, priority, send_at, expires_at, resend_of, request_id)
      select id, ${userId}::uuid, found_id, number, chat_id, body, kind, content, file_id, status, source, priority,
        send_at, expires_at, resend_of, request_id
      from found where linked and (key is null or id in (select message_id from used)) returning id
    ), event as (
      insert into events (id, user_id, account_id, message_id, type, data)
      select event_id, ${userId}::uuid, found_id, id, 'message.status', jsonb_build_object('status', status)
      from found where id in (select id from message)
      returning message_id, xid::text, at
    )
    select found.found_id as id, found.state, found.linked, event.xid, event.at,
      exists (select 1 from contacts c where c.account_id = found_id and c.number = found.number) as is_known
    from found left join event on event.message_id = found.id order by found.at`
  return rows.map((row, at) => {
    const message = messages[at]!
    const { id, state, linked: isLinked, xid, at: eventAt, is_known: isKnown } = row
    if (id === null || state === null) return { account: null, queued: false, isKnown: false, event: null }
    const account = { id, state, isLinked }
    if (xid === null || eventAt === null) return { account, queued: false, isKnown, event: null }
    const event: EventRow = {
      id: eventIds[at]!,
      xid,
      user_id: userId,
      account_id: id,
      message_id: message.id,
      type: 'message.status',
      data: { status: statusOf(message) },
      at: eventAt,
    }
    return { account, queued: true, isKnown, event }
  })
}

function statusOf({ sendAt }: Pick<NewMessage, 'sendAt'>): 'scheduled' | 'queued' {
  return sendAt ? 'scheduled' : 'queued'
}

interface QueuedRow {
  id: string | null
  state: string | null
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
    where k.user_id = ${userId} and k.key = ${key} and k.expires_at > now()`
  if (!row) return null
  const { request_hash: requestHash, ...message } = row
  return { requestHash, message }
}

export async function removeExpiredKeys(sql: ISql): Promise<void> {
  await sql`delete from idempotency_keys where expires_at < now()`
}

/** Accounts with something that waits, and how much, for the outbox's own look-round. */
export async function countQueues(sql: ISql): Promise<{ accountId: string; count: number }[]> {
  return await sql<{ accountId: string; count: number }[]>`
    select account_id as "accountId", count(*)::int as count from message_logs
    where status = 'queued' and account_id is not null and source <> 'canary' group by account_id`
}
