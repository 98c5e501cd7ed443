// The HTTP API as the dashboard uses it: one function a call, every failure an `ApiProblem`.
import type { AccountState } from '../src/rules/account-state.ts'
import type { DeliveryStatus } from '../src/rules/delivery-state.ts'

export interface User {
  id: string
  email: string
  role: 'admin' | 'user'
  status: string
}

export interface PublicFacts {
  version: string
  setup_needed: boolean
  registration_open: boolean
  default_country: string | null
}

export interface Account {
  id: string
  name: string | null
  state: AccountState
  reason: string | null
  /** The sentence for the reason; null when all is well. */
  message: string | null
  action: 'link' | 'relink' | 'open_phone' | 'take_over' | 'wait' | null
  phone: string | null
  wanted: boolean
  since: string
  next_try_at: string | null
  linked_at: string | null
  created_at: string
  queued: number
  on_uncertain: 'hold' | 'resend' | 'drop'
}

/** What there is to link with: a QR text to draw, a code to type, or both. */
export interface LinkCode {
  qr: string | null
  code: string | null
  expires_at: string
}

export type MessageStatus = DeliveryStatus | 'received'

export interface Message {
  id: string
  direction: 'in' | 'out'
  account_id: string | null
  receiver_number: string
  to: string | null
  message_body: string
  status: MessageStatus
  reason: string | null
  message: string | null
  source: string
  created_at: string
  sent_at: string | null
  delivered_at: string | null
  read_at: string | null
  expected_at: string | null
  expires_at: string | null
}

export interface MessageDetail extends Message {
  timeline: { status: MessageStatus; at: string; reason: string | null }[]
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

export interface Draft {
  account_id?: string
  number: string
  message: string
  send_at?: string
}

export interface Accepted {
  id: string
  status: MessageStatus
  reason: string | null
  account_id: string
  to: string
  expected_at: string | null
}

export interface ApiKey {
  id: string
  name: string
  prefix: string
  scopes: string[]
  account_ids: string[] | null
  expires_at: string | null
  last_used_at: string | null
  created_at: string
}

export interface Settings {
  default_rate_limit: number
  max_rate_limit: number
  enable_registration: boolean
  maintenance_mode: boolean
  updated_at?: string
}

export interface LiveEvent {
  id: string
  type: string
  at: string
  account_id: string | null
  message_id: string | null
  data: Record<string, unknown>
}

export interface Paged<T> {
  items: T[]
  next: string | null
}

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

export type Api = ReturnType<typeof createApi>

/**
 * @param fetcher `fetch`, or one bound to a server and a cookie.
 * @param onSignedOut called when the server does not know us any more and renewing the session did not help.
 */
export function createApi({
  fetcher = (path: string, init?: RequestInit) => fetch(path, init),
  onSignedOut = () => {},
} = {}) {
  let renewing: Promise<boolean> | null = null

  async function call<T>(verb: string, path: string, body?: unknown, mayRenew = true): Promise<T> {
    const response = await reach(fetcher, verb, path, body)
    if (response.ok) return response.status === 204 ? (undefined as T) : ((await response.json()) as T)
    const problem = await readProblem(response)
    if (problem.code !== 'not_signed_in') throw problem
    if (mayRenew && (await renew())) return call(verb, path, body, false)
    onSignedOut()
    throw problem
  }

  /** One renewal at a time, whoever asks: the session lives for a month, its token for half a day. */
  function renew(): Promise<boolean> {
    renewing ??= reach(fetcher, 'POST', '/api/auth/refresh')
      .then((response) => response.ok)
      .catch(() => false)
      .finally(() => {
        renewing = null
      })
    return renewing
  }

  const list = (path: string, query: object = {}) => path + queryString(query)
  return {
    facts: () => call<PublicFacts>('GET', '/api/public', undefined, false),
    setUp: (form: { token: string; email: string; password: string }) =>
      call<{ user: User }>('POST', '/api/setup', form, false),
    register: (form: { email: string; password: string }) =>
      call<{ user: User }>('POST', '/api/auth/register', form, false),
    login: (form: { email: string; password: string }) =>
      call<{ user: User }>('POST', '/api/auth/login', form, false),
    logout: () => call<void>('POST', '/api/auth/logout', undefined, false),
    me: () => call<{ user: User; registration_open: boolean }>('GET', '/api/auth/me'),

    listAccounts: () => call<{ items: Account[] }>('GET', '/api/accounts'),
    createAccount: (form: { name?: string }) => call<Account>('POST', '/api/accounts', form),
    updateAccount: (id: string, change: { name?: string; on_uncertain?: Account['on_uncertain'] }) =>
      call<Account>('PATCH', `/api/accounts/${id}`, change),
    removeAccount: (id: string) => call<void>('DELETE', `/api/accounts/${id}`),
    connect: (id: string, form: { phone?: string } = {}) =>
      call<{ state: AccountState }>('POST', `/api/accounts/${id}/connection`, form),
    disconnect: (id: string, { logout }: { logout: boolean }) =>
      call<{ state: AccountState }>('DELETE', list(`/api/accounts/${id}/connection`, { logout })),
    linkCode: (id: string) => call<LinkCode>('GET', `/api/accounts/${id}/qr`),

    send: (draft: Draft) => call<Accepted>('POST', '/api/messages/send', draft),
    listMessages: (query: MessageFilter & { limit?: number; after?: string }) =>
      call<Paged<Message>>('GET', list('/api/messages', query)),
    findMessage: (id: string) => call<MessageDetail>('GET', `/api/messages/${id}`),
    cancelMessage: (id: string) => call<void>('DELETE', `/api/messages/${id}`),

    listKeys: () => call<{ items: ApiKey[] }>('GET', '/api/keys'),
    createKey: (form: { name: string; account_ids?: string[]; expires_at?: string }) =>
      call<ApiKey & { key: string }>('POST', '/api/keys', form),
    removeKey: (id: string) => call<void>('DELETE', `/api/keys/${id}`),

    readSettings: () => call<Settings>('GET', '/api/settings'),
    saveSettings: (settings: Partial<Settings>) => call<Settings>('PUT', '/api/settings', settings),

    listEvents: (query: { after?: string; limit?: number }) =>
      call<Paged<LiveEvent>>('GET', list('/api/events', query)),
  }
}

type Fetcher = (path: string, init?: RequestInit) => Promise<Response>

async function reach(fetcher: Fetcher, verb: string, path: string, body?: unknown) {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  try {
    return await fetcher(path, {
      method: verb,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    })
  } catch {
    throw new ApiProblem(
      0,
      'offline',
      'BotWave cannot be reached. Check that it is running and that you are online.',
    )
  }
}

async function readProblem(response: Response): Promise<ApiProblem> {
  const body = await response.json().catch(() => ({}))
  const fields = Object.fromEntries(
    (body.errors ?? []).map((error: { field: string; message: string }) => [error.field, error.message]),
  )
  const detail = body.detail ?? `BotWave answered with ${response.status}. Try again in a moment.`
  return new ApiProblem(response.status, body.code ?? 'unexpected', detail, fields, body.request_id ?? null)
}

/** `?a=1&b=2` of what is neither undefined, null nor empty; an empty string when nothing is left. */
export function queryString(query: object): string {
  const pairs = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  )
  return pairs.length ? `?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]))}` : ''
}
