// What is done to a message that is there: reaction, edit, deletion for everyone, seen; and typing in a chat.
import { Elysia, t } from 'elysia'
import { findAccount } from '../accounts/store.ts'
import type { AsPerson } from '../database/tenancy.ts'
import type { Caller } from '../http/callers.ts'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { body, isUuid, oneOf, problem, problems, query } from '../http/shape.ts'
import type { MessageContent, SendKind } from '../rules/message-content.ts'
import { explainRecipient, parseRecipient } from '../rules/phone.ts'
import { type AtOnceParts, doAtOnce } from './at-once.ts'
import type { Composed } from './compose.ts'
import { deliveryFields } from './fields-view.ts'
import { addressOf, answers, type Send, wait } from './send-routes.ts'
import { findMessage, type Message, noteSeen } from './store.ts'

export interface ChangeRouteParts extends AtOnceParts {
  asPerson: AsPerson
  guard: Guard
  send: Send
  defaultCountry: string | null
}

const MAX_EMOJI = 64
const done = { 404: problem, 409: problem, ...problems }
const how = () => deliveryFields()

export function changeRoutes({ asPerson, guard, send, defaultCountry, ...atOnce }: ChangeRouteParts) {
  async function find({ userId, key }: Caller, id: string): Promise<Message> {
    const message = isUuid(id) ? await asPerson(userId, (tx) => findMessage(tx, userId, id)) : null
    if (!message || (key?.accountIds && !key.accountIds.includes(message.account_id ?? ''))) {
      throw new Problem('message_not_found')
    }
    return message
  }

  return new Elysia({ name: 'changes', normalize: false, detail: { tags: ['Messages'] } })
    .use(guard)
    .post(
      '/api/messages/:id/reaction',
      async ({ caller, request, params, set, query, body: { emoji, ...rest } }) => {
        const message = await find(caller, params.id)
        const composed = changeOf(message, 'reaction', { emoji: readEmoji(emoji) })
        const asked = { ...rest, ...addressOf(message), message: '' }
        return send({ request, caller, set, send: asked, waitS: query.wait, composed })
      },
      {
        who: 'send',
        body: body({ emoji: t.String({ minLength: 1, maxLength: MAX_EMOJI }), ...how() }),
        query: query({ wait }),
        response: answers,
        detail: { summary: 'React to a message with an emoji', description: 'The newest one counts.' },
      },
    )
    .delete(
      '/api/messages/:id/reaction',
      async ({ caller, request, params, set, query }) => {
        const message = await find(caller, params.id)
        const composed = changeOf(message, 'reaction', { emoji: '' })
        const asked = { ...addressOf(message), message: '' }
        return send({ request, caller, set, send: asked, waitS: query.wait, composed })
      },
      {
        who: 'send',
        query: query({ wait }),
        response: answers,
        detail: { summary: 'Take a reaction back' },
      },
    )
    .post(
      '/api/messages/:id/edit',
      async ({ caller, request, params, set, query, body: { message: text, ...rest } }) => {
        const message = await find(caller, params.id)
        const hasWords = message.kind === 'text' || ['image', 'video', 'document'].includes(message.kind)
        if (message.direction === 'in' || !hasWords) throw new Problem('not_editable')
        if (text.trim() === '') throw new Problem('message_empty')
        if (text.length > 65_536) throw new Problem('message_too_long')
        const composed = { ...changeOf(message, 'edit', {}), text }
        const asked = { ...rest, ...addressOf(message), message: text }
        return send({ request, caller, set, send: asked, waitS: query.wait, composed })
      },
      {
        who: 'send',
        body: body({ message: t.String({ description: 'What it says from now on.' }), ...how() }),
        query: query({ wait }),
        response: answers,
        detail: {
          summary: 'Change the text of a message that was sent',
          description: 'WhatsApp allows it for about 15 minutes; after that it fails with too_late.',
        },
      },
    )
    .post(
      '/api/messages/:id/deletion',
      async ({ caller, request, params, set, query, body }) => {
        const message = await find(caller, params.id)
        if (message.direction === 'in') throw new Problem('not_yours')
        const composed = changeOf(message, 'delete', {})
        const asked = { ...body, ...addressOf(message), message: '' }
        return send({ request, caller, set, send: asked, waitS: query.wait, composed })
      },
      {
        who: 'send',
        body: t.Optional(body(how())),
        query: query({ wait }),
        response: answers,
        detail: {
          summary: 'Delete a message for everyone',
          description: 'WhatsApp allows it for about two days; after that it fails with too_late.',
        },
      },
    )
    .post(
      '/api/messages/:id/seen',
      async ({ caller, params }) => {
        const { userId } = caller
        const message = await find(caller, params.id)
        if (message.direction === 'out') throw new Problem('not_received')
        await doAtOnce(atOnce, message.account_id, 'seen', { chatId: message.chat_id })
        await asPerson(userId, (tx) => noteSeen(tx, userId, message))
        return { id: message.id, account_id: message.account_id, to: message.chat_id }
      },
      {
        who: 'send',
        response: {
          200: t.Object({ id: t.String(), account_id: t.Nullable(t.String()), to: t.String() }),
          ...done,
        },
        detail: {
          summary: 'Mark a received message as seen',
          description: 'And its chat up to there: WhatsApp shows the sender that it was read.',
        },
      },
    )
    .post(
      '/api/accounts/:id/typing',
      async ({ caller, params, body: { number, state } }) => {
        const { userId, key } = caller
        const account = isUuid(params.id)
          ? await asPerson(userId, (tx) => findAccount(tx, userId, params.id))
          : null
        if (!account || (key?.accountIds && !key.accountIds.includes(account.id))) {
          throw new Problem('account_not_found')
        }
        const recipient = parseRecipient(number, defaultCountry)
        if (typeof recipient === 'string') {
          throw new Problem('invalid_number', explainRecipient(recipient), { fields: { reason: recipient } })
        }
        await doAtOnce(atOnce, account.id, 'typing', { chatId: recipient.chatId, state: state ?? 'typing' })
        return { account_id: account.id, to: recipient.chatId, state: state ?? 'typing' }
      },
      {
        who: 'send',
        body: body({
          number: t.String({ maxLength: 100 }),
          state: t.Optional(oneOf(['typing', 'recording', 'stopped'])),
        }),
        response: {
          200: t.Object({ account_id: t.String(), to: t.String(), state: t.String() }),
          ...done,
        },
        detail: {
          summary: 'Show that somebody types or records',
          description: 'WhatsApp shows it for some 25 seconds, or until `stopped` or a message.',
        },
      },
    )
}

/** A message about another one that WhatsApp already has. */
function changeOf(message: Message, kind: SendKind, more: MessageContent): Composed {
  if (!message.whatsapp_id || message.status === 'sending') throw new Problem('message_not_sent')
  const isAbout = message.content.target !== undefined
  if (isAbout) throw new Problem('message_not_found', 'This is itself a reaction, an edit or a deletion.')
  return {
    kind,
    text: '',
    content: { ...more, target: message.whatsapp_id, target_id: message.id },
    fileId: null,
    accountId: message.account_id,
    undo: async () => {},
  }
}

/** One symbol as people see it, and no letter. */
function readEmoji(text: string): string {
  const symbols = [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text.trim())]
  if (symbols.length !== 1 || !/\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(text)) {
    throw new Problem('emoji_invalid')
  }
  return text.trim()
}
