// What the routes about signing in share: shapes, the cookie, and who is trying.
import { t } from 'elysia'
import type { Sql } from 'postgres'
import type { Callers } from '../http/callers.ts'
import { type Guard, SESSION_COOKIE } from '../http/guard.ts'
import type { Limiter } from '../http/limit.ts'
import type { From, SignedIn, SignInParts } from './sign-in.ts'

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

/** Tries a minute from one address, and for one email address from anywhere. */
const TRIES = { perAddress: 30, perEmail: 10 }
const MINUTE_MS = 60_000

/** For everything that strangers may ask: guessing, and having mails sent. */
export function limitTries(
  { limiter, addressOf }: Pick<AuthRouteParts, 'limiter' | 'addressOf'>,
  request: Request,
  emailAddress: string | null = null,
): void {
  limiter.take('sign-in', addressOf(request) ?? 'unknown', TRIES.perAddress, MINUTE_MS)
  if (emailAddress) limiter.take('sign-in-email', emailAddress.toLowerCase(), TRIES.perEmail, MINUTE_MS)
}

/** Nothing but the sign-in itself sets it: scripts of the page cannot read it, other sites cannot send it. */
export function sessionCookie(https: boolean, value: string, maxAgeS: number): string {
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeS}${https ? '; Secure' : ''}`
}

export function withCookie(
  https: boolean,
  set: { headers: Record<string, unknown> },
  answer: SignedIn,
): SignedIn {
  const maxAgeS = Math.floor((Date.parse(answer.expires_at) - Date.now()) / 1000)
  set.headers['set-cookie'] = sessionCookie(https, answer.token, maxAgeS)
  return answer
}
