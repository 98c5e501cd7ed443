// Mounts every feature; its type is what the dashboard's client is made from.
import { Elysia, t } from 'elysia'
import type { Sql } from 'postgres'
import { accountRoutes, type Linker } from './accounts/routes.ts'
import { activityRoutes } from './activity/routes.ts'
import type { Delays } from './auth/delays.ts'
import { invitationRoutes } from './auth/invitation-routes.ts'
import { linkRoutes } from './auth/link-routes.ts'
import type { Links } from './auth/links.ts'
import type { Passwords } from './auth/passwords.ts'
import { authRoutes } from './auth/routes.ts'
import { secondFactorRoutes } from './auth/second-factor-routes.ts'
import { sessionRoutes } from './auth/session-routes.ts'
import type { Tokens } from './auth/tokens.ts'
import type { AsPerson } from './database/tenancy.ts'
import type { Hub } from './events/hub.ts'
import { liveRoutes } from './events/live.ts'
import { eventRoutes } from './events/routes.ts'
import type { Callers } from './http/callers.ts'
import { openApi } from './http/document.ts'
import { guard as createGuard } from './http/guard.ts'
import type { KeyRequests } from './http/key-requests.ts'
import type { Limiter } from './http/limit.ts'
import type { SendLimiter } from './http/send-limit.ts'
import { http } from './http/server.ts'
import { keyRoutes } from './keys/routes.ts'
import type { KeyUse } from './keys/use.ts'
import type { Log } from './log.ts'
import type { Mailer } from './mail.ts'
import type { Waiting } from './messages/outbox.ts'
import { messageRoutes } from './messages/routes.ts'
import { sendRoutes } from './messages/send-routes.ts'
import { cancelWaiting } from './messages/store.ts'
import { numberRoutes } from './numbers/routes.ts'
import { settingsRoutes } from './settings/routes.ts'
import type { Settings } from './settings/store.ts'
import { userRoutes } from './users/routes.ts'
import type { Vault } from './vault.ts'

export interface ApiParts {
  /** Sees everybody's rows: for sign-in and admins. */
  sql: Sql
  /** Sees one person's rows: for everything else. */
  asPerson: AsPerson
  log: Log
  hub: Hub
  tokens: Tokens
  passwords: Passwords
  delays: Delays
  vault: Vault
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
  waiting: Waiting
  askNumber: (accountId: string, digits: string) => Promise<string | null>
  isReady: (accountId: string) => boolean
  sockets: Parameters<typeof liveRoutes>[0]['sockets']
  addressOf: (request: Request) => string | null
  isSetUp: () => boolean
  isDatabaseUp: () => boolean
  onSetUp: () => void
  https: boolean
  defaultCountry: string | null
  version: string
}

export function createApi(parts: ApiParts) {
  const { settings, isSetUp, version, defaultCountry, sql } = parts
  const guard = createGuard(parts)
  const shared = { ...parts, guard }

  return new Elysia({ normalize: false, strictPath: false })
    .use(http(parts))
    .use(openApi(version))
    .use(sendRoutes(shared))
    .use(messageRoutes(shared))
    .use(numberRoutes(shared))
    .use(accountRoutes({ ...shared, cancelWaiting }))
    .use(keyRoutes(shared))
    .use(eventRoutes(shared))
    .use(liveRoutes(shared))
    .use(authRoutes(shared))
    .use(sessionRoutes(shared))
    .use(secondFactorRoutes(shared))
    .use(linkRoutes(shared))
    .use(invitationRoutes(shared))
    .use(activityRoutes(shared))
    .use(settingsRoutes({ ...shared, onChange: parts.onSettings }))
    .use(userRoutes(shared))
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
      { who: 'anyone', detail: { summary: 'What anybody may know', security: [], tags: ['Sign-in'] } },
    )
}

export type Api = ReturnType<typeof createApi>
