// The history: lists, one message with its timeline, cancelling.
import { Elysia, t } from 'elysia'
import type { ISql } from 'postgres'
import type { AsPerson } from '../database/tenancy.ts'
import type { Hub } from '../events/hub.ts'
import { listMessageEvents } from '../events/store.ts'
import type { Caller } from '../http/callers.ts'
import { csvAnswer } from '../http/csv.ts'
import type { Guard } from '../http/guard.ts'
import type { Limiter } from '../http/limit.ts'
import { type Page, pageQuery, readPage } from '../http/page.ts'
import { Problem } from '../http/problem.ts'
import { isUuid, oneOf, problem, problems, query, time } from '../http/shape.ts'
import type { Log } from '../log.ts'
import { WAITING } from '../rules/delivery-state.ts'
import { parseRecipient } from '../rules/phone.ts'
import { listKnown } from './contacts.ts'
import { listMessages, type MessageFilter } from './list.ts'
import type { Waiting } from './outbox.ts'
import { findMessage, type Message, settleMessage } from './store.ts'
import { noteStatus } from './trail.ts'
import { messageShape, messageWithTimeline, viewMessage, viewTimeline } from './view.ts'

export interface MessageRouteParts {
  asPerson: AsPerson
  hub: Hub
  log: Log
  guard: Guard
  limiter: Limiter
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
/** Made anew for each route: Elysia rewrites a query's schema in place. */
const filters = () => ({
  status: t.Optional(oneOf(STATUSES)),
  account_id: t.Optional(t.String({ format: 'uuid' })),
  source: t.Optional(oneOf(['dashboard', 'api', 'whatsapp', 'canary'])),
  direction: t.Optional(oneOf(['out', 'in'])),
  number: t.Optional(t.String({ minLength: 1, maxLength: 100 })),
  q: t.Optional(
    t.String({ minLength: 1, maxLength: 200, description: 'Part of the text; the last 90 days.' }),
  ),
  from: t.Optional(time),
  to: t.Optional(time),
})

const CSV_COLUMNS = [
  'created_at',
  'direction',
  'receiver_number',
  'message_body',
  'kind',
  'status',
  'reason',
  'source',
  'sent_at',
  'delivered_at',
  'read_at',
  'account_id',
  'whatsapp_id',
  'id',
] as const
const EXPORTS_PER_MINUTE = 10
const MINUTE_MS = 60_000
const BATCH = 1_000
const answers = { 404: problem, 409: problem, ...problems }
const cancelled = t.Object({ id: t.String(), status: t.String(), reason: t.Nullable(t.String()) })

export function messageRoutes({
  asPerson,
  hub,
  log,
  guard,
  limiter,
  waiting,
  defaultCountry,
}: MessageRouteParts) {
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
        const { userId } = caller
        const filter = readFilter(caller, query, defaultCountry)
        const { rows, next, known } = await asPerson(userId, async (tx) => {
          const read = (page: Page) => listMessages(tx, userId, filter, page)
          const { rows, next } = await readPage(query, ({ id }) => id, read)
          return { rows, next, known: await listKnownPairs(tx, rows) }
        })
        const items = rows.map((message) => viewMessage(message, waiting, { isNew: isNew(message, known) }))
        return { items, next }
      },
      {
        who: 'read',
        query: query({ ...filters(), ...pageQuery() }),
        response: {
          200: t.Object({ items: t.Array(messageShape), next: t.Nullable(t.String()) }),
          400: problem,
          ...problems,
        },
        detail: { summary: 'Your messages, newest first' },
      },
    )
    .get(
      '/api/messages.csv',
      ({ caller, query }) => {
        const filter = readFilter(caller, query, defaultCountry)
        limiter.take('exports', caller.userId, EXPORTS_PER_MINUTE, MINUTE_MS)
        return csvAnswer({
          filename: 'botwave-messages.csv',
          columns: CSV_COLUMNS,
          next: (after) =>
            asPerson(caller.userId, (tx) => listMessages(tx, caller.userId, filter, { after, limit: BATCH })),
          cells: (message) => CSV_COLUMNS.map((column) => message[column]),
        })
      },
      {
        who: 'read',
        query: query(filters()),
        detail: {
          summary: 'The same as a CSV file',
          description:
            'UTF-8 with a byte order mark; a cell that a spreadsheet would run as a formula begins with a quote.',
        },
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
        hub.publish([noteStatus(log, message, event)])
        const { id, status, reason } = { ...message, status: 'cancelled', reason: 'cancelled_by_owner' }
        return { id, status, reason }
      },
      {
        who: 'send',
        response: { 200: cancelled, ...answers },
        detail: { summary: 'Cancel a message that waits' },
      },
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

interface Asked extends Omit<MessageFilter, 'accountId' | 'from' | 'to'> {
  account_id?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

/** A key that is limited to accounts must name one of them. */
function readFilter(caller: Caller, asked: Asked, country: string | null): MessageFilter {
  const { account_id, number, from, to, status, source, direction, q } = asked
  const allowed = caller.key?.accountIds ?? null
  if (allowed && !allowed.includes(account_id ?? '')) throw new Problem('account_not_allowed')
  return {
    status,
    source,
    direction,
    q,
    accountId: account_id,
    number: number && readNumber(number, country),
    from: from ? new Date(from) : undefined,
    to: to ? new Date(to) : undefined,
  }
}

/** What was typed into the filter, as it is stored; an unreadable one finds nothing. */
function readNumber(input: string, country: string | null): string {
  const number = input.startsWith(' ') ? `+${input.slice(1)}` : input
  const recipient = parseRecipient(number, country)
  return typeof recipient === 'string' ? input : recipient.number
}
