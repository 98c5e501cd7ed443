// An event as the API and the socket show it, and the text of a cursor.
import type { EventRow } from './record.ts'
import type { EventCursor } from './store.ts'

export function viewEvent({ id, type, at, account_id, message_id, data }: EventRow) {
  return { id, type, at: at.toISOString(), account_id, message_id, data }
}

export function formatCursor({ xid, id }: EventCursor): string {
  return `${xid}_${id}`
}
