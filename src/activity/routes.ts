// The activity log: a person's own, or everybody's for admins.
import { Elysia, t } from 'elysia'
import type { Sql } from 'postgres'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { isUuid, problems, query } from '../http/shape.ts'
import { listActivity } from './store.ts'

export function activityRoutes({ sql, guard }: { sql: Sql; guard: Guard }) {
  return new Elysia({ name: 'activity', normalize: false, detail: { tags: ['Activity'] } }).use(guard).get(
    '/api/activity',
    async ({ caller, query }) => {
      const { limit = 50, after = null } = query
      if (after && !isUuid(after)) throw new Problem('bad_cursor')
      if (query.all && caller.role !== 'admin') throw new Problem('forbidden')
      const rows = await listActivity(sql, {
        userId: query.all ? null : caller.userId,
        after,
        limit: limit + 1,
      })
      const items = rows.slice(0, limit).map(({ user_id: _, created_at, ...row }) => ({
        ...row,
        created_at: created_at.toISOString(),
      }))
      return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
    },
    {
      who: 'session',
      query: query({
        all: t.Optional(t.BooleanString()),
        after: t.Optional(t.String({ maxLength: 100 })),
        limit: t.Optional(t.Numeric({ minimum: 1, maximum: 100, multipleOf: 1 })),
      }),
      response: {
        200: t.Object({
          items: t.Array(
            t.Object({
              id: t.String(),
              user_email: t.Nullable(t.String()),
              action: t.String(),
              details: t.Record(t.String(), t.Any()),
              ip_address: t.Nullable(t.String()),
              created_at: t.String(),
            }),
          ),
          next: t.Nullable(t.String()),
        }),
        ...problems,
      },
      detail: { summary: 'Who did what' },
    },
  )
}
