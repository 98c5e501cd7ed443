// Reads the record of what happened, by cursor.
import type { ISql } from 'postgres'
import type { EventRow } from './record.ts'

/** Where a reader stands: behind the event with this transaction and id. */
export interface EventCursor {
  xid: string
  id: string
}

// `order by xid` alone would mean the text that is selected, in which 1000 comes before 999.

/**
 * Events of one person behind `after`, oldest first. Only those are listed before which no running transaction can
 * still slip in, so a reader that goes on from the last one misses none.
 */
export async function listEvents(
  sql: ISql,
  userId: string,
  { after, limit }: { after: EventCursor | null; limit: number },
): Promise<EventRow[]> {
  return await sql<EventRow[]>`
    select id, xid::text, user_id, account_id, message_id, type, data, at from events
    where user_id = ${userId}
      and xid < pg_snapshot_xmin(pg_current_snapshot())
      ${after ? sql`and (xid, id) > (${after.xid}::xid8, ${after.id}::uuid)` : sql``}
    order by events.xid, id limit ${limit}`
}

/** The cursor behind everything listed so far: where a reader starts who only wants what comes. */
export async function findLatestCursor(sql: ISql, userId: string): Promise<EventCursor | null> {
  const [row] = await sql<EventCursor[]>`
    select xid::text, id from events
    where user_id = ${userId} and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by events.xid desc, id desc limit 1`
  return row ?? null
}

/** Everything that happened to one message of one person, oldest first. */
export async function listMessageEvents(sql: ISql, userId: string, messageId: string): Promise<EventRow[]> {
  return await sql<EventRow[]>`
    select id, xid::text, user_id, account_id, message_id, type, data, at from events
    where message_id = ${messageId} and user_id = ${userId}
    order by events.xid, id limit 200`
}
