// What waits and about when the last of it goes: a person's own, or everybody's for admins.
import { Elysia, t } from 'elysia'
import type { Sql } from 'postgres'
import type { AsPerson } from '../database/tenancy.ts'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { iso, problems, query, whole } from '../http/shape.ts'
import { explainMessage } from '../rules/message-reasons.ts'
import { type Backlog, listBacklogs } from './backlog.ts'
import type { Waiting } from './outbox.ts'

export interface BacklogRouteParts {
  /** Sees everybody's rows: for admins who ask for more than their own. */
  sql: Sql
  asPerson: AsPerson
  guard: Guard
  waiting: Waiting
}

const time = t.Nullable(t.String())
const backlogShape = t.Object({
  account_id: t.String(),
  name: t.String(),
  user_id: t.String(),
  user_email: t.String(),
  queued: whole({ description: 'Go as soon as the account may.' }),
  scheduled: whole({ description: 'Wait for the moment they were given.' }),
  next_scheduled_at: time,
  last_scheduled_at: time,
  reason: t.Nullable(t.String({ description: 'What holds the queued ones back the longest.' })),
  message: t.Nullable(t.String({ description: 'The same as a sentence.' })),
  expected_at: t.Nullable(
    t.String({ description: 'About when the last of the queued ones goes; null where nobody can say.' }),
  ),
})

export function backlogRoutes({ sql, asPerson, guard, waiting }: BacklogRouteParts) {
  return new Elysia({ name: 'backlog', normalize: false, detail: { tags: ['Messages'] } }).use(guard).get(
    '/api/queue',
    async ({ caller, query }) => {
      const mayAll = caller.role === 'admin' && (!caller.key || caller.key.scopes.includes('admin'))
      if (query.all && !mayAll) throw new Problem('forbidden')
      const backlogs = query.all
        ? await listBacklogs(sql, null)
        : await asPerson(caller.userId, (tx) => listBacklogs(tx, caller.userId))
      const allowed = caller.key?.accountIds
      const shown = allowed ? backlogs.filter(({ account_id }) => allowed.includes(account_id)) : backlogs
      return { items: shown.map((backlog) => viewBacklog(backlog, waiting)) }
    },
    {
      who: 'read',
      query: query({
        all: t.Optional(t.BooleanString({ description: "Everybody's, for admins." })),
      }),
      response: {
        200: t.Object({
          items: t.Array(backlogShape, {
            description: 'Accounts with something that waits: the 100 with the most.',
          }),
        }),
        ...problems,
      },
      detail: { summary: 'What waits, account by account, and about when the last of it goes' },
    },
  )
}

function viewBacklog({ state, new_people: newPeople, ...backlog }: Backlog, waiting: Waiting) {
  const { account_id, queued } = backlog
  const held = queued > 0 ? waiting.explainQueue(account_id, { state, queued, newPeople }) : null
  return {
    ...backlog,
    next_scheduled_at: iso(backlog.next_scheduled_at),
    last_scheduled_at: iso(backlog.last_scheduled_at),
    reason: held?.reason ?? null,
    message: explainMessage(held?.reason ?? null),
    expected_at: iso(held?.expectedAt ?? null),
  }
}
