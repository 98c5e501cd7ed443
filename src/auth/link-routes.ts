// One-time links: forgotten passwords, addresses to verify, and links that an admin hands out.
import { Elysia, t } from 'elysia'
import { recordActivity } from '../activity/store.ts'
import { Problem } from '../http/problem.ts'
import { body, isUuid, nothing, problem, problems } from '../http/shape.ts'
import type { Mailer } from '../mail.ts'
import { findUser } from '../users/store.ts'
import type { Links } from './links.ts'
import { createOneTimeToken } from './one-time-token.ts'
import { requestPasswordReset, resetPassword } from './password-reset.ts'
import { requestVerification, verifyByToken } from './verification.ts'
import { type AuthRouteParts, email, limitTries, oneTimeToken, password } from './view.ts'

export interface LinkRouteParts extends AuthRouteParts {
  mailer: Mailer
  links: Links
}

/** Mails an hour to one address, so that nobody fills somebody's mailbox through us. */
const MAILS_PER_HOUR = 5
const HOUR_MS = 3_600_000

export function linkRoutes(parts: LinkRouteParts) {
  const { sql, guard, callers, limiter, addressOf, links } = parts
  const limitMails = (address: string) => {
    limiter.take('mail', address.toLowerCase(), MAILS_PER_HOUR, HOUR_MS)
  }

  return new Elysia({ name: 'links', normalize: false, detail: { tags: ['Sign-in'] } })
    .use(guard)
    .post(
      '/api/auth/password-resets',
      async ({ body, request, set }) => {
        limitTries(parts, request)
        limitMails(body.email)
        await requestPasswordReset(parts, { email: body.email, ip: addressOf(request) })
        set.status = 202
        return { status: 'requested' }
      },
      {
        who: 'anyone',
        body: body({ email }),
        response: { 202: t.Object({ status: t.String() }), ...problems },
        detail: {
          summary: 'Ask for a link to choose a new password',
          description: 'The answer is the same whether somebody has this address or not.',
          security: [],
        },
      },
    )
    .put(
      '/api/auth/password-resets',
      async ({ body, request, set }) => {
        limitTries(parts, request)
        await resetPassword(parts, { ...body, ip: addressOf(request) })
        callers.forget()
        set.status = 204
      },
      {
        who: 'anyone',
        body: body({ token: oneTimeToken, password }),
        response: { 204: nothing, ...problems },
        detail: {
          summary: 'Choose a new password with the token of a link',
          description: 'Ends every session. The token works once, for 30 minutes.',
          security: [],
        },
      },
    )
    .post(
      '/api/users/:id/password-reset',
      async ({ caller, params, body, request, set }) => {
        const user = isUuid(params.id) ? await findUser(sql, params.id) : null
        if (!user) throw new Problem('user_not_found')
        const endsSecondFactor = body?.ends_second_factor ?? false
        const made = await sql.begin(async (tx) => {
          const made = await createOneTimeToken(tx, {
            purpose: 'password_reset',
            email: user.email,
            endsSecondFactor,
          })
          if (!made) throw new Problem('user_suspended')
          await recordActivity(tx, {
            userId: caller.userId,
            userEmail: caller.email,
            action: 'user.password_reset_link',
            details: { user_id: user.id, ends_second_factor: endsSecondFactor },
            ip: addressOf(request),
          })
          return made
        })
        set.status = 201
        return { link: links.passwordReset(made.token), expires_at: made.expiresAt.toISOString() }
      },
      {
        who: 'admin:session',
        body: t.Optional(t.Nullable(body({ ends_second_factor: t.Optional(t.Boolean()) }))),
        response: {
          201: t.Object({ link: t.String(), expires_at: t.String() }),
          404: problem,
          409: problem,
          ...problems,
        },
        detail: {
          summary: 'Make a one-time link with which somebody chooses a new password',
          description: 'The link is in this answer and never again. It works for 30 minutes.',
          tags: ['People'],
        },
      },
    )
    .post(
      '/api/auth/verifications',
      async ({ caller, set }) => {
        limitMails(caller.email)
        const user = await findUser(sql, caller.userId)
        if (user?.email_verified_at) throw new Problem('already_verified')
        await requestVerification(parts, caller.email)
        set.status = 202
        return { status: 'requested' }
      },
      {
        who: 'session',
        response: { 202: t.Object({ status: t.String() }), 409: problem, ...problems },
        detail: { summary: 'Have a link mailed that shows that your address is yours' },
      },
    )
    .put(
      '/api/auth/verifications',
      async ({ body, request }) => {
        limitTries(parts, request)
        return await verifyByToken(parts, { ...body, ip: addressOf(request) })
      },
      {
        who: 'anyone',
        body: body({ token: oneTimeToken }),
        response: { 200: t.Object({ email: t.String() }), ...problems },
        detail: { summary: 'Verify an address with the token of a link', security: [] },
      },
    )
}
