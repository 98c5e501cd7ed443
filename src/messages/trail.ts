// What the log keeps of a message's way: on every line the same ids, so that the id of a request finds all of them.
import type { EventRow } from '../events/record.ts'
import type { Log } from '../log.ts'
import type { Message } from './store.ts'

type Named = Pick<Message, 'id' | 'account_id' | 'request_id'>

/** Ids only: never a text or a number. */
export function idsOf({ id, account_id, request_id }: Named) {
  return { request_id, account_id, message_id: id }
}

/** From these on it is out: what follows is frequent and good news. */
const OUT: ReadonlySet<string> = new Set(['sent', 'delivered', 'read', 'played'])

/**
 * Notes the status that `event` tells of; `message` is as it was before. Answers the event. Nothing for null: it
 * stayed where it was.
 */
export function noteStatus(
  log: Log,
  message: Named & Pick<Message, 'status'>,
  event: EventRow | null,
): EventRow | null {
  if (!event) return null
  const { status, reason = null } = event.data
  log[OUT.has(message.status) ? 'debug' : 'info']({ ...idsOf(message), status, reason }, 'message status')
  return event
}
