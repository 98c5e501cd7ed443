// Where a person is signed in, ending that, and changing the password.
import { Elysia, t } from 'elysia'
import { recordActivity } from '../activity/store.ts'
import { Problem } from '../http/problem.ts'
import { body, isUuid, nothing, problem, problems, query, whole } from '../http/shape.ts'
import { changePassword, findUser } from '../users/store.ts'
import { isWeakPassword } from './passwords.ts'
import { confirmPassword } from './reauthentication.ts'
import { endSession, endSessions, listSessions } from './store.ts'
import { type AuthRouteParts, password, sessionCookie } from './view.ts'

export function sessionRoutes(parts: AuthRouteParts) {
  const { sql, guard, callers, passwords, addressOf, https } = parts

  return new Elysia({ name: 'sessions', normalize: false, detail: { tags: ['Sign-in'] } })
    .use(guard)
    .get(
      '/api/auth/sessions',
      async ({ caller }) => {
        const sessions = await listSessions(sql, caller.userId)
        return {
          items: sessions.map(({ created_at, expires_at, ...session }) => ({
            ...session,
            created_at: created_at.toISOString(),
            expires_at: expires_at.toISOString(),
            current: session.id === caller.sessionId,
          })),
        }
      },
      {
        who: 'session',
        response: {
          200: t.Object({
            items: t.Array(
              t.Object({
                id: t.String(),
                created_at: t.String(),
                expires_at: t.String(),
                ip_address: t.Nullable(t.String()),
                user_agent: t.Nullable(t.String()),
                current: t.Boolean({ description: 'The one that asks.' }),
              }),
            ),
          }),
          ...problems,
        },
        detail: { summary: 'Where you are signed in, newest first' },
      },
    )
    .delete(
      '/api/auth/sessions',
      async ({ caller, query, request, set }) => {
        const ended = await sql.begin(async (tx) => {
          const ended = await endSessions(tx, caller.userId, query.all ? null : caller.sessionId)
          await recordActivity(tx, {
            userId: caller.userId,
            userEmail: caller.email,
            action: 'auth.sessions_ended',
            details: { sessions: ended },
            ip: addressOf(request),
          })
          return ended
        })
        callers.forget()
        if (query.all) set.headers['set-cookie'] = sessionCookie(https, '', 0)
        return { ended }
      },
      {
        who: 'session',
        query: query({ all: t.Optional(t.BooleanString({ description: 'This one too.' })) }),
        response: { 200: t.Object({ ended: whole() }), ...problems },
        detail: { summary: 'Sign out everywhere else, or everywhere' },
      },
    )
    .delete(
      '/api/auth/sessions/:id',
      async ({ caller, params, request, set }) => {
        if (!isUuid(params.id)) throw new Problem('session_not_found')
        await sql.begin(async (tx) => {
          if (!(await endSession(tx, caller.userId, params.id))) throw new Problem('session_not_found')
          await recordActivity(tx, {
            userId: caller.userId,
            userEmail: caller.email,
            action: 'auth.session_ended',
            details: { session_id: params.id },
            ip: addressOf(request),
          })
        })
        callers.forget()
        set.status = 204
      },
      {
        who: 'session',
        response: { 204: nothing, 404: problem, ...problems },
        detail: { summary: 'Sign out one browser or program' },
      },
    )
    .put(
      '/api/auth/password',
      async ({ caller, body, request, set }) => {
        const user = await findUser(sql, caller.userId)
        if (!user) throw new Problem('not_signed_in')
        await confirmPassword(parts, user, body.current_password)
        const isSame = body.password === body.current_password
        if (isSame || isWeakPassword(body.password, user.email)) throw new Problem('weak_password')
        const passwordHash = await passwords.hash(body.password)
        await sql.begin(async (tx) => {
          await changePassword(tx, user.id, passwordHash)
          await endSessions(tx, user.id, caller.sessionId)
          await recordActivity(tx, {
            userId: user.id,
            userEmail: user.email,
            action: 'auth.password_changed',
            ip: addressOf(request),
          })
        })
        callers.forget()
        set.status = 204
      },
      {
        who: 'session',
        body: body({ current_password: password, password }),
        response: { 204: nothing, ...problems },
        detail: { summary: 'Change your password', description: 'Ends your other sessions.' },
      },
    )
}
