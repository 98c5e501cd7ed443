// Mounts every feature; its type is what the dashboard's client is made from.
import { Elysia, t } from 'elysia'
import type { Sql } from 'postgres'
import { accountAdminRoutes, type Overseer } from './accounts/admin-routes.ts'
import { connectionRoutes } from './accounts/connection-routes.ts'
import { accountRoutes, type Linker } from './accounts/routes.ts'
import { activityRoutes } from './activity/routes.ts'
import { analyticsRoutes } from './analytics/routes.ts'
import type { Delays } from './auth/delays.ts'
import { invitationRoutes } from './auth/invitation-routes.ts'
import { linkRoutes } from './auth/link-routes.ts'
import type { Links } from './auth/links.ts'
import { createOneTimeToken } from './auth/one-time-token.ts'
import { isWeakPassword, type Passwords } from './auth/passwords.ts'
import { authRoutes } from './auth/routes.ts'
import { secondFactorRoutes } from './auth/second-factor-routes.ts'
import { sessionRoutes } from './auth/session-routes.ts'
import type { Tokens } from './auth/tokens.ts'
import { refuseInCloudShape } from './cloud/refuse.ts'
import { cloudRoutes } from './cloud/routes.ts'
import { templateRoutes } from './cloud/template-routes.ts'
import type { AsPerson } from './database/tenancy.ts'
import type { Hub } from './events/hub.ts'
import { liveRoutes } from './events/live.ts'
import { eventRoutes } from './events/routes.ts'
import { fileRoutes } from './files/routes.ts'
import type { Shelf } from './files/shelf.ts'
import type { FileSource } from './files/store.ts'
import type { Callers } from './http/callers.ts'
import { openApi } from './http/document.ts'
import { guard as createGuard } from './http/guard.ts'
import type { KeyRequests } from './http/key-requests.ts'
import type { Limiter } from './http/limit.ts'
import { Problem } from './http/problem.ts'
import type { SendLimiter } from './http/send-limit.ts'
import { http } from './http/server.ts'
import { keyRoutes } from './keys/routes.ts'
import type { KeyUse } from './keys/use.ts'
import type { Log } from './log.ts'
import type { Mailer } from './mail.ts'
import type { AskAccount } from './messages/at-once.ts'
import { doAtOnce } from './messages/at-once.ts'
import { backlogRoutes } from './messages/backlog-routes.ts'
import { changeRoutes } from './messages/change-routes.ts'
import { oneLineRoutes } from './messages/one-line-routes.ts'
import type { Waiting } from './messages/outbox.ts'
import { messageRoutes } from './messages/routes.ts'
import { createSend, sendRoutes } from './messages/send-routes.ts'
import { cancelWaiting } from './messages/store.ts'
import { type Metrics, metricsRoutes } from './metrics/routes.ts'
import { numberRoutes } from './numbers/routes.ts'
import type { Outbound } from './outbound.ts'
import { settingsRoutes } from './settings/routes.ts'
import type { Settings } from './settings/store.ts'
import { type UserRouteParts, userRoutes } from './users/routes.ts'
import type { Vault } from './vault.ts'
import { deliveryRoutes } from './webhooks/delivery-routes.ts'
import type { Lanes } from './webhooks/lanes.ts'
import { webhookRoutes } from './webhooks/routes.ts'

export interface ApiParts extends Pick<UserRouteParts, 'accountsOf' | 'closeSockets' | 'onRemoved'> {
  /** Sees everybody's rows: for sign-in and admins. */
  sql: Sql
  /** Sees one person's rows: for everything else. */
  asPerson: AsPerson
  shelf: Shelf
  files: FileSource
  maxFileBytes: number
  askAccount: AskAccount
  log: Log
  hub: Hub
  tokens: Tokens
  passwords: Passwords
  delays: Delays
  vault: Vault
  outbound: Outbound
  webhookLanes: Lanes
  mailer: Mailer
  links: Links
  onRegistered: (user: { id: string; email: string }) => void
  callers: Callers
  limiter: Limiter
  sendLimiter: SendLimiter
  keyRequests: KeyRequests
  keyUse: KeyUse
  settings: () => Promise<Settings>
  onSettings: (settings: Settings) => void
  linker: Linker
  overseer: Overseer
  waiting: Waiting
  askNumber: (accountId: string, digits: string) => Promise<string | null>
  isReady: (accountId: string) => boolean
  sockets: Parameters<typeof liveRoutes>[0]['sockets']
  addressOf: (request: Request) => string | null
  metricsToken: string | null
  metrics: Metrics
  noteRequest: (request: { method: string; route: string; status: number; ms: number }) => void
  isSetUp: () => boolean
  isDatabaseUp: () => boolean
  onSetUp: () => void
  https: boolean
  /** What addresses of this program start with. */
  url: () => string
  defaultCountry: string | null
  version: string
}

