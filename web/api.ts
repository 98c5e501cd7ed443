// The HTTP API as the dashboard uses it: one function a call, every failure an `ApiProblem`.
import { type Treaty, treaty } from '@elysia/eden/treaty2'
import type { Api as Server } from '../src/api.ts'
import type { AccountAction } from '../src/rules/account-reasons.ts'
import type { AccountState } from '../src/rules/account-state.ts'
import type { Scope } from '../src/rules/api-key.ts'
import type { DeliveryStatus } from '../src/rules/delivery-state.ts'
import { figureCalls } from './calls/figures.ts'
import { peopleCalls } from './calls/people.ts'
import { profileCalls } from './calls/profile.ts'
import { webhookCalls } from './calls/webhooks.ts'

function createClient(origin: string, fetcher: Fetcher) {
  // Strings that look like times stay strings.
  return treaty<Server>(origin, { fetcher: fetcher as typeof fetch, parseDate: false }).api
}
export type Client = ReturnType<typeof createClient>

/** An answer of the server, with what its documentation calls a string named exactly. */
export type Exactly<Answer, Named extends Partial<Record<keyof Answer, unknown>>> = Omit<
  Answer,
  keyof Named
> &
  Named

export type PublicFacts = Exclude<Treaty.Data<Client['public']['get']>, Response>
export type User = Exactly<Treaty.Data<Client['auth']['login']['post']>['user'], { role: 'admin' | 'user' }>
export type Account = Exactly<
  Treaty.Data<Client['accounts']['get']>['items'][number],
  {
    state: AccountState
    action: AccountAction | null
    since: string
    on_uncertain: 'hold' | 'resend' | 'drop'
  }
>
/** What there is to link with: a QR text to draw, a code to type, or both. */
export type LinkCode = Treaty.Data<ReturnType<Client['accounts']>['qr']['get']>
export type MessageStatus = DeliveryStatus | 'received'
export type Message = Exactly<
  Treaty.Data<Client['messages']['get']>['items'][number],
  { status: MessageStatus; direction: 'in' | 'out'; created_at: string }
>
export type MessageDetail = Message & {
  timeline: { status: MessageStatus; at: string; reason: string | null }[]
}
export type ApiKey = Treaty.Data<Client['keys']['get']>['items'][number]
export type Settings = Treaty.Data<Client['settings']['get']>
export type LiveEvent = Treaty.Data<Client['events']['get']>['items'][number]

/** `scopes`: `send` unless given. */
export interface NewKeyForm {
  name: string
  scopes?: Scope[]
  account_ids?: string[]
  expires_at?: string
}

export interface MessageFilter {
  status?: string
  account_id?: string
  direction?: string
  q?: string
  number?: string
  from?: string
  to?: string
  source?: string
}

export interface SignInForm {
  email: string
  password: string
  /** Of the authenticator app, or a recovery code. */
  code?: string
  new_password?: string
}

export interface Draft {
  account_id?: string
  number: string
  message: string
  send_at?: string
}

/** What a call answers; a refusal of who we are ends the session here too. */
export type Known = <T>(call: Promise<Reply>) => Promise<T>

/** Why a call failed. `status` 0 and code `offline`: the server could not be reached at all. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly fields: Record<string, string> = {},
    readonly requestId: string | null = null,
  ) {
    super(detail)
  }
}

/** What went wrong, in the API's terms; a fault of our own is thrown on. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  throw error
}

export type Fetcher = (input: string, init?: RequestInit) => Promise<Response>

export interface ApiOptions {
  origin?: string
  /** `fetch`, or one that brings a cookie of its own. */
  fetcher?: Fetcher
  /** Called when the server does not know us any more. */
  onSignedOut?: () => void
}

export type Api = ReturnType<typeof createApi>

