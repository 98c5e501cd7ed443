// The shapes of what can be sent. Made anew for each route: Elysia rewrites the numbers of a query in place.
import { t } from 'elysia'
import { oneOf, time, whole } from '../http/shape.ts'
import { FILE_KINDS } from '../rules/message-content.ts'

/** How and when, whatever is sent. */
export const deliveryFields = () => ({
  send_at: t.Optional({ ...time, description: 'Not before this moment.' }),
  expires_in: t.Optional(
    t.Number({ description: 'Seconds after which it is not sent any more; 86400 unless given.' }),
  ),
  priority: t.Optional(whole({ minimum: 0, maximum: 9, description: '0 goes before 1, 1 before 2.' })),
  idempotency_key: t.Optional(
    t.String({
      minLength: 1,
      maxLength: 200,
      description: 'As the header Idempotency-Key, which goes before it.',
    }),
  ),
})

/** To whom, and from which account. */
export const addressFields = () => ({
  number: t.String({ maxLength: 100, description: 'Any usual spelling, or a chat id.' }),
  account_id: t.Optional(t.String({ format: 'uuid', description: 'Absent: your first account.' })),
})

/** What else a message can carry: at most one of a file, a location, contacts and a poll. */
export const carriedFields = () => ({
  message: t.Optional(
    t.String({ description: 'The text, or the words under a file; at most 65,536 characters.' }),
  ),
  file_id: t.Optional(
    t.String({ format: 'uuid', description: 'A file put in before, or one that came in.' }),
  ),
  file_url: t.Optional(
    t.String({ maxLength: 2_000, description: 'Where the file is fetched from before this answers.' }),
  ),
  file_name: t.Optional(t.String({ minLength: 1, maxLength: 255, description: 'What the receiver sees.' })),
  as: t.Optional({
    ...oneOf(FILE_KINDS),
    description: 'How the file is shown; by its type unless given. voice plays as a recording.',
  }),
  location: t.Optional(
    t.Object(
      {
        latitude: t.Number({ minimum: -90, maximum: 90 }),
        longitude: t.Number({ minimum: -180, maximum: 180 }),
        name: t.Optional(t.String({ maxLength: 1_000 })),
        address: t.Optional(t.String({ maxLength: 1_000 })),
        url: t.Optional(t.String({ maxLength: 2_000 })),
      },
      { additionalProperties: false },
    ),
  ),
  contacts: t.Optional(
    t.Array(
      t.Object(
        {
          name: t.String({ minLength: 1, maxLength: 200 }),
          numbers: t.Optional(t.Array(t.String({ maxLength: 100 }), { maxItems: 10 })),
          vcard: t.Optional(t.String({ maxLength: 65_536, description: 'In place of numbers.' })),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 50 },
    ),
  ),
  poll: t.Optional(
    t.Object(
      {
        question: t.String({ maxLength: 255 }),
        options: t.Array(t.String({ maxLength: 100 })),
        multiple: t.Optional(t.Boolean({ description: 'More than one answer may be chosen.' })),
      },
      { additionalProperties: false },
    ),
  ),
  mentions: t.Optional(
    t.Array(t.String({ maxLength: 100 }), {
      description: 'People named in the text as @ and their digits.',
    }),
  ),
})

export const replyField = () => ({
  reply_to: t.Optional(t.String({ format: 'uuid', description: 'A message of this chat that it answers.' })),
})
