// Every linked account for admins: how it is, what it takes, and to start it anew or stop it.
import { Elysia, t } from 'elysia'
import type { Sql } from 'postgres'
import { recordActivity } from '../activity/store.ts'
import type { Caller } from '../http/callers.ts'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { iso, isUuid, oneOf, problem, problems, query, whole } from '../http/shape.ts'
import { ACCOUNT_STATES } from '../rules/account-state.ts'
import {
  countAccountStates,
  findEverybodysAccount,
  listEverybodysAccounts,
  type OwnedAccount,
} from './everybody.ts'
import type { Account } from './store.ts'
import { accountShape, viewAccount } from './view.ts'

/** What is asked of the supervisor. */
export interface Overseer {
  restart(account: Account): Promise<Account>
  disconnect(account: Account): Promise<Account>
  figures(accountId: string): { usedMb: number | null; startedAt: Date | null }
}

export interface AccountAdminRouteParts {
  sql: Sql
  guard: Guard
  overseer: Overseer
  addressOf: (request: Request) => string | null
}

const shape = t.Object({
  ...accountShape.properties,
  user_id: t.String(),
  user_email: t.String(),
  memory_mb: t.Nullable(whole({ description: 'Of its browser, as measured every 30 seconds.' })),
  started_at: t.Nullable(t.String({ description: 'Since when its browser runs; null: it does not.' })),
  uptime_s: t.Nullable(whole()),
})
const moved = t.Object({ account_id: t.String(), state: t.String() })
const answers = { 404: problem, 409: problem, ...problems }

export function accountAdminRoutes({ sql, guard, overseer, addressOf }: AccountAdminRouteParts) {
  async function mustFind(id: string): Promise<OwnedAccount> {
    const account = isUuid(id) ? await findEverybodysAccount(sql, id) : null
    if (!account) throw new Problem('account_not_found', 'There is no account with this id.')
    return account
  }

  function view(account: OwnedAccount) {
    const { usedMb, startedAt } = overseer.figures(account.id)
    return {
      ...viewAccount(account),
      user_id: account.user_id,
      user_email: account.user_email,
      memory_mb: usedMb === null ? null : Math.round(usedMb),
      started_at: iso(startedAt),
      uptime_s: startedAt && Math.floor((Date.now() - startedAt.getTime()) / 1000),
    }
  }

  function note(caller: Caller, request: Request, action: string, account: OwnedAccount): Promise<void> {
    const { userId, email: userEmail } = caller
    const details = { account_id: account.id, owner: account.user_email }
    return recordActivity(sql, { userId, userEmail, action, details, ip: addressOf(request) })
  }

  return new Elysia({ name: 'admin-accounts', normalize: false, detail: { tags: ['Accounts'] } })
    .use(guard)
    .get(
      '/api/admin/accounts',
      async ({ query }) => {
        const { state, user_id: userId, q, limit = 50, after = null } = query
        if (after && !isUuid(after)) throw new Problem('bad_cursor')
        const rows = await listEverybodysAccounts(sql, { state, userId, q }, { after, limit: limit + 1 })
        const items = rows.slice(0, limit).map(view)
        const next = rows.length > limit ? (items.at(-1)?.id ?? null) : null
        return { items, next, counts: await countAccountStates(sql) }
      },
      {
        who: 'admin',
        query: query({
          state: t.Optional(oneOf(ACCOUNT_STATES)),
          user_id: t.Optional(t.String({ format: 'uuid' })),
          q: t.Optional(
            t.String({
              minLength: 1,
              maxLength: 254,
              description: "Part of its name, its phone or its owner's address.",
            }),
          ),
          after: t.Optional(t.String({ maxLength: 100, description: 'The `next` of the page before.' })),
          limit: t.Optional(t.Numeric({ minimum: 1, maximum: 100, multipleOf: 1 })),
        }),
        response: {
          200: t.Object({
            items: t.Array(shape),
            next: t.Nullable(t.String()),
            counts: t.Record(t.String(), whole(), {
              description: 'How many there are in each state, whatever is searched for.',
            }),
          }),
          400: problem,
          ...problems,
        },
        detail: { summary: "Everybody's accounts, newest first" },
      },
    )
    .get('/api/admin/accounts/:id', async ({ params }) => view(await mustFind(params.id)), {
      who: 'admin',
      response: { 200: shape, ...answers },
      detail: { summary: 'One account of anybody' },
    })
    .post(
      '/api/admin/accounts/:id/connection',
      async ({ caller, params, request, set }) => {
        const account = await mustFind(params.id)
        if (!account.owner_is_active) throw new Problem('owner_suspended')
        const { id, state } = await overseer.restart(account)
        await note(caller, request, 'account.restarted_by_admin', account)
        set.status = 202
        return { account_id: id, state }
      },
      {
        who: 'admin',
        response: { 202: moved, ...answers },
        detail: { summary: "Start anybody's account anew" },
      },
    )
    .delete(
      '/api/admin/accounts/:id/connection',
      async ({ caller, params, request, set }) => {
        const account = await mustFind(params.id)
        const { id, state } = await overseer.disconnect(account)
        await note(caller, request, 'account.stopped_by_admin', account)
        set.status = 202
        return { account_id: id, state }
      },
      {
        who: 'admin',
        response: { 202: moved, ...answers },
        detail: { summary: "Stop anybody's account", description: 'Its link is kept.' },
      },
    )
}
