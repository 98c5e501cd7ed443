// The record of what happened, by cursor: the truth behind every live view.
import { Elysia, t } from 'elysia'
import type { AsPerson } from '../database/tenancy.ts'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { isUuid, problem, problems, query } from '../http/shape.ts'
import { type EventCursor, findLatestCursor, listEvents } from './store.ts'
import { formatCursor, viewEvent } from './view.ts'

const event = t.Object({
  id: t.String(),
  type: t.String(),
  at: t.String(),
  account_id: t.Nullable(t.String()),
  message_id: t.Nullable(t.String()),
  data: t.Record(t.String(), t.Any()),
})

export function eventRoutes({ asPerson, guard }: { asPerson: AsPerson; guard: Guard }) {
  return new Elysia({ name: 'events', normalize: false, detail: { tags: ['Events'] } }).use(guard).get(
    '/api/events',
    async ({ caller, query }) => {
      const { userId } = caller
      const { limit = 100, after } = query
      if (after === 'latest') {
        const latest = await asPerson(userId, (tx) => findLatestCursor(tx, userId))
        return { items: [], next: formatCursor(latest) }
      }
      const range = { after: after ? readCursor(after) : null, limit }
      const rows = await asPerson(userId, (tx) => listEvents(tx, userId, range))
      const last = rows.at(-1)
      // A key that is limited to accounts hears of those only; the cursor passes the others by.
      const allowed = caller.key?.accountIds
      const heard = allowed ? rows.filter((row) => allowed.includes(row.account_id ?? '')) : rows
      return { items: heard.map(viewEvent), next: last ? formatCursor(last) : (after ?? null) }
    },
    {
      who: 'read',
      query: query({
        after: t.Optional(
          t.String({
            maxLength: 100,
            description: 'The `next` of the page before; `latest` asks only where the end is.',
          }),
        ),
        limit: t.Optional(t.Numeric({ minimum: 1, maximum: 500, multipleOf: 1 })),
      }),
      response: {
        200: t.Object({ items: t.Array(event), next: t.Nullable(t.String()) }),
        400: problem,
        ...problems,
      },
      detail: {
        summary: 'What happened, oldest first',
        description: 'Go on from `next`; an event is listed once and never out of order.',
      },
    },
  )
}

function readCursor(text: string): EventCursor {
  const [xid = '', id = ''] = text.split('_')
  if (!/^\d{1,19}$/.test(xid) || !isUuid(id)) throw new Problem('bad_cursor')
  return { xid, id }
}
