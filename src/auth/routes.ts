// Setup, registration, sign-in and sign-out.
import { Elysia, t } from 'elysia'
import { recordActivity } from '../activity/store.ts'
import { Problem } from '../http/problem.ts'
import { body, iso, nothing, problem, problems, whole } from '../http/shape.ts'
import type { Settings } from '../settings/store.ts'
import { adminExists, findUser } from '../users/store.ts'
import { countRecoveryCodes, hasSecondFactor } from './second-factor.ts'
import { register, renew, setUp, signIn } from './sign-in.ts'
import { endSession } from './store.ts'
import {
  type AuthRouteParts,
  code,
  email,
  fromOf,
  limitTries,
  password,
  sessionCookie,
  signedIn,
  withCookie,
} from './view.ts'

export interface SignInRouteParts extends AuthRouteParts {
  settings: () => Promise<Settings>
  /** Called when the first admin was made. */
  onSetUp: () => void
  isSetUp: () => boolean
  /** Told of everybody who registered, once that is committed. */
  onRegistered: (user: { id: string; email: string }) => void
}

export function authRoutes(parts: SignInRouteParts) {
  const { sql, guard, callers, settings, addressOf, https, onSetUp, isSetUp, onRegistered } = parts

  return new Elysia({ name: 'auth', normalize: false, detail: { tags: ['Sign-in'] } })
    .use(guard)
    .get('/api/setup', async () => ({ needed: !(await adminExists(sql)) }), {
      who: 'anyone',
      response: { 200: t.Object({ needed: t.Boolean() }) },
      detail: { summary: 'Whether the first admin is still to be made', security: [] },
    })
    .post(
      '/api/setup',
      async ({ body, request, set }) => {
        if (isSetUp()) throw new Problem('already_set_up')
        limitTries(parts, request)
        const made = await setUp(parts, body, fromOf(parts, request))
        onSetUp()
        set.status = 201
        return withCookie(https, set, made)
      },
      {
        who: 'anyone',
        body: body({ token: t.String({ maxLength: 200 }), email, password }),
        response: { 201: signedIn, 409: problem, ...problems },
        detail: { summary: 'Make the first admin with the one-time link', security: [] },
      },
    )
    .post(
      '/api/auth/register',
      async ({ body, request, set }) => {
        limitTries(parts, request)
        if (!(await settings()).enable_registration) throw new Problem('registration_closed')
        const made = await register(parts, body, fromOf(parts, request))
        onRegistered(made.user)
        set.status = 201
        return withCookie(https, set, made)
      },
      {
        who: 'anyone',
        body: body({ email, password }),
        response: { 201: signedIn, 409: problem, ...problems },
        detail: { summary: 'Register', security: [] },
      },
    )
    .post(
      '/api/auth/login',
      async ({ body, request, set }) => {
        limitTries(parts, request)
        const made = await signIn(parts, body, fromOf(parts, request))
        // With a new password the other sessions have ended.
        if (body.new_password !== undefined) callers.forget()
        return withCookie(https, set, made)
      },
      {
        who: 'anyone',
        body: body({ email, password, code: t.Optional(code), new_password: t.Optional(password) }),
        response: { 200: signedIn, ...problems },
        detail: {
          summary: 'Sign in',
          description:
            'With a second factor also `code`, else `code_required`. `new_password` changes the password at once; ' +
            'where it must be changed, `password_change_required` asks for it.',
          security: [],
        },
      },
    )
    .post(
      '/api/auth/refresh',
      async ({ caller, set }) => {
        const { userId: id, email, role, status } = caller
        const renewed = await renew(parts, caller.sessionId as string, { id, email, role, status })
        return withCookie(https, set, renewed, caller.sessionEndsAt ?? undefined)
      },
      {
        who: 'session:stale',
        response: { 200: signedIn, ...problems },
        detail: {
          summary: 'A new token for this session',
          description: 'Also with a token that has expired, as long as its session lives (30 days).',
        },
      },
    )
    .post(
      '/api/auth/logout',
      async ({ caller, request, set }) => {
        await sql.begin(async (tx) => {
          await endSession(tx, caller.userId, caller.sessionId as string)
          const ip = addressOf(request)
          await recordActivity(tx, {
            userId: caller.userId,
            userEmail: caller.email,
            action: 'auth.logout',
            ip,
          })
        })
        callers.forget()
        set.headers['set-cookie'] = sessionCookie(https, '', 0)
        set.status = 204
      },
      { who: 'session', response: { 204: nothing, ...problems }, detail: { summary: 'Sign out here' } },
    )
    .get(
      '/api/auth/me',
      async ({ caller }) => {
        const { default_rate_limit, max_rate_limit, enable_registration } = await settings()
        const row = await findUser(sql, caller.userId)
        return {
          user: {
            id: caller.userId,
            email: caller.email,
            role: caller.role,
            status: caller.status,
            rate_limit: Math.min(caller.rateLimit ?? default_rate_limit, max_rate_limit),
            created_at: iso(row?.created_at ?? null),
            email_verified: Boolean(row?.email_verified_at),
            second_factor: await hasSecondFactor(sql, caller.userId),
            recovery_codes_left: await countRecoveryCodes(sql, caller.userId),
          },
          session_id: caller.sessionId,
          registration_open: enable_registration,
        }
      },
      {
        who: 'session',
        response: {
          200: t.Object({
            user: t.Object({
              id: t.String(),
              email: t.String(),
              role: t.String(),
              status: t.String(),
              rate_limit: whole(),
              created_at: t.Nullable(t.String()),
              email_verified: t.Boolean(),
              second_factor: t.Boolean(),
              recovery_codes_left: whole(),
            }),
            session_id: t.Nullable(t.String()),
            registration_open: t.Boolean(),
          }),
          ...problems,
        },
        detail: { summary: 'Who is signed in' },
      },
    )
}
