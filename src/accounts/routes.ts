// Accounts of a person: made, named, paced, removed.
import { Elysia, t } from 'elysia'
import type { ISql } from 'postgres'
import { recordActivity } from '../activity/store.ts'
import type { AsPerson } from '../database/tenancy.ts'
import type { Hub } from '../events/hub.ts'
import type { EventRow } from '../events/record.ts'
import type { Caller } from '../http/callers.ts'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { body, isUuid, nothing, problem, problems, whole } from '../http/shape.ts'
import type { Outbound } from '../outbound.ts'
import { isTimeZone, type Pacing } from '../rules/pacing.ts'
import type { Vault } from '../vault.ts'
import { proxyChange } from './proxy.ts'
import {
  type Account,
  type AccountWithQueue,
  createAccount,
  findAccount,
  listAccounts,
  removeAccount,
  updateAccount,
} from './store.ts'
import type { LinkOffer } from './supervisor.ts'
import { accountShape, viewAccount } from './view.ts'

/** What the routes ask of the supervisor. */
export interface Linker {
  connect(account: Account, options: { phone: string | null }): Promise<Account>
  disconnect(account: Account): Promise<Account>
  logout(account: Account): Promise<Account>
  release(account: Account): Promise<void>
  renew(account: Account): Promise<Account>
  refresh(account: Account): void
  offer(accountId: string): LinkOffer
}

export interface AccountRouteParts {
  asPerson: AsPerson
  hub: Hub
  guard: Guard
  linker: Linker
  vault: Vault
  outbound: Pick<Outbound, 'judge'>
  addressOf: (request: Request) => string | null
  /** Cancels what an account still holds back, before it goes. */
  cancelWaiting: (sql: ISql, userId: string, accountId: string) => Promise<EventRow[]>
}

export const answers = { 404: problem, 409: problem, ...problems }
const clock = t.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$', error: 'is a time of day such as 22:00' })
const quiet = body({
  from: clock,
  to: clock,
  time_zone: t.String({ maxLength: 64, description: 'Such as Europe/Berlin.' }),
})
const pacing = t.Optional(
  t.Nullable(
    t.Union([
      t.Literal('off'),
      body({
        gap_s: t.Optional(
          t.Tuple([t.Number({ minimum: 0, maximum: 3600 }), t.Number({ minimum: 0, maximum: 3600 })]),
        ),
        per_minute: t.Optional(whole({ minimum: 1, maximum: 1_000 })),
        per_hour: t.Optional(whole({ minimum: 1, maximum: 20_000 })),
        per_day: t.Optional(whole({ minimum: 1, maximum: 100_000 })),
        new_per_day: t.Optional(t.Nullable(whole({ minimum: 0, maximum: 10_000 }))),
        quiet: t.Optional(t.Nullable(quiet)),
      }),
    ]),
  ),
)
const proxy = t.Optional(
  t.Nullable(
    t.String({
      maxLength: 1_000,
      description:
        'What its browser goes out through, as a URL of scheme (http, https or socks5), host and port, for http and https ' +
        'with `user:password@` where it asks for them. The account starts anew when it changes; null: none.',
    }),
  ),
)
const name = t.String({ minLength: 1, maxLength: 100, pattern: '\\S' })

