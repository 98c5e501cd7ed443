// The way in of a message: the limit, the one transaction, the wait; and the routes of the dashboard and of programs.
import { Elysia, t } from 'elysia'
import type { FileSource } from '../files/store.ts'
import type { Caller } from '../http/callers.ts'
import type { Guard } from '../http/guard.ts'
import type { Limiter } from '../http/limit.ts'
import { Problem } from '../http/problem.ts'
import { findSendLimit, type SendLimiter } from '../http/send-limit.ts'
import { body, isUuid, problem, problems, query } from '../http/shape.ts'
import type { Log } from '../log.ts'
import type { Settings } from '../settings/store.ts'
import { type AcceptParts, acceptMessage, type From, type SendRequest } from './accept.ts'
import { type Composed, recompose } from './compose.ts'
import { addressFields, carriedFields, deliveryFields, replyField } from './fields-view.ts'
import { createSendForms, describeForm } from './form-view.ts'
import { createIntake } from './intake.ts'
import { findMessage, type Message } from './store.ts'
import { idsOf } from './trail.ts'
import { MAX_WAIT_S, watchMessages } from './wait.ts'

export interface SendRouteParts extends Omit<AcceptParts, 'intake'> {
  files: FileSource
  log: Log
  guard: Guard
  limiter: Limiter
  sendLimiter: SendLimiter
  settings: () => Promise<Settings>
}

export const richFields = () => ({
  ...addressFields(),
  ...carriedFields(),
  ...replyField(),
  ...deliveryFields(),
})
export const wait = t.Optional(
  t.Numeric({ minimum: 0, maximum: MAX_WAIT_S, description: 'Seconds to wait until it is sent or settled.' }),
)
const accepted = t.Object({
  id: t.String(),
  status: t.String(),
  reason: t.Nullable(t.String()),
  account_id: t.String(),
  to: t.String(),
  expected_at: t.Nullable(t.String()),
  duplicate: t.Optional(
    t.Boolean({ description: 'An equal GET came within 10 seconds: this is its message.' }),
  ),
})
export const answers = {
  202: accepted,
  400: problem,
  404: problem,
  409: problem,
  413: problem,
  ...problems,
}

/** What was accepted before is no send and leaves the limit alone, up to so many; more would be a way around it. */
const REPLAYS_PER_SECOND = 50

interface Asked {
  request: Request
  caller: Caller
  set: { headers: Record<string, unknown>; status?: number | string }
  send: SendRequest & { idempotency_key?: string | undefined }
  waitS: number | undefined
  /** An equal request within seconds is the same message. */
  equalIsSame?: boolean
  resendOf?: string
  /** What it is, where that is known before. */
  composed?: Composed
}

export type Send = ReturnType<typeof createSend>

/** The way in that all routes share: the limit, the one transaction, and perhaps the wait for what becomes of it. */
export function createSend(parts: SendRouteParts) {
  const { asPerson, hub, log, limiter, sendLimiter, settings } = parts
  const intake = createIntake(asPerson)
  const find = ({ userId }: Caller, id: string) => asPerson(userId, (tx) => findMessage(tx, userId, id))

  return async ({ request, caller, set, waitS, equalIsSame, resendOf, composed, ...given }: Asked) => {
    const { idempotency_key, ...asked } = given.send
    const key = readKey(request.headers.get('idempotency-key') ?? idempotency_key)
    const limit = findSendLimit(caller, await settings())
    const taken = await sendLimiter.take(caller.userId, limit)
    Object.assign(set.headers, taken.headers)
    const from: From & { requestId: string } = {
      userId: caller.userId,
      source: caller.key ? 'api' : 'dashboard',
      accountIds: caller.key?.accountIds ?? null,
      // Whoever took the request in has named it there.
      requestId: set.headers['x-request-id'] as string,
      once: key ? { by: 'key', key } : equalIsSame ? { by: 'request' } : null,
      ...(resendOf ? { resendOf } : {}),
      ...(composed ? { composed } : {}),
    }
    set.status = 202
    const watch = waitS ? watchMessages(hub) : null
    try {
      const { accepted, replayed } = await acceptMessage({ ...parts, intake }, asked, from)
      const { id, account_id } = accepted
      log.debug({ ...idsOf({ id, account_id, request_id: from.requestId }), replayed }, 'message accepted')
      if (replayed && key) set.headers['idempotent-replayed'] = 'true'
      if (replayed && limiter.tryTake('replays', caller.userId, REPLAYS_PER_SECOND, 1_000))
        Object.assign(set.headers, taken.giveBack())
      const answer = replayed && !key ? { ...accepted, duplicate: true } : accepted
      if (!watch || !waitS) return answer
      const already = replayed && (await find(caller, accepted.id))
      if (!already || !isOver(already.status)) await watch.settled(accepted.id, waitS)
      const now = await find(caller, accepted.id)
      return now ? { ...answer, status: now.status, reason: now.reason } : answer
    } finally {
      watch?.cancel()
    }
  }
}

