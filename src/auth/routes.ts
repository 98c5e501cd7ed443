// Setup, registration, sign-in and sign-out.
import { Elysia, t } from 'elysia'
import { recordActivity } from '../activity/store.ts'
import type { Callers } from '../http/callers.ts'
import { type Guard, SESSION_COOKIE } from '../http/guard.ts'
import type { Limiter } from '../http/limit.ts'
import { Problem } from '../http/problem.ts'
import { body, problem, problems } from '../http/shape.ts'
import type { Settings } from '../settings/store.ts'
import { adminExists } from '../users/store.ts'
import { type From, register, renew, type SignedIn, type SignInParts, setUp, signIn } from './sign-in.ts'
import { endSession } from './store.ts'

export interface AuthRouteParts extends SignInParts {
  guard: Guard
  callers: Callers
  limiter: Limiter
  settings: () => Promise<Settings>
  addressOf: (request: Request) => string | null
  https: boolean
  /** Called when the first admin was made. */
  onSetUp: () => void
  isSetUp: () => boolean
}

const email = t.String({ format: 'email', maxLength: 254, error: 'is not an email address' })
const password = t.String({ minLength: 1, maxLength: 1_000 })
const user = t.Object({ id: t.String(), email: t.String(), role: t.String(), status: t.String() })
const signedIn = t.Object({ token: t.String(), expires_at: t.String(), user })

/** Tries a minute from one address, and for one email address from anywhere. */
const TRIES = { perAddress: 30, perEmail: 10 }
const MINUTE_MS = 60_000

export function authRoutes(parts: AuthRouteParts) {
  const { sql, guard, callers, limiter, settings, addressOf, https, onSetUp, isSetUp } = parts

  const from = (request: Request): From => ({
    ip: addressOf(request),
    userAgent: request.headers.get('user-agent'),
  })
  const limitTries = (request: Request, address: string | null) => {
    limiter.take('sign-in', addressOf(request) ?? 'unknown', TRIES.perAddress, MINUTE_MS)
    if (address) limiter.take('sign-in-email', address.toLowerCase(), TRIES.perEmail, MINUTE_MS)
  }
  const cookie = (value: string, maxAge: number) =>
    `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAge}${https ? '; Secure' : ''}`
  const withCookie = (set: { headers: Record<string, unknown> }, signedIn: SignedIn) => {
    const maxAge = Math.floor((Date.parse(signedIn.expires_at) - Date.now()) / 1000)
    set.headers['set-cookie'] = cookie(signedIn.token, maxAge)
    return signedIn
  }

  return new Elysia({ name: 'auth', normalize: false, detail: { tags: ['Sign-in'] } })
    .use(guard)
    .get('/api/setup', async () => ({ needed: !(await adminExists(sql)) }), {
      response: { 200: t.Object({ needed: t.Boolean() }) },
      detail: { summary: 'Whether the first admin is still to be made', security: [] },
    })
    .post(
      '/api/setup',
      async ({ body, request, set }) => {
        if (isSetUp()) throw new Problem('already_set_up')
        limitTries(request, null)
        const made = await setUp(parts, body, from(request))
        onSetUp()
        set.status = 201
        return withCookie(set, made)
      },
      {
        body: body({ token: t.String({ maxLength: 200 }), email, password }),
        response: { 201: signedIn, 409: problem, ...problems },
        detail: { summary: 'Make the first admin with the one-time link', security: [] },
      },
    )
    .post(
      '/api/auth/register',
      async ({ body, request, set }) => {
        limitTries(request, null)
        if (!(await settings()).enable_registration) throw new Problem('registration_closed')
        set.status = 201
        return withCookie(set, await register(parts, body, from(request)))
      },
      {
        body: body({ email, password }),
        response: { 201: signedIn, 409: problem, ...problems },
        detail: { summary: 'Register', security: [] },
      },
    )
    .post(
      '/api/auth/login',
      async ({ body, request, set }) => {
        limitTries(request, body.email)
        return withCookie(set, await signIn(parts, body, from(request)))
      },
      {
        body: body({ email, password, code: t.Optional(t.String({ maxLength: 20 })) }),
        response: { 200: signedIn, ...problems },
        detail: { summary: 'Sign in', security: [] },
      },
    )
    .post(
      '/api/auth/refresh',
      async ({ caller, set }) => {
        const { userId: id, email, role, status } = caller
        return withCookie(set, await renew(parts, caller.sessionId as string, { id, email, role, status }))
      },
      {
        who: 'session',
        response: { 200: signedIn, ...problems },
        detail: { summary: 'A new token for this session' },
      },
    )
    .post(
      '/api/auth/logout',
      async ({ caller, request, set }) => {
        await sql.begin(async (tx) => {
          await endSession(tx, caller.sessionId as string)
          const ip = addressOf(request)
          await recordActivity(tx, {
            userId: caller.userId,
            userEmail: caller.email,
            action: 'auth.logout',
            ip,
          })
        })
        callers.forget()
        set.headers['set-cookie'] = cookie('', 0)
        set.status = 204
      },
      { who: 'session', detail: { summary: 'Sign out here' } },
    )
    .get(
      '/api/auth/me',
      async ({ caller }) => {
        const { default_rate_limit, max_rate_limit, enable_registration } = await settings()
        return {
          user: {
            id: caller.userId,
            email: caller.email,
            role: caller.role,
            status: caller.status,
            rate_limit: Math.min(caller.rateLimit ?? default_rate_limit, max_rate_limit),
          },
          registration_open: enable_registration,
        }
      },
      { who: 'session', detail: { summary: 'Who is signed in' } },
    )
}
