// The history: lists, one message with its timeline, cancelling.
import { Elysia, t } from 'elysia'
import type { ISql } from 'postgres'
import type { AsPerson } from '../database/tenancy.ts'
import type { Hub } from '../events/hub.ts'
import { listMessageEvents } from '../events/store.ts'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { isUuid, oneOf, page, problem, problems, query, time } from '../http/shape.ts'
import { WAITING } from '../rules/delivery-state.ts'
import { parseRecipient } from '../rules/phone.ts'
import { listKnown } from './contacts.ts'
import { listMessages } from './list.ts'
import type { Waiting } from './outbox.ts'
import { findMessage, type Message, settleMessage } from './store.ts'
import { messageShape, messageWithTimeline, viewMessage, viewTimeline } from './view.ts'

export interface MessageRouteParts {
  asPerson: AsPerson
  hub: Hub
  guard: Guard
  waiting: Waiting
  defaultCountry: string | null
}

const STATUSES = [
  'scheduled',
  'queued',
  'sending',
  'sent',
  'delivered',
  'read',
  'played',
  'failed',
  'expired',
  'cancelled',
  'uncertain',
  'received',
] as const
const answers = { 404: problem, 409: problem, ...problems }

export function messageRoutes({ asPerson, hub, guard, waiting, defaultCountry }: MessageRouteParts) {
  async function find(tx: ISql, userId: string, id: string, accountIds: string[] | null) {
    const message = isUuid(id) ? await findMessage(tx, userId, id) : null
    if (!message) throw new Problem('message_not_found')
    if (accountIds && !accountIds.includes(message.account_id ?? '')) throw new Problem('message_not_found')
    return message
  }

  return new Elysia({ name: 'messages', normalize: false, detail: { tags: ['Messages'] } })
    .use(guard)
    .get(
      '/api/messages',
      async ({ caller, query }) => {
        const { limit = 50, after } = query
        if (after && !isUuid(after)) throw new Problem('bad_cursor')
        const allowed = caller.key?.accountIds ?? null
        if (allowed && !allowed.includes(query.account_id ?? '')) throw new Problem('account_not_allowed')
        const filter = {
          status: query.status,
          accountId: query.account_id,
          source: query.source,
          direction: query.direction,
          number: query.number && readNumber(query.number, defaultCountry),
          q: query.q,
          from: query.from ? new Date(query.from) : undefined,
          to: query.to ? new Date(query.to) : undefined,
        }
        const { rows, items, known } = await asPerson(caller.userId, async (tx) => {
          const range = { after: after ?? null, limit: limit + 1 }
          const rows = await listMessages(tx, caller.userId, filter, range)
          const items = rows.slice(0, limit)
          return { rows, items, known: await listKnownPairs(tx, items) }
        })
        return {
          items: items.map((message) => viewMessage(message, waiting, { isNew: isNew(message, known) })),
          next: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
        }
      },
      {
        who: 'read',
        query: query({
          status: t.Optional(oneOf(STATUSES)),
          account_id: t.Optional(t.String({ format: 'uuid' })),
          source: t.Optional(oneOf(['dashboard', 'api', 'whatsapp'])),
          direction: t.Optional(oneOf(['out', 'in'])),
          number: t.Optional(t.String({ minLength: 1, maxLength: 100 })),
          q: t.Optional(
            t.String({ minLength: 1, maxLength: 200, description: 'Part of the text; the last 90 days.' }),
          ),
          from: t.Optional(time),
          to: t.Optional(time),
          ...page,
          limit: t.Optional(t.Numeric({ minimum: 1, maximum: 100, multipleOf: 1 })),
        }),
        response: {
          200: t.Object({ items: t.Array(messageShape), next: t.Nullable(t.String()) }),
          400: problem,
          ...problems,
        },
        detail: { summary: 'Your messages, newest first' },
      },
    )
    .get(
      '/api/messages/:id',
      async ({ caller, params }) => {
        const { message, events, known } = await asPerson(caller.userId, async (tx) => {
          const message = await find(tx, caller.userId, params.id, caller.key?.accountIds ?? null)
          const events = await listMessageEvents(tx, caller.userId, message.id)
          return { message, events, known: await listKnownPairs(tx, [message]) }
        })
        return {
          ...viewMessage(message, waiting, { isNew: isNew(message, known) }),
          timeline: viewTimeline(events),
        }
      },
      {
        who: 'read',
        response: { 200: messageWithTimeline, ...answers },
        detail: { summary: 'One message with its timeline' },
      },
    )
    .delete(
      '/api/messages/:id',
      async ({ caller, params }) => {
        const { message, event } = await asPerson(caller.userId, async (tx) => {
          const message = await find(tx, caller.userId, params.id, caller.key?.accountIds ?? null)
          const reason = 'cancelled_by_owner'
          return { message, event: await settleMessage(tx, message.id, WAITING, 'cancelled', { reason }) }
        })
        if (!event) throw new Problem('not_cancellable')
        hub.publish([event])
        const { id, status, reason } = { ...message, status: 'cancelled', reason: 'cancelled_by_owner' }
        return { id, status, reason }
      },
      { who: 'send', response: answers, detail: { summary: 'Cancel a message that waits' } },
    )
}

/** `account number` of the waiting ones among these whose recipient the account knows. */
async function listKnownPairs(sql: ISql, messages: Message[]): Promise<Set<string>> {
  const waiting = messages.filter((message) => message.status === 'queued' && message.account_id)
  const pairs = new Set<string>()
  for (const accountId of new Set(waiting.map((message) => message.account_id as string))) {
    const numbers = waiting
      .filter((message) => message.account_id === accountId)
      .map((m) => m.receiver_number)
    for (const number of await listKnown(sql, accountId, numbers)) pairs.add(`${accountId} ${number}`)
  }
  return pairs
}

function isNew(message: Message, known: Set<string>): boolean {
  if (message.chat_id.endsWith('@g.us')) return false
  return !known.has(`${message.account_id} ${message.receiver_number}`)
}

/** What was typed into the filter, as it is stored; an unreadable one finds nothing. */
function readNumber(input: string, country: string | null): string {
  const number = input.startsWith(' ') ? `+${input.slice(1)}` : input
  const recipient = parseRecipient(number, country)
  return typeof recipient === 'string' ? input : recipient.number
}
