// What the routes about signing in share: shapes, the cookie, and who is trying.
import { t } from 'elysia'
import type { Sql } from 'postgres'
import type { Callers } from '../http/callers.ts'
import { type Guard, SESSION_COOKIE } from '../http/guard.ts'
import type { Limiter } from '../http/limit.ts'
import type { From, SignedIn, SignInParts } from './sign-in.ts'
import { SESSION_MS } from './store.ts'

export interface AuthRouteParts extends SignInParts {
  sql: Sql
  guard: Guard
  callers: Callers
  limiter: Limiter
  addressOf: (request: Request) => string | null
  https: boolean
}

export const email = t.String({ format: 'email', maxLength: 254, error: 'is not an email address' })
export const password = t.String({ minLength: 1, maxLength: 1_000 })
/** Of the app, or a recovery code, which is longer. */
export const code = t.String({ minLength: 6, maxLength: 40 })
export const oneTimeToken = t.String({ minLength: 1, maxLength: 200 })

const user = t.Object({ id: t.String(), email: t.String(), role: t.String(), status: t.String() })
export const signedIn = t.Object({ token: t.String(), expires_at: t.String(), user })

export function fromOf({ addressOf }: Pick<AuthRouteParts, 'addressOf'>, request: Request): From {
  return { ip: addressOf(request), userAgent: request.headers.get('user-agent') }
}

/** From one address. Wrong ones wait besides (`delays.ts`), there and for each account. */
const TRIES_PER_MINUTE = 30
const MINUTE_MS = 60_000

/** For everything that strangers may ask: guessing, and having mails sent. */
export function limitTries(
  { limiter, addressOf }: Pick<AuthRouteParts, 'limiter' | 'addressOf'>,
  request: Request,
): void {
  limiter.takeFrom('sign-in', addressOf(request), TRIES_PER_MINUTE, MINUTE_MS)
}

/** Nothing but the sign-in itself sets it: scripts of the page cannot read it, other sites cannot send it. */
export function sessionCookie(https: boolean, value: string, maxAgeS: number): string {
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeS}${https ? '; Secure' : ''}`
}

/**
 * The cookie lives as long as the session, the token in it for hours: a browser that comes back after a night renews it
 * (`POST /api/auth/refresh` takes an expired one while the session lives). `sessionEndsAt`: of a new session unless given.
 */
export function withCookie(
  https: boolean,
  set: { headers: Record<string, unknown> },
  answer: SignedIn,
  sessionEndsAt = new Date(Date.now() + SESSION_MS),
): SignedIn {
  const maxAgeS = Math.floor((sessionEndsAt.getTime() - Date.now()) / 1000)
  set.headers['set-cookie'] = sessionCookie(https, answer.token, maxAgeS)
  return answer
}
