// The shapes of the Cloud API's dialect, as the documentation shows them.
import { t } from 'elysia'
import { whole } from '../http/shape.ts'

const any = (description: string) => t.Optional(t.Any({ description }))

/** Read field by field in `message.ts`, with the Cloud API's own errors; here only so that people see what there is. */
export const messageBody = t.Object(
  {
    messaging_product: any('whatsapp'),
    recipient_type: any('individual or group.'),
    to: any('The number with its country code, in digits; a chat id for a group.'),
    type: any(
      'text, image, video, audio, document, sticker, location, contacts, interactive, template or reaction.',
    ),
    context: any('{message_id}: the message that this one answers.'),
    status: any('read: marks message_id as read, in the place of sending.'),
    message_id: any('With status.'),
    typing_indicator: any('With status: {type: text} shows that somebody types.'),
    biz_opaque_callback_data: any('Comes back in the statuses of this message; at most 512 characters.'),
    text: any('{body, preview_url}'),
    image: any('{id or link, caption}'),
    video: any('{id or link, caption}'),
    audio: any('{id or link, voice}'),
    document: any('{id or link, caption, filename}'),
    sticker: any('{id or link}'),
    location: any('{latitude, longitude, name, address}'),
    contacts: any('[{name: {formatted_name}, phones, emails, urls, org}]'),
    interactive: any(
      'button, list or cta_url: goes as a numbered text, and the answer comes back as the choice.',
    ),
    template: any('{name, language: {code}, components}: of those at /api/templates.'),
    reaction: any('{message_id, emoji}'),
  },
  { additionalProperties: true },
)

export const messageAnswer = t.Object({
  messaging_product: t.Optional(t.String()),
  contacts: t.Optional(t.Array(t.Object({ input: t.String(), wa_id: t.String() }))),
  messages: t.Optional(t.Array(t.Object({ id: t.String() }))),
  success: t.Optional(t.Boolean({ description: 'Of what is no message: it was marked as read.' })),
})

/** Of a file or of a phone number, by whose id stands in the path. */
export const nodeAnswer = t.Object({
  id: t.String(),
  messaging_product: t.Optional(t.String()),
  url: t.Optional(t.String({ description: 'Its bytes, for the same key.' })),
  mime_type: t.Optional(t.String()),
  sha256: t.Optional(t.String()),
  file_size: t.Optional(whole()),
  display_phone_number: t.Optional(t.String()),
  verified_name: t.Optional(t.String()),
  quality_rating: t.Optional(t.String()),
})