export function createApi(parts: ApiParts) {
  const { settings, isSetUp, version, defaultCountry, sql } = parts
  const guard = createGuard(parts)
  const shared = { ...parts, guard }
  const send = createSend(shared)

  return new Elysia({ normalize: false, strictPath: false })
    .use(http({ ...parts, refuseInDialect: refuseInCloudShape }))
    .use(openApi(version))
    .use(sendRoutes({ ...shared, send }))
    .use(oneLineRoutes({ guard, send }))
    .use(messageRoutes(shared))
    .use(changeRoutes({ ...shared, send }))
    .use(backlogRoutes(shared))
    .use(fileRoutes(shared))
    .use(
      cloudRoutes({
        ...shared,
        send,
        atOnce: (accountId, name, ask) => doAtOnce(parts, accountId, name, ask),
      }),
    )
    .use(templateRoutes(shared))
    .use(numberRoutes(shared))
    .use(accountRoutes({ ...shared, cancelWaiting }))
    .use(connectionRoutes({ ...shared, cancelWaiting }))
    .use(keyRoutes(shared))
    .use(eventRoutes(shared))
    .use(webhookRoutes(shared))
    .use(deliveryRoutes(shared))
    .use(liveRoutes(shared))
    .use(authRoutes(shared))
    .use(sessionRoutes(shared))
    .use(secondFactorRoutes(shared))
    .use(linkRoutes(shared))
    .use(invitationRoutes(shared))
    .use(activityRoutes(shared))
    .use(settingsRoutes({ ...shared, onChange: parts.onSettings }))
    .use(userRoutes({ ...shared, ...firstPassword(parts) }))
    .use(accountAdminRoutes(shared))
    .use(analyticsRoutes(shared))
    .use(metricsRoutes(shared))
    .use(guard)
    .get('/healthz', () => ({ status: 'alive' }), {
      who: 'anyone',
      response: { 200: t.Object({ status: t.String() }) },
      detail: { summary: 'Alive', security: [], tags: ['Health'] },
    })
    .get(
      '/readyz',
      async () => {
        await sql`select 1`
        return { status: 'ready' }
      },
      {
        who: 'anyone',
        response: { 200: t.Object({ status: t.String() }) },
        detail: { summary: 'The database answers', security: [], tags: ['Health'] },
      },
    )
    .get(
      '/api/public',
      async () => ({
        version,
        setup_needed: !isSetUp(),
        registration_open: (await settings()).enable_registration,
        default_country: defaultCountry,
      }),
      {
        who: 'anyone',
        response: {
          200: t.Object({
            version: t.String(),
            setup_needed: t.Boolean(),
            registration_open: t.Boolean(),
            default_country: t.Nullable(t.String()),
          }),
        },
        detail: { summary: 'What anybody may know', security: [], tags: ['Sign-in'] },
      },
    )
}

/** How people that an admin makes come by their first password. */
function firstPassword({ passwords, links }: ApiParts): Pick<UserRouteParts, 'hashPassword' | 'makeLink'> {
  return {
    async hashPassword(password, email) {
      if (isWeakPassword(password, email)) throw new Problem('weak_password')
      return passwords.hash(password)
    },
    async makeLink(tx, email) {
      const made = await createOneTimeToken(tx, { purpose: 'password_reset', email })
      if (!made) throw new Problem('user_suspended')
      return { link: links.passwordReset(made.token), expires_at: made.expiresAt.toISOString() }
    },
  }
}

export type Api = ReturnType<typeof createApi>
