// Accounts of a person: made, named, linked, disconnected, removed.
import { Elysia, t } from 'elysia'
import type { ISql } from 'postgres'
import { recordActivity } from '../activity/store.ts'
import type { AsPerson } from '../database/tenancy.ts'
import type { Hub } from '../events/hub.ts'
import type { EventRow } from '../events/record.ts'
import type { Caller } from '../http/callers.ts'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { body, isUuid, nothing, problem, problems, query, whole } from '../http/shape.ts'
import { isTimeZone, type Pacing } from '../rules/pacing.ts'
import { linkOffer, qrShape } from './offer.ts'
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
import { ThreadError } from './thread.ts'
import { accountShape, stateShape, viewAccount, viewState } from './view.ts'

/** What the routes ask of the supervisor. */
export interface Linker {
  connect(account: Account, options: { phone: string | null }): Promise<Account>
  disconnect(account: Account): Promise<Account>
  logout(account: Account): Promise<Account>
  release(account: Account): Promise<void>
  refresh(account: Account): void
  offer(accountId: string): LinkOffer
}

export interface AccountRouteParts {
  asPerson: AsPerson
  hub: Hub
  guard: Guard
  linker: Linker
  addressOf: (request: Request) => string | null
  /** Cancels what an account still holds back, before it goes. */
  cancelWaiting: (sql: ISql, userId: string, accountId: string) => Promise<EventRow[]>
}

const moved = t.Object({ account_id: t.String(), state: t.String() })
const answers = { 404: problem, 409: problem, ...problems }
const accountId = t.Optional(t.String({ format: 'uuid', description: 'Absent: your first account.' }))
const phone = t.Optional(
  t.Nullable(t.String({ maxLength: 30, description: 'Asks for a pairing code for this phone.' })),
)
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
const name = t.String({ minLength: 1, maxLength: 100, pattern: '\\S' })

