// Writes what happened, in the transaction of what happened. Any store may use it.
import type { ISql, JSONValue } from 'postgres'
import type { EventType } from '../rules/event-types.ts'

export type { EventType }

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
