// Writes what happened, in the transaction of what happened. Any store may use it.
import type { ISql, JSONValue } from 'postgres'

/** What can happen. `message.status` and `account.state` carry the new status in `data`. */
export const EVENT_TYPES = [
  'account.created',
  'account.state',
  'account.removed',
  'account.new_chats_refused',
  'message.status',
  'message.received',
  // The file that came with a message is here, or will not come.
  'message.file',
  'key.created',
  'key.changed',
  'key.rotated',
  'key.revoked',
  'account.alert',
  'webhook.disabled',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

export interface NewEvent {
  userId: string
  type: EventType
  accountId?: string | null
  messageId?: string | null
  data?: Record<string, JSONValue>
}

/** An event as it lies in the table; `xid` as text. */
export interface EventRow {
  id: string
  xid: string
  user_id: string
  account_id: string | null
  message_id: string | null
  type: EventType
  data: Record<string, JSONValue>
  at: Date
}

/** Records events; hand the returned rows to the hub once the transaction is committed. */
export async function recordEvents(sql: ISql, events: NewEvent[]): Promise<EventRow[]> {
  if (events.length === 0) return []
  const rows = events.map((event) => ({
    id: Bun.randomUUIDv7(),
    user_id: event.userId,
    account_id: event.accountId ?? null,
    message_id: event.messageId ?? null,
    type: event.type,
    data: sql.json(event.data ?? {}),
  }))
  return await sql<EventRow[]>`insert into events ${sql(rows)} returning *`
}
