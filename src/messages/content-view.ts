// What a message carries besides its text, as the API shows it: one shape for both directions.
import { t } from 'elysia'
import { whole } from '../http/shape.ts'
import type { MessageContent } from '../rules/message-content.ts'
import type { Message } from './store.ts'

const text = t.Nullable(t.String())

export const fileShape = t.Object(
  {
    id: text,
    name: text,
    mime_type: t.String(),
    size_bytes: t.Nullable(whole()),
    seconds: t.Optional(t.Number()),
    state: t.String({
      description: 'pending, kept, removed, failed or too_large. Its bytes: /api/files/{id}.',
    }),
  },
  { description: 'The file of a picture, film, recording, document or sticker.' },
)

export const contentShape = t.Object({
  location: t.Optional(t.Object({ latitude: t.Number(), longitude: t.Number(), name: text, url: text })),
  contacts: t.Optional(t.Array(t.Object({ name: t.String(), vcard: t.String() }))),
  poll: t.Optional(t.Object({ question: t.String(), options: t.Array(t.String()), multiple: t.Boolean() })),
  emoji: t.Optional(t.String({ description: 'Of a reaction; empty: it was taken back.' })),
  target: t.Optional(t.String({ description: 'WhatsApp id of what a reaction, edit or deletion is about.' })),
  target_id: t.Optional(t.String({ description: 'The same, as our id.' })),
  quoted: t.Optional(t.String({ description: 'WhatsApp id of the message that this one answers.' })),
  quoted_id: t.Optional(t.String({ description: 'The same, as our id.' })),
  mentions: t.Optional(t.Array(t.String())),
  forwarded: t.Optional(t.Boolean()),
})

export function viewFile({ content: { file }, file_id: id }: Message) {
  if (!file) return null
  // An outgoing one has no state of its own: it is there, or somebody removed it.
  const state = id ? 'kept' : file.state && file.state !== 'kept' ? file.state : 'removed'
  const { name, mime_type, size_bytes, seconds } = file
  return { id, name, mime_type, size_bytes, ...(seconds && { seconds }), state }
}

export function viewContent({ file: _, cloud: __, ...content }: MessageContent) {
  return content
}

/** Who wrote it, null in every field for our own. */
export function viewSender(message: Message) {
  const { direction, receiver_number: from, chat_id, sender_lid, sender_name, caught_up } = message
  const isIn = direction === 'in'
  return {
    from_number: isIn && from.startsWith('+') ? from : null,
    from_lid: sender_lid,
    from_name: sender_name,
    group_id: chat_id.endsWith('@g.us') ? chat_id : null,
    caught_up,
  }
}

export const senderShape = {
  from_number: t.Nullable(
    t.String({ description: 'Of a received message; null where WhatsApp does not tell.' }),
  ),
  from_lid: text,
  from_name: text,
  group_id: text,
  caught_up: t.Boolean({ description: 'Written while the account was away.' }),
}
