// Who may call a route: one word at the route says it, and the handler gets the caller.
import { Elysia } from 'elysia'
import type { Scope } from '../rules/api-key.ts'
import type { Settings } from '../settings/store.ts'
import type { Caller, Callers } from './callers.ts'
import type { KeyRequests } from './key-requests.ts'
import type { Limiter } from './limit.ts'
import { Problem } from './problem.ts'

/**
 * `anyone`: also a stranger. `session`: a signed-in person. `session:stale`: the same, also with a token that has
 * expired while its session lives. A scope: a signed-in person, or an API key with it; for `admin` both of an admin.
 * `admin:session`: a signed-in admin and no key. `key:send`: an API key only, also as `?api_key=`; no cookie counts.
 */
export type Need = 'anyone' | 'session' | 'session:stale' | 'admin:session' | 'key:send' | Scope

export const SESSION_COOKIE = 'botwave_session'

/** Calls of one kind (a scope, or all for which one signs in) that are not sends, for one person: 50 a second. */
const CALLS = { limit: 100, windowMs: 2_000 }
/** From one address: what strangers may ask, and credentials that are none. */
const PER_MINUTE = { public: 600, refused: 300 }
const MINUTE_MS = 60_000

export interface GuardParts {
  callers: Callers
  limiter: Limiter
  keyRequests: KeyRequests
  settings: () => Promise<Settings>
  addressOf: (request: Request) => string | null
}

/** The macro `who`. Identifies before validation, so that a stranger learns nothing but 401. */
export function guard({ callers, limiter, keyRequests, settings, addressOf }: GuardParts) {
  const found = new WeakMap<Request, Caller>()

  async function recognise(request: Request, need: Need, query: unknown, body: unknown): Promise<Caller> {
    try {
      return await identify(callers, request, need, query, body)
    } catch (error) {
      if (error instanceof Problem && error.status === 401)
        limiter.takeFrom('refused', addressOf(request), PER_MINUTE.refused, MINUTE_MS)
      throw error
    }
  }

  return new Elysia({ name: 'guard' }).macro({
    who: (need: Need) => ({
      transform: async ({ request, query, body, set }) => {
        if (need === 'anyone') {
          refuseForeignForm(request)
          limiter.takeFrom('public', addressOf(request), PER_MINUTE.public, MINUTE_MS)
          return
        }
        const caller = await recognise(request, need, query, body)
        if (caller.key) {
          const address = addressOf(request)
          keyRequests.begin(request, { keyId: caller.key.id, address })
          if (caller.key.networks?.contains(address) === false) throw new Problem('address_not_allowed')
        }
        await admit(caller, need, settings)
        if (need !== 'send' && need !== 'key:send') {
          const [group = need] = need.split(':')
          Object.assign(set.headers, limiter.take(group, caller.userId, CALLS.limit, CALLS.windowMs))
        }
        found.set(request, caller)
      },
      resolve: ({ request }) => ({ caller: found.get(request) as Caller }),
    }),
  })
}

async function identify(
  callers: Callers,
  request: Request,
  need: Need,
  query: unknown,
  body: unknown,
): Promise<Caller> {
  const keyOnly = need === 'key:send'
  const sent =
    headerCredential(request) ??
    (keyOnly ? (textField(query, 'api_key') ?? textField(body, 'api_key')) : null)
  if (sent && (keyOnly || !looksLikeToken(sent))) {
    const caller = await callers.byKey(sent)
    if (!caller) throw new Problem('bad_key')
    return caller
  }
  const expiredToo = need === 'session:stale'
  if (sent) {
    const caller = await callers.byToken(sent, { expiredToo })
    if (!caller) throw new Problem('not_signed_in')
    return caller
  }
  const cookie = keyOnly ? null : readCookie(request.headers.get('cookie'), SESSION_COOKIE)
  const caller = cookie ? await callers.byToken(cookie, { expiredToo }) : null
  if (!caller) throw new Problem('not_signed_in')
  refuseForeignOrigin(request)
  return caller
}

async function admit(caller: Caller, need: Need, settings: () => Promise<Settings>): Promise<void> {
  if (caller.status !== 'active') throw new Problem('suspended')
  if (caller.role !== 'admin' && (await settings()).maintenance_mode) {
    throw new Problem('maintenance', undefined, { headers: { 'retry-after': '60' } })
  }
  if (need.startsWith('admin') && caller.role !== 'admin') throw new Problem('forbidden')
  if (!caller.key) return
  const scope = need === 'key:send' ? 'send' : need
  if (!caller.key.scopes.includes(scope)) throw new Problem('scope_missing')
}

/** Three parts with dots between them, as a JWT has and no key. */
function looksLikeToken(text: string): boolean {
  return /^[\w-]*\.[\w-]*\.[\w-]*$/.test(text)
}

function headerCredential(request: Request): string | null {
  const authorization = request.headers.get('authorization')
  const bearer = authorization && /^bearer\s+(\S+)\s*$/i.exec(authorization)?.[1]
  return bearer || request.headers.get('x-api-key')?.trim() || null
}

function textField(container: unknown, name: string): string | null {
  const value = (container as Record<string, unknown> | null | undefined)?.[name]
  return typeof value === 'string' && value !== '' ? value : null
}

export function readCookie(header: string | null, name: string): string | null {
  for (const part of header?.split(';') ?? []) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return null
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * A cookie travels with requests that other sites cause: unsafe verbs and socket upgrades must come from our own
 * page. Plain http in a local network has no Sec-Fetch-Site, so there the Origin's host must be the Host.
 */
export function refuseForeignOrigin(request: Request): void {
  const upgrade = request.headers.get('upgrade')?.toLowerCase() === 'websocket'
  if (SAFE.has(request.method) && !upgrade) return
  const site = request.headers.get('sec-fetch-site')
  if (site === 'same-origin') return
  if (site) throw new Problem('bad_origin')
  const origin = request.headers.get('origin')
  if (!origin || !URL.canParse(origin)) throw new Problem('bad_origin')
  if (new URL(origin).host !== request.headers.get('host')) throw new Problem('bad_origin')
}

/**
 * Without a cookie nothing of a person can be misused, but a page of another site could sign its visitor in to somebody
 * else's account. Programs send neither of these headers.
 */
function refuseForeignForm(request: Request): void {
  if (SAFE.has(request.method)) return
  if (request.headers.has('sec-fetch-site') || request.headers.has('origin')) refuseForeignOrigin(request)
}

export type Guard = ReturnType<typeof guard>