export function sendRoutes({ send, ...parts }: SendRouteParts & { send: Send }) {
  const { asPerson, guard, files } = parts
  const forms = createSendForms(files)
  const find = ({ userId }: Caller, id: string) => asPerson(userId, (tx) => findMessage(tx, userId, id))

  return new Elysia({ name: 'send', normalize: false, detail: { tags: ['Messages'] } })
    .use(guard)
    .macro({ form: (_: true) => ({ transform: (context) => forms.transform(context) }) })
    .onAfterResponse(({ request }) => forms.drop(request))
    .post(
      '/api/messages/send',
      ({ caller, request, body, query, set }) =>
        send({
          request,
          caller,
          set,
          send: { message: '', ...body, upload: forms.uploadOf(request) },
          waitS: query.wait,
        }),
      {
        who: 'send',
        parse: [(context) => forms.parse(context), 'json'],
        // Behind `who`, in this order: a form is read only once it is known who asks.
        form: true,
        body: body(richFields()),
        query: query({ wait }),
        response: answers,
        detail: {
          summary: 'Send a message',
          description:
            'A text, a file, a location, contacts or a poll. A file comes by the id of one put in before, by an ' +
            'address that it is fetched from, or with the request as a form (multipart/form-data).',
          'x-form': describeForm(body(richFields())),
        },
      },
    )
    .post(
      '/api/messages/:id/reply',
      async ({ caller, request, params, body, query, set }) => {
        const message = isUuid(params.id) ? await find(caller, params.id) : null
        if (!message) throw new Problem('message_not_found')
        return send({
          request,
          caller,
          set,
          send: {
            message: '',
            ...body,
            ...addressOf(message),
            reply_to: message.id,
            upload: forms.uploadOf(request),
          },
          waitS: query.wait,
        })
      },
      {
        who: 'send',
        parse: [(context) => forms.parse(context), 'json'],
        form: true,
        body: body({ ...carriedFields(), ...deliveryFields() }),
        query: query({ wait }),
        response: answers,
        detail: {
          summary: 'Answer a message',
          description: 'Goes to its chat, from its account, and shows the message that it answers.',
        },
      },
    )
    .post(
      '/api/messages/:id/resend',
      async ({ caller, request, params, set, query }) => {
        const message = isUuid(params.id) ? await find(caller, params.id) : null
        if (!message || message.direction === 'in') throw new Problem('message_not_found')
        if (!RESENDABLE.has(message.status)) throw new Problem('not_resendable')
        const again = {
          number: message.chat_id,
          message: message.message_body,
          priority: message.priority,
          ...(message.account_id ? { account_id: message.account_id } : {}),
        }
        const composed = recompose(message)
        return send({ request, caller, set, send: again, waitS: query.wait, resendOf: message.id, composed })
      },
      {
        who: 'send',
        query: query({ wait }),
        response: answers,
        detail: {
          summary: 'Send a message once more',
          description:
            'Of one that failed, expired, was cancelled or is uncertain: a new message with its own id.',
        },
      },
    )
}

/** Where a message came from or went to: what answers it goes there too. */
export function addressOf({ chat_id, receiver_number, account_id }: Message) {
  // A person goes by number where it is known: that is how the account knows them.
  const isPerson = !chat_id.endsWith('@g.us') && receiver_number.startsWith('+')
  return {
    number: isPerson ? receiver_number : chat_id,
    ...(account_id ? { account_id } : {}),
  }
}

const RESENDABLE = new Set(['failed', 'expired', 'cancelled', 'uncertain'])

function isOver(status: string): boolean {
  return status !== 'scheduled' && status !== 'queued' && status !== 'sending'
}

function readKey(key: string | undefined): string | null {
  if (key === undefined) return null
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw new Problem('idempotency_key_invalid')
  return key
}
