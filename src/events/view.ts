// An event as the API and the socket show it, and the text of a cursor.
import type { EventRow } from './record.ts'
import type { EventCursor } from './store.ts'

export function viewEvent({ id, type, at, account_id, message_id, data }: EventRow) {
  return { id, type, at: at.toISOString(), account_id, message_id, data }
}

/**
 * Null where nothing has happened yet: also then there is a place to go on from, or a reader would ask where the end is
 * a second time, and never hear of what came in between.
 */
export function formatCursor(cursor: EventCursor | null): string {
  const { xid, id } = cursor ?? BEGINNING
  return `${xid}_${id}`
}

const BEGINNING: EventCursor = { xid: '0', id: '00000000-0000-0000-0000-000000000000' }
