// The activity log: a person's own, or everybody's for admins; as pages and as a file.
import { Elysia, t } from 'elysia'
import type { Sql } from 'postgres'
import type { AsPerson } from '../database/tenancy.ts'
import type { Caller } from '../http/callers.ts'
import { csvAnswer } from '../http/csv.ts'
import type { Guard } from '../http/guard.ts'
import type { Limiter } from '../http/limit.ts'
import { type Page, pageQuery, readPage } from '../http/page.ts'
import { Problem } from '../http/problem.ts'
import { problem, problems, query, time } from '../http/shape.ts'
import { type ActivityRow, listActivity } from './store.ts'

export interface ActivityRouteParts {
  /** Sees everybody's rows: for admins who ask for more than their own. */
  sql: Sql
  asPerson: AsPerson
  guard: Guard
  limiter: Limiter
}

/** Made anew for each route: Elysia rewrites a query's schema in place. */
const filters = () => ({
  all: t.Optional(t.BooleanString({ description: "Everybody's, for admins." })),
  user_id: t.Optional(t.String({ format: 'uuid', description: "One person's, for admins." })),
  action: t.Optional(
    t.String({
      minLength: 1,
      maxLength: 100,
      description: 'Such as `user.suspended`, or `user` for all of them.',
    }),
  ),
  q: t.Optional(
    t.String({ minLength: 1, maxLength: 254, description: 'Part of the address of whoever did it.' }),
  ),
  from: t.Optional(time),
  to: t.Optional(time),
})

interface Asked {
  all?: boolean | undefined
  user_id?: string | undefined
  action?: string | undefined
  q?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

const EXPORTS_PER_MINUTE = 10
const MINUTE_MS = 60_000
const BATCH = 1_000

export function activityRoutes({ sql, asPerson, guard, limiter }: ActivityRouteParts) {
  /** Reads pages of what this caller may see and asked for. Throws `forbidden` for others' by who is no admin. */
  function reader(caller: Caller, asked: Asked) {
    const { userId } = caller
    const isOwn = !asked.all && (!asked.user_id || asked.user_id === userId)
    if (!isOwn && caller.role !== 'admin') throw new Problem('forbidden')
    const filter = {
      userId: isOwn ? userId : (asked.user_id ?? null),
      action: asked.action,
      q: asked.q,
      from: asked.from ? new Date(asked.from) : undefined,
      to: asked.to ? new Date(asked.to) : undefined,
    }
    return (page: Page): Promise<ActivityRow[]> =>
      isOwn ? asPerson(userId, (tx) => listActivity(tx, filter, page)) : listActivity(sql, filter, page)
  }

  return new Elysia({ name: 'activity', normalize: false, detail: { tags: ['Activity'] } })
    .use(guard)
    .get(
      '/api/activity',
      async ({ caller, query }) => {
        const { rows, next } = await readPage(query, ({ id }) => id, reader(caller, query))
        const items = rows.map(({ created_at, ...row }) => ({ ...row, created_at: created_at.toISOString() }))
        return { items, next }
      },
      {
        who: 'session',
        query: query({ ...filters(), ...pageQuery() }),
        response: {
          200: t.Object({
            items: t.Array(
              t.Object({
                id: t.String(),
                user_id: t.Nullable(t.String({ description: 'Null: the person was removed.' })),
                user_email: t.Nullable(t.String()),
                action: t.String(),
                details: t.Record(t.String(), t.Any()),
                ip_address: t.Nullable(t.String()),
                created_at: t.String(),
              }),
            ),
            next: t.Nullable(t.String()),
          }),
          400: problem,
          ...problems,
        },
        detail: { summary: 'Who did what, newest first' },
      },
    )
    .get(
      '/api/activity.csv',
      ({ caller, query }) => {
        const read = reader(caller, query)
        limiter.take('exports', caller.userId, EXPORTS_PER_MINUTE, MINUTE_MS)
        return csvAnswer({
          filename: 'botwave-activity.csv',
          columns: ['created_at', 'user_email', 'action', 'details', 'ip_address', 'user_id', 'id'],
          next: (after) => read({ after, limit: BATCH }),
          cells: ({ created_at, user_email, action, details, ip_address, user_id, id }) => [
            created_at,
            user_email,
            action,
            JSON.stringify(details),
            ip_address,
            user_id,
            id,
          ],
        })
      },
      {
        who: 'session',
        query: query(filters()),
        detail: {
          summary: 'The same as a CSV file',
          description:
            'UTF-8 with a byte order mark; a cell that a spreadsheet would run as a formula begins with a quote.',
        },
      },
    )
}
