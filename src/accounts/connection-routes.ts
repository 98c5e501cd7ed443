// How an account is linked, stopped and logged out: by its id, and as the person's first one without an id.
import { Elysia, t } from 'elysia'
import type { Caller } from '../http/callers.ts'
import { Problem } from '../http/problem.ts'
import { body, problem, problems, query } from '../http/shape.ts'
import { linkOffer, qrShape } from './offer.ts'
import { type AccountRouteParts, answers, createOwn, findOwn, noteActivity } from './routes.ts'
import type { Account } from './store.ts'
import { ThreadError } from './thread.ts'
import { stateShape, viewState } from './view.ts'

const moved = t.Object({ account_id: t.String(), state: t.String() })
const accountId = t.Optional(t.String({ format: 'uuid', description: 'Absent: your first account.' }))
const phone = t.Optional(
  t.Nullable(t.String({ maxLength: 30, description: 'Asks for a pairing code for this phone.' })),
)

export function connectionRoutes(parts: AccountRouteParts) {
  const { asPerson, guard, linker } = parts

  async function connect(
    caller: Caller,
    request: Request,
    account: Account,
    phone: string | null | undefined,
  ) {
    const digits = readPhone(phone)
    const { id, state } = await linker.connect(account, { phone: digits }).catch(refuseLinking)
    await noteActivity(parts, caller, request, 'account.connect', account)
    return { account_id: id, state }
  }

  async function disconnect(caller: Caller, request: Request, account: Account, logout: boolean) {
    const { id, state } = await (logout ? linker.logout(account) : linker.disconnect(account))
    await noteActivity(parts, caller, request, logout ? 'account.logout' : 'account.disconnect', account)
    return { account_id: id, state }
  }

  return new Elysia({ name: 'connections', normalize: false, detail: { tags: ['Accounts'] } })
    .use(guard)
    .post(
      '/api/whatsapp/initialize',
      async ({ caller, body, request, set }) => {
        const asked = body?.account_id
        const known = await findOwn(asPerson, caller, asked).catch((error) => {
          if (asked || !(error instanceof Problem) || error.code !== 'no_account') throw error
          return null
        })
        const account = known ?? (await createOwn(parts, caller, 'WhatsApp'))
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
}

/** The page gave no pairing code, or could not take the link over. */
function refuseLinking(error: unknown): never {
  if (!(error instanceof ThreadError)) throw error
  throw new Problem(error.code === 'rate_limited' ? 'pairing_rate_limited' : 'not_linking')
}

function readPhone(phone: string | null | undefined): string | null {
  if (!phone) return null
  const digits = phone.replace(/[\s()+.-]/g, '')
  if (!/^[1-9]\d{6,14}$/.test(digits)) throw new Problem('invalid_phone')
  return digits
}