export function accountRoutes(parts: AccountRouteParts) {
  const { asPerson, hub, guard, linker, cancelWaiting } = parts
  return new Elysia({ name: 'accounts', normalize: false, detail: { tags: ['Accounts'] } })
    .use(guard)
    .get(
      '/api/accounts',
      async ({ caller }) => ({ items: (await listOwn(asPerson, caller)).map(viewAccount) }),
      {
        who: 'read',
        response: { 200: t.Object({ items: t.Array(accountShape) }), ...problems },
        detail: { summary: 'Your accounts' },
      },
    )
    .post(
      '/api/accounts',
      async ({ caller, body, set }) => {
        set.status = 201
        return viewAccount(await createOwn(parts, caller, body.name?.trim() ?? 'WhatsApp'))
      },
      {
        who: 'accounts',
        body: body({ name: t.Optional(name) }),
        response: { 201: accountShape, ...answers },
        detail: { summary: 'Add an account' },
      },
    )
    .get(
      '/api/accounts/:id',
      async ({ caller, params }) => viewAccount(await findOwn(asPerson, caller, params.id)),
      {
        who: 'read',
        response: { 200: accountShape, ...answers },
        detail: { summary: 'One account' },
      },
    )
    .patch(
      '/api/accounts/:id',
      async ({ caller, params, body, request }) => {
        const before = await findOwn(asPerson, caller, params.id)
        const { pacing, new_chats_refused, proxy, ...rest } = body
        if (new_chats_refused === false) Object.assign(rest, { new_chats_refused_at: null })
        refuseBadPacing(pacing)
        const stored = pacing === 'off' ? ({ off: true } as const) : pacing
        const through = proxyChange(parts, before, proxy)
        const change = { ...rest, ...through, ...(stored === undefined ? {} : { pacing: stored }) }
        if (Object.keys(change).length === 0) return viewAccount(before)
        const account = await asPerson(caller.userId, (tx) =>
          updateAccount(tx, caller.userId, before.id, change),
        )
        if (!account) throw new Problem('account_not_found')
        if (!through) {
          linker.refresh(account)
          return viewAccount({ ...account, queued: before.queued })
        }
        await noteActivity(parts, caller, request, 'account.proxy_changed', account)
        return viewAccount({ ...(await linker.renew(account)), queued: before.queued })
      },
      {
        who: 'accounts',
        body: body({
          name: t.Optional(name),
          pacing,
          new_chats_refused: t.Optional(
            t.Literal(false, { description: 'Opens new chats again after WhatsApp had refused them.' }),
          ),
          proxy,
          on_uncertain: t.Optional(t.Union([t.Literal('hold'), t.Literal('resend'), t.Literal('drop')])),
        }),
        response: { 200: accountShape, ...answers },
        detail: {
          summary: 'Rename an account, change its pacing, its proxy or what becomes of uncertain messages',
        },
      },
    )
    .delete(
      '/api/accounts/:id',
      async ({ caller, params, request, set }) => {
        const account = await findOwn(asPerson, caller, params.id)
        await linker.release(account)
        const events = await asPerson(caller.userId, async (tx) => [
          ...(await cancelWaiting(tx, caller.userId, account.id)),
          ...((await removeAccount(tx, caller.userId, account.id)) ?? []),
        ])
        hub.publish(events)
        await noteActivity(parts, caller, request, 'account.removed', account)
        set.status = 204
      },
      {
        who: 'accounts',
        response: { 204: nothing, ...answers },
        detail: { summary: 'Log an account out and remove it' },
      },
    )
}

/** The caller's account with this id, or their first; a key that is limited to accounts sees only those. */
export async function findOwn(
  asPerson: AsPerson,
  caller: Caller,
  id: string | null | undefined,
): Promise<AccountWithQueue> {
  const allowed = caller.key?.accountIds ?? null
  if (id && !isUuid(id)) throw new Problem('account_not_found')
  if (id && allowed && !allowed.includes(id)) throw new Problem('account_not_allowed')
  const asked = id ?? (allowed ? ([...allowed].sort()[0] ?? null) : null)
  const account = await asPerson(caller.userId, (tx) => findAccount(tx, caller.userId, asked))
  if (!account) throw new Problem(id ? 'account_not_found' : 'no_account')
  return account
}

async function listOwn(asPerson: AsPerson, caller: Caller): Promise<AccountWithQueue[]> {
  const allowed = caller.key?.accountIds ?? null
  const all = await asPerson(caller.userId, (tx) => listAccounts(tx, caller.userId))
  return allowed ? all.filter((account) => allowed.includes(account.id)) : all
}

/** Refused for a key that is limited to accounts: it could not use the new one. */
export async function createOwn(
  { asPerson, hub }: AccountRouteParts,
  caller: Caller,
  name: string,
): Promise<Account> {
  const { userId, key } = caller
  if (key?.accountIds) throw new Problem('account_not_allowed')
  const made = await asPerson(userId, (tx) => createAccount(tx, { userId, name }))
  hub.publish(made.events)
  return made.account
}

export async function noteActivity(
  { asPerson, addressOf }: AccountRouteParts,
  caller: Caller,
  request: Request,
  action: string,
  account: Account,
): Promise<void> {
  const { userId, email: userEmail } = caller
  const details = { account_id: account.id }
  const ip = addressOf(request)
  await asPerson(userId, (tx) => recordActivity(tx, { userId, userEmail, action, details, ip }))
}

function refuseBadPacing(pacing: Partial<Pacing> | 'off' | null | undefined): void {
  if (!pacing || pacing === 'off') return
  const { gap_s, quiet } = pacing
  if (gap_s && gap_s[0] > gap_s[1]) {
    throw new Problem('invalid_request', 'pacing.gap_s: the first number must not be above the second')
  }
  if (quiet && !isTimeZone(quiet.time_zone)) {
    throw new Problem('invalid_request', 'pacing.quiet.time_zone: is not a known time zone')
  }
}
