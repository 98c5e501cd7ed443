// Invitations: made, listed and revoked by admins, accepted by whoever holds the link.
import { Elysia, t } from 'elysia'
import { type Page, pageQuery, readPage } from '../http/page.ts'
import { Problem } from '../http/problem.ts'
import { body, isUuid, nothing, oneOf, problem, problems, query } from '../http/shape.ts'
import {
  acceptInvitation,
  type Invitation,
  invitationMail,
  invite,
  listInvitations,
  revokeInvitation,
} from './invitation.ts'
import type { LinkRouteParts } from './link-routes.ts'
import { email, fromOf, limitTries, oneTimeToken, password, signedIn, withCookie } from './view.ts'

const shape = {
  id: t.String(),
  email: t.String(),
  role: t.String(),
  invited_by: t.Nullable(t.String()),
  created_at: t.String(),
  expires_at: t.String(),
}

export function invitationRoutes(parts: LinkRouteParts) {
  const { sql, guard, mailer, links, addressOf, https } = parts

  return new Elysia({ name: 'invitations', normalize: false, detail: { tags: ['People'] } })
    .use(guard)
    .get(
      '/api/invitations',
      async ({ query }) => {
        const read = (page: Page) => listInvitations(sql, page)
        const { rows, next } = await readPage(query, ({ id }) => id, read)
        return { items: rows.map(view), next }
      },
      {
        who: 'admin',
        query: query(pageQuery()),
        response: {
          200: t.Object({ items: t.Array(t.Object(shape)), next: t.Nullable(t.String()) }),
          ...problems,
        },
        detail: { summary: 'Invitations that are still open, newest first' },
      },
    )
    .post(
      '/api/invitations',
      async ({ caller, body, request, set }) => {
        const { role = 'user', mail = mailer.leaves } = body
        const by = { id: caller.userId, email: caller.email }
        const { invitation, token } = await invite(sql, {
          email: body.email,
          role,
          by,
          ip: addressOf(request),
        })
        const link = links.invitation(token)
        if (mail) mailer.send(invitationMail(invitation, link))
        set.status = 201
        return { ...view(invitation), mailed: mail, link: mail ? null : link }
      },
      {
        who: 'admin:session',
        body: body({
          email,
          role: t.Optional(oneOf(['user', 'admin'])),
          mail: t.Optional(t.Boolean({ description: 'Default: whether there is a mail server.' })),
        }),
        response: {
          201: t.Object({ ...shape, mailed: t.Boolean(), link: t.Nullable(t.String()) }),
          409: problem,
          ...problems,
        },
        detail: {
          summary: 'Invite somebody',
          description:
            'The link is mailed, or stands in this answer and never again. It works once, for seven days, also while ' +
            'registration is closed. A new invitation to the same address ends the one before.',
        },
      },
    )
    .delete(
      '/api/invitations/:id',
      async ({ caller, params, request, set }) => {
        if (!isUuid(params.id)) throw new Problem('invitation_not_found')
        const by = { id: caller.userId, email: caller.email }
        await revokeInvitation(sql, params.id, { by, ip: addressOf(request) })
        set.status = 204
      },
      {
        who: 'admin:session',
        response: { 204: nothing, 404: problem, ...problems },
        detail: { summary: 'Revoke an invitation' },
      },
    )
    .post(
      '/api/invitations/acceptance',
      async ({ body, request, set }) => {
        limitTries(parts, request)
        const made = await acceptInvitation(parts, body, fromOf(parts, request))
        set.status = 201
        return withCookie(https, set, made)
      },
      {
        who: 'anyone',
        body: body({ token: oneTimeToken, password }),
        response: { 201: signedIn, 409: problem, ...problems },
        detail: { summary: 'Accept an invitation: choose a password and be signed in', security: [] },
      },
    )
}

function view({ created_at, expires_at, ...invitation }: Invitation) {
  return { ...invitation, created_at: created_at.toISOString(), expires_at: expires_at.toISOString() }
}
