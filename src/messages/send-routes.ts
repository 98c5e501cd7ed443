// The two ways in: the dashboard's and programs' JSON route, and the one-line route for an API key.
import { Elysia, t } from 'elysia'
import type { Caller } from '../http/callers.ts'
import type { Guard } from '../http/guard.ts'
import type { Limiter } from '../http/limit.ts'
import { Problem } from '../http/problem.ts'
import { findSendLimit } from '../http/send-limit.ts'
import { body, problem, problems, query, time } from '../http/shape.ts'
import type { Settings } from '../settings/store.ts'
import { type AcceptParts, acceptMessage, type SendRequest } from './accept.ts'
import { findMessage } from './store.ts'
import { MAX_WAIT_S, watchMessages } from './wait.ts'

export interface SendRouteParts extends AcceptParts {
  guard: Guard
  limiter: Limiter
  settings: () => Promise<Settings>
}

const fields = {
  number: t.String({ maxLength: 100, description: 'Any usual spelling, or a chat id.' }),
  message: t.String({ description: 'The text, at most 65,536 characters.' }),
  account_id: t.Optional(t.String({ format: 'uuid', description: 'Absent: your first account.' })),
  send_at: t.Optional({ ...time, description: 'Not before this moment.' }),
  expires_in: t.Optional(
    t.Number({ description: 'Seconds after which it is not sent any more; 86400 unless given.' }),
  ),
  priority: t.Optional(t.Integer({ minimum: 0, maximum: 9, description: '0 goes before 1, 1 before 2.' })),
}
const wait = t.Optional(
  t.Numeric({ minimum: 0, maximum: MAX_WAIT_S, description: 'Seconds to wait until it is sent or settled.' }),
)
const accepted = t.Object({
  id: t.String(),
  status: t.String(),
  reason: t.Nullable(t.String()),
  account_id: t.String(),
  to: t.String(),
  expected_at: t.Nullable(t.String()),
})
const answers = { 202: accepted, 400: problem, 404: problem, 409: problem, 413: problem, ...problems }

const MINUTE_MS = 60_000

export function sendRoutes(parts: SendRouteParts) {
  const { sql, hub, guard, limiter, settings } = parts

  async function send(caller: Caller, set: Answer, request: SendRequest, waitS: number | undefined) {
    const limit = findSendLimit(caller, await settings())
    Object.assign(set.headers, limiter.take('send', caller.userId, limit, MINUTE_MS))
    const from = {
      userId: caller.userId,
      source: caller.key ? ('api' as const) : ('dashboard' as const),
      accountIds: caller.key?.accountIds ?? null,
    }
    set.status = 202
    if (!waitS) return acceptMessage(parts, request, from)
    const watch = watchMessages(hub)
    try {
      const accepted = await acceptMessage(parts, request, from)
      await watch.settled(accepted.id, waitS)
      const now = await findMessage(sql, caller.userId, accepted.id)
      return now ? { ...accepted, status: now.status, reason: now.reason ?? accepted.reason } : accepted
    } finally {
      watch.cancel()
    }
  }

  return new Elysia({ name: 'send', normalize: false, detail: { tags: ['Messages'] } })
    .use(guard)
    .post('/api/messages/send', ({ caller, body, query, set }) => send(caller, set, body, query.wait), {
      who: 'send',
      body: body(fields),
      query: query({ wait }),
      response: answers,
      detail: { summary: 'Send a message' },
    })
    .get(
      '/api/send',
      ({ caller, query, request, set }) => {
        refuseUnwanted(request)
        const { api_key: _, wait, expires_in, priority, ...rest } = query
        // A plus at the start of a number arrives as a space.
        const number = query.number.startsWith(' ') ? `+${query.number.slice(1)}` : query.number
        return send(caller, set, { ...rest, ...defined({ expires_in, priority }), number }, wait)
      },
      {
        who: 'key:send',
        query: query({
          ...fields,
          api_key: t.Optional(t.String({ description: 'Better sent as `Authorization: Bearer …`.' })),
          expires_in: t.Optional(t.Numeric()),
          priority: t.Optional(t.Numeric({ minimum: 0, maximum: 9 })),
          wait,
        }),
        response: answers,
        detail: { summary: 'Send a message with one line' },
      },
    )
    .post(
      '/api/send',
      ({ caller, body: { api_key: _, ...body }, query, set }) => send(caller, set, body, query.wait),
      {
        who: 'key:send',
        body: body({ ...fields, api_key: t.Optional(t.String()) }),
        query: query({ wait }),
        response: answers,
        detail: { summary: 'Send a message with one line, as JSON' },
      },
    )
}

interface Answer {
  headers: Record<string, unknown>
  status?: number | string
}

function defined<T extends Record<string, unknown>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}

/** A GET that sends: nothing that only looks may cause it, and nothing in it may be ambiguous. */
function refuseUnwanted(request: Request): void {
  if (request.method === 'HEAD') {
    throw new Problem('method_not_allowed', undefined, { headers: { allow: 'GET, POST' } })
  }
  const purpose = `${request.headers.get('sec-purpose') ?? ''} ${request.headers.get('purpose') ?? ''} ${
    request.headers.get('x-moz') ?? ''
  } ${request.headers.get('x-purpose') ?? ''}`
  if (/prefetch|prerender|preview/i.test(purpose)) throw new Problem('prefetch_refused')
  const names = [...new URL(request.url).searchParams.keys()]
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice)
    throw new Problem('repeated_parameter', `The parameter ${twice} is given more than once. Give it once.`)
}
