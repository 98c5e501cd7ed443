// A message as the API shows it.
import { t } from 'elysia'
import type { EventRow } from '../events/record.ts'
import { iso, whole } from '../http/shape.ts'
import { explainMessage } from '../rules/message-reasons.ts'
import { contentShape, fileShape, senderShape, viewContent, viewFile, viewSender } from './content-view.ts'
import type { Waiting } from './outbox.ts'
import type { Message } from './store.ts'

const text = t.Nullable(t.String())

const shape = {
  id: t.String(),
  direction: t.String(),
  account_id: text,
  receiver_number: t.String(),
  to: t.String(),
  message_body: t.String(),
  kind: t.String(),
  file: t.Nullable(fileShape),
  content: contentShape,
  ...senderShape,
  status: t.String(),
  reason: text,
  message: text,
  source: t.String(),
  priority: whole(),
  whatsapp_id: text,
  request_id: text,
  resend_of: text,
  created_at: text,
  send_at: text,
  expected_at: text,
  expires_at: text,
  sent_at: text,
  delivered_at: text,
  read_at: text,
  edited_at: text,
  deleted_at: text,
}
export const messageShape = t.Object(shape)
export const messageWithTimeline = t.Object({
  ...shape,
  timeline: t.Array(t.Object({ status: t.String(), at: t.String(), reason: text })),
})

/** Why a queued message waits is asked of the outbox at this moment; it is stored nowhere. */
export function viewMessage(message: Message, waiting: Waiting, { isNew = false } = {}) {
  const queued = message.status === 'queued' && message.account_id !== null
  const held = queued ? waiting.explain(message.account_id as string, { state: null, isNew }) : null
  const reason = message.reason ?? held?.reason ?? null
  const expectedAt =
    message.status === 'scheduled' ? message.send_at : (message.not_before ?? held?.expectedAt ?? null)
  return {
    id: message.id,
    direction: message.direction,
    account_id: message.account_id,
    receiver_number: message.receiver_number,
    to: message.chat_id,
    message_body: message.message_body,
    kind: message.kind,
    file: viewFile(message),
    content: viewContent(message.content),
    ...viewSender(message),
    status: message.status,
    reason,
    message: explainMessage(reason),
    source: message.source,
    priority: message.priority,
    whatsapp_id: message.whatsapp_id,
    request_id: message.request_id,
    resend_of: message.resend_of,
    created_at: iso(message.created_at),
    send_at: iso(message.send_at),
    expected_at: iso(expectedAt),
    expires_at: iso(message.expires_at),
    sent_at: iso(message.sent_at),
    delivered_at: iso(message.delivered_at),
    read_at: iso(message.read_at),
    edited_at: iso(message.edited_at),
    deleted_at: iso(message.deleted_at),
  }
}

export function viewTimeline(events: EventRow[]) {
  return events
    .filter((event) => typeof event.data.status === 'string')
    .map((event) => ({
      status: event.data.status as string,
      at: event.at.toISOString(),
      reason: typeof event.data.reason === 'string' ? event.data.reason : null,
    }))
}
