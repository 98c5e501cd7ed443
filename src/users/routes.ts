// People, for admins: found, made, changed, and removed for good.
import { Elysia, t } from 'elysia'
import type { ISql, Sql } from 'postgres'
import { recordActivity } from '../activity/store.ts'
import { endSessions } from '../auth/store.ts'
import type { Caller, Callers } from '../http/callers.ts'
import type { Guard } from '../http/guard.ts'
import { type Page, pageQuery, readPage } from '../http/page.ts'
import { Problem } from '../http/problem.ts'
import { body, isUuid, nothing, oneOf, problem, problems, query, whole } from '../http/shape.ts'
import { readSettings } from '../settings/store.ts'
import { changeUser } from './change.ts'
import { countPeople, findPerson, type ListedUser, listPeople } from './list.ts'
import { previewRemoval, removeRows, shutOut } from './removal.ts'
import { createUser, type User } from './store.ts'
import { userShape, viewUser } from './view.ts'

export interface UserRouteParts {
  sql: Sql
  guard: Guard
  callers: Callers
  addressOf: (request: Request) => string | null
  /** Throws `weak_password`. */
  hashPassword: (password: string, email: string) => Promise<string>
  /** A link with which somebody chooses their first password; shown once. */
  makeLink: (tx: ISql, email: string) => Promise<{ link: string; expires_at: string }>
  /** All linked accounts of a person at once. */
  accountsOf: {
    suspend(userId: string): Promise<void>
    resume(userId: string): Promise<void>
    release(userId: string): Promise<void>
  }
  /** Closes the open sockets of a person at once. */
  closeSockets: (userId: string) => void
  /** Somebody is gone, and perhaps what they had outside of the tables is nobody's now. */
  onRemoved: () => void
}

const ROLES = ['user', 'admin'] as const
const STATUSES = ['active', 'suspended'] as const
const rateLimit = t.Nullable(
  whole({
    minimum: 1,
    maximum: 1_000_000,
    description: 'Sends a minute; null: the default of the settings.',
  }),
)
const answers = { 404: problem, 409: problem, ...problems }
/** Unlinking at WhatsApp takes its time: longer than an idle request may live. */
const REMOVAL_S = 120
/** No argon2id hash reads like this: nobody can sign in with a password before the link was used. */
const NO_PASSWORD = 'none'