export function createApi({
  origin = globalThis.location?.origin,
  fetcher = (input, init) => fetch(input, init),
  onSignedOut = () => {},
}: ApiOptions = {}) {
  const client = createClient(origin, renewing(fetcher, origin))
  const account = (id: string) => client.accounts({ id })

  const known: Known = async (call) => {
    try {
      return await read(call)
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'not_signed_in') onSignedOut()
      throw error
    }
  }

  return {
    facts: () => read<PublicFacts>(client.public.get()),
    setUp: (form: { token: string; email: string; password: string }) =>
      read<{ user: User }>(client.setup.post(form)),
    register: (form: { email: string; password: string }) =>
      read<{ user: User }>(client.auth.register.post(form)),
    login: (form: SignInForm) => read<{ user: User }>(client.auth.login.post(form)),
    requestPasswordReset: (email: string) => read<unknown>(client.auth['password-resets'].post({ email })),
    resetPassword: (form: { token: string; password: string }) =>
      read<void>(client.auth['password-resets'].put(form)),
    verifyEmail: (token: string) => read<{ email: string }>(client.auth.verifications.put({ token })),
    acceptInvitation: (form: { token: string; password: string }) =>
      read<{ user: User }>(client.invitations.acceptance.post(form)),
    logout: () => read<void>(client.auth.logout.post()),
    /** Renews the token behind the cookie; it lives for half a day. */
    renew: () => known<{ user: User }>(client.auth.refresh.post()),
    me: () => known<{ user: User }>(client.auth.me.get()),
    ...profileCalls(client, known),
    ...peopleCalls(client, known),
    ...webhookCalls(client, known),
    ...figureCalls(client, known),

    listAccounts: () => known<{ items: Account[] }>(client.accounts.get()),
    createAccount: (form: { name?: string }) => known<Account>(client.accounts.post(form)),
    updateAccount: (id: string, change: { name?: string; on_uncertain?: Account['on_uncertain'] }) =>
      known<Account>(account(id).patch(change)),
    removeAccount: (id: string) => known<void>(account(id).delete()),
    connect: (id: string, form: { phone?: string } = {}) => known<unknown>(account(id).connection.post(form)),
    disconnect: (id: string, { logout }: { logout: boolean }) =>
      known<unknown>(
        account(id).connection.delete(undefined, { query: { logout: logout ? 'true' : 'false' } }),
      ),
    linkCode: (id: string) => known<LinkCode>(account(id).qr.get()),

    send: (draft: Draft) => known<{ id: string }>(client.messages.send.post(draft, { query: {} })),
    listMessages: (query: MessageFilter & { limit?: number; after?: string }) =>
      known<{ items: Message[]; next: string | null }>(client.messages.get({ query: query as object })),
    findMessage: (id: string) => known<MessageDetail>(client.messages({ id }).get()),
    cancelMessage: (id: string) => known<unknown>(client.messages({ id }).delete()),

    listKeys: () => known<{ items: ApiKey[] }>(client.keys.get()),
    createKey: (form: NewKeyForm) => known<ApiKey & { key: string }>(client.keys.post(form)),
    removeKey: (id: string) => known<void>(client.keys({ id }).delete()),

    readSettings: () => known<Settings>(client.settings.get()),
    saveSettings: (change: Partial<Omit<Settings, 'updated_at'>>) =>
      known<Settings>(client.settings.put(change)),

    /** `after: 'latest'` lists nothing and tells where the end is. */
    listEvents: (query: { after?: string; limit?: number }) =>
      known<{ items: LiveEvent[]; next: string | null }>(client.events.get({ query })),
  }
}

/**
 * A token lives for hours, its session for weeks: who comes back after a night is let in again without noticing. Of
 * many calls that find the token expired at the same moment one renews it.
 */
function renewing(fetcher: Fetcher, origin: string | undefined): Fetcher {
  const renewal = `${origin ?? ''}/api/auth/refresh`
  let renewed: Promise<boolean> | null = null
  const renew = async () => (await fetcher(renewal, { method: 'POST', credentials: 'same-origin' })).ok

  return async (input, init) => {
    const response = await fetcher(input, init)
    if (response.status !== 401 || input.startsWith(renewal)) return response
    const { code } = (await response
      .clone()
      .json()
      .catch(() => ({}))) as ProblemBody
    if (code !== 'not_signed_in') return response
    renewed ??= renew()
      .catch(() => false)
      .finally(() => {
        renewed = null
      })
    return (await renewed) ? fetcher(input, init) : response
  }
}

/** Eden answers instead of throwing; without a response the server was not reached. */
export interface Reply {
  data: unknown
  error: { status: unknown; value: unknown } | null
  response?: Response
}

async function read<T>(call: Promise<Reply>): Promise<T> {
  const { data, error, response } = await call
  if (!error) return data as T
  if (!response) {
    throw new ApiProblem(
      0,
      'offline',
      'BotWave cannot be reached. Check that it is running and that you are online.',
    )
  }
  throw readProblem(response.status, error.value, Number(response.headers.get('retry-after')))
}

interface ProblemBody {
  code?: string
  detail?: string
  request_id?: string
  errors?: { field: string; message: string }[]
}

function readProblem(status: number, value: unknown, retryAfterS: number): ApiProblem {
  const body: ProblemBody = typeof value === 'object' && value !== null ? value : {}
  const fields = Object.fromEntries(
    (body.errors ?? []).map(({ field, message }) => [field, sentence(message)]),
  )
  const told = body.detail ?? `BotWave answered with ${status}. Try again in a moment.`
  const detail = status === 429 && retryAfterS > 0 ? waitWords(body.code, retryAfterS) : told
  return new ApiProblem(status, body.code ?? 'unexpected', detail, fields, body.request_id ?? null)
}

/** The server speaks of a header; people are told how long. */
function waitWords(code: string | undefined, seconds: number): string {
  const why = code === 'sign_in_delayed' ? 'Too many wrong tries.' : 'That was too often.'
  const wait = seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
  return `${why} Try again in ${wait}.`
}

/** `is not an email address` → `This is not an email address.`; a whole sentence stays. */
function sentence(message: string): string {
  const text = /^(is|must|has|can)\b/.test(message) ? `This ${message}` : message
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** `?a=1&b=2` of what is neither undefined, null nor empty; an empty string when nothing is left. */
export function queryString(query: object): string {
  const pairs = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  )
  return pairs.length ? `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}` : ''
}