export function accountRoutes({ asPerson, hub, guard, linker, addressOf, cancelWaiting }: AccountRouteParts) {
  async function note(caller: Caller, request: Request, action: string, account: Account) {
    const { userId, email: userEmail } = caller
    const details = { account_id: account.id }
    const ip = addressOf(request)
    await asPerson(userId, (tx) => recordActivity(tx, { userId, userEmail, action, details, ip }))
  }

  async function connect(
    caller: Caller,
    request: Request,
    account: Account,
    phone: string | null | undefined,
  ) {
    const digits = readPhone(phone)
    const { id, state } = await linker.connect(account, { phone: digits }).catch(refuseLinking)
    await note(caller, request, 'account.connect', account)
    return { account_id: id, state }
  }

  async function disconnect(caller: Caller, request: Request, account: Account, logout: boolean) {
    const { id, state } = await (logout ? linker.logout(account) : linker.disconnect(account))
    await note(caller, request, logout ? 'account.logout' : 'account.disconnect', account)
    return { account_id: id, state }
  }

  return new Elysia({ name: 'accounts', normalize: false, detail: { tags: ['Accounts'] } })
    .use(guard)
    .post(
      '/api/whatsapp/initialize',
      async ({ caller, body, request, set }) => {
        const asked = body?.account_id
        const known = await findOwn(asPerson, caller, asked).catch((error) => {
          if (asked || !(error instanceof Problem) || error.code !== 'no_account') throw error
          return null
        })
        const account = known ?? (await create(caller, 'WhatsApp'))
        set.status = 202
        return connect(caller, request, account, body?.phone)
      },
      {
        who: 'accounts',
        body: t.Optional(t.Nullable(body({ account_id: accountId, phone }))),
        response: { 202: moved, ...answers },
        detail: { summary: 'Connect an account; makes the first one where there is none' },
      },
    )
    .get(
      '/api/whatsapp/status',
      async ({ caller, query }) => {
        const account = await findOwn(asPerson, caller, query.account_id).catch((error) => {
          if (error instanceof Problem && error.code === 'no_account') return null
          throw error
        })
        if (account)
          return {
            account_id: account.id,
            ...viewState(account),
            phone: account.phone && `+${account.phone}`,
          }
        const message = 'No WhatsApp account is set up yet.'
        return {
          account_id: null,
          state: 'stopped' as const,
          reason: 'no_account',
          message,
          action: 'link' as const,
          phone: null,
          since: null,
        }
      },
      {
        who: 'read',
        query: query({ account_id: accountId }),
        response: { 200: stateShape, 404: problem, ...problems },
        detail: { summary: 'How an account is' },
      },
    )
    .get(
      '/api/whatsapp/qr',
      async ({ caller, query }) => {
        const account = await findOwn(asPerson, caller, query.account_id)
        return linkOffer(account, linker.offer(account.id))
      },
      {
        who: 'accounts',
        query: query({ account_id: accountId }),
        response: { 200: qrShape, ...answers },
        detail: { summary: 'The QR code or pairing code to link with' },
      },
    )
    .post(
      '/api/whatsapp/disconnect',
      async ({ caller, body, request, set }) => {
        const account = await findOwn(asPerson, caller, body?.account_id)
        set.status = 202
        return disconnect(caller, request, account, body?.logout ?? true)
      },
      {
        who: 'accounts',
        body: t.Optional(t.Nullable(body({ account_id: accountId, logout: t.Optional(t.Boolean()) }))),
        response: { 202: moved, ...answers },
        detail: { summary: 'Log an account out, or only stop it (logout: false)' },
      },
    )
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
        return viewAccount(await create(caller, body.name?.trim() ?? 'WhatsApp'))
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
      async ({ caller, params, body }) => {
        const before = await findOwn(asPerson, caller, params.id)
        const { pacing, new_chats_refused, ...rest } = body
        if (new_chats_refused === false) Object.assign(rest, { new_chats_refused_at: null })
        refuseBadPacing(pacing)
        const stored = pacing === 'off' ? ({ off: true } as const) : pacing
        const change = { ...rest, ...(stored === undefined ? {} : { pacing: stored }) }
        if (Object.keys(change).length === 0) return viewAccount(before)
        const account = await asPerson(caller.userId, (tx) =>
          updateAccount(tx, caller.userId, before.id, change),
        )
        if (!account) throw new Problem('account_not_found')
        linker.refresh(account)
        return viewAccount({ ...account, queued: before.queued })
      },
      {
        who: 'accounts',
        body: body({
          name: t.Optional(name),
          pacing,
          new_chats_refused: t.Optional(
            t.Literal(false, { description: 'Opens new chats again after WhatsApp had refused them.' }),
          ),
          on_uncertain: t.Optional(t.Union([t.Literal('hold'), t.Literal('resend'), t.Literal('drop')])),
        }),
        response: { 200: accountShape, ...answers },
        detail: { summary: 'Rename an account, change its pacing or what becomes of uncertain messages' },
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
        await note(caller, request, 'account.removed', account)
        set.status = 204
      },
      {
        who: 'accounts',
        response: { 204: nothing, ...answers },
        detail: { summary: 'Log an account out and remove it' },
      },
    )
    .get(
      '/api/accounts/:id/qr',
      async ({ caller, params }) => {
        const account = await findOwn(asPerson, caller, params.id)
        return linkOffer(account, linker.offer(account.id))
      },
      {
        who: 'accounts',
        response: { 200: qrShape, ...answers },
        detail: { summary: 'What to scan or type' },
      },
    )
    .post(
      '/api/accounts/:id/connection',
      async ({ caller, params, body, request, set }) => {
        const account = await findOwn(asPerson, caller, params.id)
        set.status = 202
        return connect(caller, request, account, body?.phone)
      },
      {
        who: 'accounts',
        body: t.Optional(t.Nullable(body({ phone }))),
        response: { 202: moved, ...answers },
        detail: { summary: 'Connect an account' },
      },
    )
    .delete(
      '/api/accounts/:id/connection',
      async ({ caller, params, query, request, set }) => {
        const account = await findOwn(asPerson, caller, params.id)
        set.status = 202
        return disconnect(caller, request, account, query.logout !== 'false')
      },
      {
        who: 'accounts',
        query: query({ logout: t.Optional(t.Union([t.Literal('true'), t.Literal('false')])) }),
        response: { 202: moved, ...answers },
        detail: { summary: 'Log an account out, or only stop it (logout=false)' },
      },
    )

  async function create(caller: Caller, name: string): Promise<Account> {
    const { userId, key } = caller
    if (key?.accountIds) throw new Problem('account_not_allowed')
    const made = await asPerson(userId, (tx) => createAccount(tx, { userId, name }))
    hub.publish(made.events)
    return made.account
  }
}

/** The caller's account with this id, or their first; a key that is limited to accounts sees only those. */
async function findOwn(
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

/** The page gave no pairing code, or could not take the link over. */
function refuseLinking(error: unknown): never {
  if (!(error instanceof ThreadError)) throw error
  throw new Problem(error.code === 'rate_limited' ? 'pairing_rate_limited' : 'not_linking')
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

function readPhone(phone: string | null | undefined): string | null {
  if (!phone) return null
  const digits = phone.replace(/[\s()+.-]/g, '')
  if (!/^[1-9]\d{6,14}$/.test(digits)) throw new Problem('invalid_phone')
  return digits
}