export function userRoutes(parts: UserRouteParts) {
  const { sql, guard, callers, addressOf, hashPassword, makeLink } = parts
  const { accountsOf, closeSockets, onRemoved } = parts

  const note = (
    tx: ISql,
    caller: Caller,
    request: Request,
    action: string,
    details: Record<string, string>,
  ) => {
    const { userId, email: userEmail } = caller
    return recordActivity(tx, { userId, userEmail, action, details, ip: addressOf(request) })
  }

  return new Elysia({ name: 'users', normalize: false, detail: { tags: ['People'] } })
    .use(guard)
    .get(
      '/api/users',
      async ({ query }) => {
        const { q, role, status } = query
        const read = (page: Page) => listPeople(sql, { q, role, status }, page)
        const { rows, next } = await readPage(query, ({ id }) => id, read)
        return { items: rows.map(viewUser), next, counts: await countPeople(sql) }
      },
      {
        who: 'admin',
        query: query({
          q: t.Optional(t.String({ minLength: 1, maxLength: 254, description: 'Part of the address.' })),
          role: t.Optional(oneOf(ROLES)),
          status: t.Optional(oneOf(STATUSES)),
          ...pageQuery(),
        }),
        response: {
          200: t.Object({
            items: t.Array(userShape),
            next: t.Nullable(t.String()),
            counts: t.Object(
              { all: whole(), active: whole(), suspended: whole(), admins: whole() },
              { description: 'Of everybody, whatever is searched for.' },
            ),
          }),
          400: problem,
          ...problems,
        },
        detail: { summary: 'Everybody, newest first' },
      },
    )
    .post(
      '/api/users',
      async ({ caller, body, request, set }) => {
        const { email, role = 'user', password } = body
        const passwordHash = password === undefined ? NO_PASSWORD : await hashPassword(password, email)
        const made = await sql.begin(async (tx) => {
          const user = await createUser(tx, { email, passwordHash, role })
          if (!user) throw new Problem('email_taken')
          await changeUser(tx, user.id, await allowedChange(tx, { rate_limit: body.rate_limit }))
          await note(tx, caller, request, 'user.created', { user_id: user.id, email: user.email, role })
          const link = password === undefined ? await makeLink(tx, user.email) : null
          return { user: await mustFind(tx, user.id), link }
        })
        set.status = 201
        return {
          ...viewUser(made.user),
          link: made.link?.link ?? null,
          link_expires_at: made.link?.expires_at ?? null,
        }
      },
      {
        who: 'admin:session',
        body: body({
          email: t.String({ format: 'email', maxLength: 254, error: 'is not an email address' }),
          password: t.Optional(
            t.String({
              minLength: 1,
              maxLength: 1_000,
              description: 'Absent: the answer holds a one-time link with which they choose one.',
            }),
          ),
          role: t.Optional(oneOf(ROLES)),
          rate_limit: t.Optional(rateLimit),
        }),
        response: {
          201: t.Object({
            ...userShape.properties,
            link: t.Nullable(t.String({ description: 'In this answer and never again.' })),
            link_expires_at: t.Nullable(t.String()),
          }),
          409: problem,
          ...problems,
        },
        detail: { summary: 'Make somebody' },
      },
    )
    .get('/api/users/:id', async ({ params }) => viewUser(await mustFind(sql, readId(params.id))), {
      who: 'admin',
      response: { 200: userShape, ...answers },
      detail: { summary: 'One person' },
    })
    .patch(
      '/api/users/:id',
      async ({ caller, params, body, request }) => {
        const userId = readId(params.id)
        // A key that made its owner's friend an admin would be more than it was given.
        if (body.role && caller.key) throw new Problem('scope_missing')
        const { before, after, user } = await sql.begin(async (tx) => {
          const change = await allowedChange(tx, body)
          const { before, after } = await changeUser(tx, userId, change)
          // Whoever is let in again signs in again.
          if (isSuspended(before, after)) await endSessions(tx, userId)
          for (const [action, details] of actsOf(before, after)) {
            await note(tx, caller, request, action, { user_id: userId, email: after.email, ...details })
          }
          return { before, after, user: await mustFind(tx, userId) }
        })
        callers.forget()
        if (before.role !== after.role || before.status !== after.status) closeSockets(userId)
        // Not awaited: each browser may take seconds to end; the account's own state tells.
        if (isSuspended(before, after)) void accountsOf.suspend(userId)
        if (before.status === 'suspended' && after.status === 'active') void accountsOf.resume(userId)
        return viewUser(user)
      },
      {
        who: 'admin',
        body: body({
          role: t.Optional(oneOf(ROLES)),
          status: t.Optional(oneOf(STATUSES)),
          rate_limit: t.Optional(rateLimit),
        }),
        response: { 200: userShape, ...answers },
        detail: {
          summary: 'Suspend or activate somebody, change their role or limit',
          description: 'Acts at once: on sessions, keys, open sockets and linked accounts.',
        },
      },
    )
    .get(
      '/api/users/:id/deletion',
      async ({ params }) => {
        const { id: userId, email } = await mustFind(sql, readId(params.id))
        return { user_id: userId, email, confirm: email, ...(await previewRemoval(sql, userId)) }
      },
      {
        who: 'admin',
        response: {
          200: t.Object({
            user_id: t.String(),
            email: t.String(),
            confirm: t.String({ description: 'What DELETE wants as `confirm`.' }),
            accounts: whole({ description: 'Are logged out and removed with their profiles.' }),
            linked_accounts: whole(),
            messages: whole({ description: 'Are removed, with their files and events.' }),
            files: whole(),
            keys: whole({ description: 'Stop working.' }),
            webhooks: whole(),
            sessions: whole({ description: 'End.' }),
            activity: whole({ description: 'Stay in the log, with the address and without the person.' }),
          }),
          ...answers,
        },
        detail: { summary: 'What removing somebody will remove' },
      },
    )
    .delete(
      '/api/users/:id',
      async ({ caller, params, body, request, server, set }) => {
        const userId = readId(params.id)
        server?.timeout(request, REMOVAL_S)
        await sql.begin(async (tx) => {
          const user = await shutOut(tx, userId)
          if (body.confirm.toLowerCase() !== user.email) throw new Problem('not_confirmed')
          await note(tx, caller, request, 'user.removed', { user_id: userId, email: user.email })
        })
        callers.forget()
        closeSockets(userId)
        await accountsOf.release(userId)
        await removeRows(sql, userId)
        callers.forget()
        onRemoved()
        set.status = 204
      },
      {
        who: 'admin:session',
        body: body({ confirm: t.String({ maxLength: 254, description: 'The address of the person.' }) }),
        response: { 204: nothing, ...answers },
        detail: {
          summary: 'Remove somebody for good',
          description: 'Their accounts are logged out first. Ended in the middle, ask again: it goes on.',
        },
      },
    )
}

/** Refuses a limit above the ceiling of the settings. */
async function allowedChange<T extends { rate_limit?: number | null | undefined }>(
  tx: ISql,
  { rate_limit, ...change }: T,
) {
  if (rate_limit === undefined) return change
  const { max_rate_limit } = await readSettings(tx)
  if (rate_limit !== null && rate_limit > max_rate_limit) {
    throw new Problem('invalid_request', `rate_limit: must not be above max_rate_limit (${max_rate_limit})`)
  }
  return { ...change, rate_limit }
}

function isSuspended(before: User, after: User): boolean {
  return before.status === 'active' && after.status === 'suspended'
}

/** What the activity log says of a change; nothing of what stayed as it was. */
function actsOf(before: User, after: User): [action: string, details: Record<string, string>][] {
  const acts: [string, Record<string, string>][] = []
  if (before.status !== after.status) {
    acts.push([after.status === 'suspended' ? 'user.suspended' : 'user.activated', {}])
  }
  if (before.role !== after.role) acts.push(['user.role_changed', { role: after.role }])
  if (before.rate_limit !== after.rate_limit) {
    acts.push(['user.rate_limit_changed', { rate_limit: String(after.rate_limit ?? 'default') }])
  }
  return acts
}

function readId(text: string): string {
  if (!isUuid(text)) throw new Problem('user_not_found')
  return text
}

async function mustFind(sql: ISql, userId: string): Promise<ListedUser> {
  const user = await findPerson(sql, userId)
  if (!user) throw new Problem('user_not_found')
  return user
}
