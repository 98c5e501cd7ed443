// What a receiver is told: `{type, timestamp, data}` as Standard Webhooks has it, the same at every try.
import type { Due } from './deliveries.ts'

/** Of a message: all but its status, which is the event's own, so that a late first try tells no later one. */
const MESSAGE_FIELDS = [
  'id',
  'direction',
  'account_id',
  'receiver_number',
  'chat_id',
  'message_body',
  'kind',
  'content',
  'file_id',
  'sender_lid',
  'sender_name',
  'caught_up',
  'source',
  'whatsapp_id',
  'created_at',
] as const

/** The body of one delivery. `data` holds the event's own fields, its ids, and the message it is about. */
export function payloadOf(
  due: Pick<Due, 'event_id' | 'type' | 'at' | 'account_id' | 'message_id' | 'data' | 'message'>,
): string {
  const { event_id, type, at, account_id, message_id, data, message } = due
  return JSON.stringify({
    type,
    timestamp: at.toISOString(),
    data: {
      ...data,
      event_id,
      account_id,
      message_id,
      ...(message ? { message: pick(message) } : {}),
    },
  })
}

function pick(message: Record<string, unknown>): Record<string, unknown> {
  return {
    ...Object.fromEntries(MESSAGE_FIELDS.map((name) => [name, message[name] ?? null])),
    ...writerOf(message),
  }
}

/** Who wrote it and in which group, under the names that the API has for them. */
function writerOf({ direction, receiver_number, chat_id, sender_lid, sender_name }: Record<string, unknown>) {
  const from = direction === 'in' ? String(receiver_number) : ''
  const isGroup = String(chat_id).endsWith('@g.us')
  return {
    from_number: from.startsWith('+') ? from : null,
    from_lid: sender_lid ?? null,
    from_name: sender_name ?? null,
    group_id: isGroup ? chat_id : null,
  }
}
