// People, for admins.
import { Elysia, t } from 'elysia'
import type { Sql } from 'postgres'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { isUuid, problems, query, whole } from '../http/shape.ts'
import { listUsers } from './store.ts'

export function userRoutes({ sql, guard }: { sql: Sql; guard: Guard }) {
  return new Elysia({ name: 'users', normalize: false, detail: { tags: ['People'] } }).use(guard).get(
    '/api/users',
    async ({ query }) => {
      const { limit = 50, after = null } = query
      if (after && !isUuid(after)) throw new Problem('bad_cursor')
      const rows = await listUsers(sql, { after, limit: limit + 1 })
      const items = rows.slice(0, limit).map(({ id, email, role, status, rate_limit, created_at }) => ({
        id,
        email,
        role,
        status,
        rate_limit,
        created_at: created_at.toISOString(),
      }))
      return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
    },
    {
      who: 'admin',
      query: query({
        after: t.Optional(t.String({ maxLength: 100 })),
        limit: t.Optional(t.Numeric({ minimum: 1, maximum: 100, multipleOf: 1 })),
      }),
      response: {
        200: t.Object({
          items: t.Array(
            t.Object({
              id: t.String(),
              email: t.String(),
              role: t.String(),
              status: t.String(),
              rate_limit: t.Nullable(whole()),
              created_at: t.String(),
            }),
          ),
          next: t.Nullable(t.String()),
        }),
        ...problems,
      },
      detail: { summary: 'Everybody, newest first' },
    },
  )
}
