// Who may call a route: one word at the route says it, and the handler gets the caller.
import { Elysia } from 'elysia'
import type { Scope } from '../rules/api-key.ts'
import type { Settings } from '../settings/store.ts'
import type { Caller, Callers } from './callers.ts'
import type { Limiter } from './limit.ts'
import { Problem } from './problem.ts'

/**
 * `session`: a signed-in person. `admin`: a signed-in admin. A scope: a signed-in person, or an API key with it.
 * `key:send`: an API key only, also as `?api_key=`; no cookie counts.
 */
export type Need = 'session' | 'admin' | Scope | 'key:send'

export const SESSION_COOKIE = 'botwave_session'

/** Calls a second that are not sends, for one person. */
const CALLS_PER_SECOND = 50

export interface GuardParts {
  callers: Callers
  limiter: Limiter
  settings: () => Promise<Settings>
}

/** The macro `who`. Identifies before validation, so that a stranger learns nothing but 401. */
export function guard({ callers, limiter, settings }: GuardParts) {
  const found = new WeakMap<Request, Caller>()

  return new Elysia({ name: 'guard' }).macro({
    who: (need: Need) => ({
      transform: async ({ request, query, body }) => {
        const caller = await identify(callers, request, need, query, body)
        await admit(caller, need, settings)
        if (need !== 'send' && need !== 'key:send') {
          limiter.take('calls', caller.userId, CALLS_PER_SECOND, 1_000)
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
  if (sent?.startsWith('bw_')) {
    const caller = await callers.byKey(sent)
    if (!caller) throw new Problem('bad_key')
    return caller
  }
  if (sent) {
    const caller = keyOnly ? null : await callers.byToken(sent)
    if (!caller) throw new Problem(keyOnly ? 'bad_key' : 'not_signed_in')
    return caller
  }
  const cookie = keyOnly ? null : readCookie(request.headers.get('cookie'), SESSION_COOKIE)
  const caller = cookie ? await callers.byToken(cookie) : null
  if (!caller) throw new Problem('not_signed_in')
  refuseForeignOrigin(request)
  return caller
}

async function admit(caller: Caller, need: Need, settings: () => Promise<Settings>): Promise<void> {
  if (caller.status !== 'active') throw new Problem('suspended')
  if (caller.role !== 'admin' && (await settings()).maintenance_mode) {
    throw new Problem('maintenance', undefined, { headers: { 'retry-after': '60' } })
  }
  if (need === 'admin' && caller.role !== 'admin') throw new Problem('forbidden')
  if (!caller.key) return
  const scope = need === 'key:send' ? 'send' : need
  if (!caller.key.scopes.includes(scope)) throw new Problem('scope_missing')
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

export type Guard = ReturnType<typeof guard>
