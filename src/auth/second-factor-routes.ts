// Switching the second factor on and off, and new recovery codes. All of it needs the current password.
import { Elysia, t } from 'elysia'
import type { ISql } from 'postgres'
import { recordActivity } from '../activity/store.ts'
import type { Caller } from '../http/callers.ts'
import { Problem } from '../http/problem.ts'
import { body, nothing, problem, problems } from '../http/shape.ts'
import { findUser } from '../users/store.ts'
import { confirmPassword } from './reauthentication.ts'
import {
  confirmSecondFactor,
  endSecondFactor,
  hasSecondFactor,
  replaceRecoveryCodes,
  startSecondFactor,
  takeCode,
} from './second-factor.ts'
import { type AuthRouteParts, code, password } from './view.ts'

const codes = t.Object({ recovery_codes: t.Array(t.String()) })

export function secondFactorRoutes(parts: AuthRouteParts) {
  const { sql, guard, vault, delays, addressOf } = parts

  async function confirm(caller: Caller, currentPassword: string): Promise<void> {
    const user = await findUser(sql, caller.userId)
    if (!user) throw new Problem('not_signed_in')
    await confirmPassword(parts, user, currentPassword)
  }
  const record = (tx: ISql, caller: Caller, request: Request, action: string) =>
    recordActivity(tx, {
      userId: caller.userId,
      userEmail: caller.email,
      action,
      ip: addressOf(request),
    })

  return new Elysia({ name: 'second-factor', normalize: false, detail: { tags: ['Sign-in'] } })
    .use(guard)
    .post(
      '/api/auth/second-factor',
      async ({ caller, body, set }) => {
        await confirm(caller, body.password)
        set.status = 201
        return await startSecondFactor({ sql, vault }, caller)
      },
      {
        who: 'session',
        body: body({ password }),
        response: { 201: t.Object({ secret: t.String(), uri: t.String() }), 409: problem, ...problems },
        detail: {
          summary: 'Begin with a second factor',
          description:
            'Show `uri` as a QR code to an authenticator app. It is not asked for until PUT was given a code of it.',
        },
      },
    )
    .put(
      '/api/auth/second-factor',
      async ({ caller, body, request }) => {
        const attempt = delays.begin({ account: `code ${caller.userId}`, address: null })
        const recovery_codes = await sql.begin(async (tx) => {
          const made = await confirmSecondFactor({ sql: tx, vault }, { userId: caller.userId, ...body })
          await record(tx, caller, request, 'auth.second_factor_on')
          return made
        })
        attempt.right()
        return { recovery_codes }
      },
      {
        who: 'session',
        body: body({ code }),
        response: { 200: codes, 409: problem, ...problems },
        detail: {
          summary: 'Switch the second factor on with its first code',
          description: 'The recovery codes are in this answer and never again; each works once.',
        },
      },
    )
    .delete(
      '/api/auth/second-factor',
      async ({ caller, body, request, set }) => {
        await confirm(caller, body.password)
        const attempt = delays.begin({ account: `code ${caller.userId}`, address: null })
        await sql.begin(async (tx) => {
          await takeCode({ sql: tx, vault }, { userId: caller.userId, code: body.code })
          await endSecondFactor(tx, caller.userId)
          await record(tx, caller, request, 'auth.second_factor_off')
        })
        attempt.right()
        set.status = 204
      },
      {
        who: 'session',
        body: body({ password, code }),
        response: { 204: nothing, 409: problem, ...problems },
        detail: { summary: 'Switch the second factor off' },
      },
    )
    .post(
      '/api/auth/second-factor/recovery-codes',
      async ({ caller, body, request, set }) => {
        await confirm(caller, body.password)
        const recovery_codes = await sql.begin(async (tx) => {
          if (!(await hasSecondFactor(tx, caller.userId))) throw new Problem('second_factor_off')
          await record(tx, caller, request, 'auth.recovery_codes_replaced')
          return replaceRecoveryCodes(tx, caller.userId)
        })
        set.status = 201
        return { recovery_codes }
      },
      {
        who: 'session',
        body: body({ password }),
        response: { 201: codes, 409: problem, ...problems },
        detail: { summary: 'New recovery codes; those before do nothing any more' },
      },
    )
}
