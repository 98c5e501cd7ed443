// The one-line route for an API key: a message in a GET, for where a whole HTTP client is too much.
import { Elysia, t } from 'elysia'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { body, query } from '../http/shape.ts'
import { addressFields, deliveryFields } from './fields-view.ts'
import { answers, richFields, type Send, wait } from './send-routes.ts'

/** A text and nothing else: what fits into one line. */
const fields = () => ({
  ...addressFields(),
  message: t.String({ description: 'The text, at most 65,536 characters.' }),
  ...deliveryFields(),
})

export function oneLineRoutes({ guard, send }: { guard: Guard; send: Send }) {
  return new Elysia({ name: 'one-line', normalize: false, detail: { tags: ['Messages'] } })
    .use(guard)
    .get(
      '/api/send',
      ({ caller, query, request, set }) => {
        refuseUnwanted(request)
        const { number: given, message, account_id, send_at, expires_in, priority, idempotency_key } = query
        // A plus at the start of a number arrives as a space.
        const number = given.startsWith(' ') ? `+${given.slice(1)}` : given
        return send({
          request,
          caller,
          set,
          send: { number, message, account_id, send_at, expires_in, priority, idempotency_key },
          waitS: query.wait,
          equalIsSame: query.allow_duplicate !== 'true',
        })
      },
      {
        who: 'key:send',
        query: query({
          ...fields(),
          api_key: t.Optional(t.String({ description: 'Better sent as `Authorization: Bearer …`.' })),
          expires_in: t.Optional(t.Numeric()),
          priority: t.Optional(t.Numeric({ minimum: 0, maximum: 9 })),
          allow_duplicate: t.Optional(
            t.String({ description: '`true`: an equal request within 10 seconds is another message.' }),
          ),
          wait,
        }),
        response: answers,
        detail: { summary: 'Send a message with one line' },
      },
    )
    .post(
      '/api/send',
      ({ caller, request, body: { api_key: _, ...body }, query, set }) =>
        send({ request, caller, set, send: { message: '', ...body }, waitS: query.wait }),
      {
        who: 'key:send',
        body: body({ ...richFields(), api_key: t.Optional(t.String()) }),
        query: query({ wait }),
        response: answers,
        detail: { summary: 'Send a message with one line, as JSON' },
      },
    )
}

/** A GET that sends: nothing that only looks may cause it, and nothing in it may be ambiguous. */
function refuseUnwanted(request: Request): void {
  if (request.method === 'HEAD') {
    throw new Problem('method_not_allowed', undefined, { headers: { allow: 'GET, POST' } })
  }
  const purposes = ['sec-purpose', 'purpose', 'x-moz', 'x-purpose'].map((name) => request.headers.get(name))
  if (purposes.some((purpose) => /prefetch|prerender|preview/i.test(purpose ?? ''))) {
    throw new Problem('prefetch_refused')
  }
  const names = [...new URL(request.url).searchParams.keys()]
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice)
    throw new Problem('repeated_parameter', `The parameter ${twice} is given more than once. Give it once.`)
}
