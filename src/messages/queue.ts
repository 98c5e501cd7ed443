// The way in: message, idempotency key and event in one statement.
import type { ISql } from 'postgres'
import type { EventRow } from '../events/record.ts'
import type { Message, MessageSource } from './store.ts'

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

/** Accounts with something that waits, and how much, for the outbox's own look-round. */
export async function countQueues(sql: ISql): Promise<{ accountId: string; count: number }[]> {
  return await sql<{ accountId: string; count: number }[]>`
    select account_id as "accountId", count(*)::int as count from message_logs
    where status = 'queued' and account_id is not null group by account_id`
}
