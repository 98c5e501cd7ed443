// Who may call what: one table of every address, held against the running program by a test and shown at /api/docs.
import { pagePaths } from '../../web/paths.ts'
import { SCOPES, type Scope } from '../rules/api-key.ts'
import type { Need } from './guard.ts'

/**
 * One address. `who`: the word at its route, `anyone`, or `metrics` for METRICS_TOKEN, which no caller has. `of`: whose id
 * stands in the request (in the path, or as `account_id`): another person's is answered 404, as if there were none.
 */
export interface Access {
  who: Need | 'anyone' | 'metrics'
  of?: Thing
}

/** What has an owner and an id. */
export type Thing =
  | 'account'
  | 'message'
  | 'file'
  | 'key'
  | 'user'
  | 'session'
  | 'invitation'
  | 'webhook'
  | 'template'

const anyone: Access = { who: 'anyone' }

/** Verb and path as the route has them; a query where one makes a difference. `WS` is an upgrade to a WebSocket. */
export const ACCESS: Record<string, Access> = {
  'GET /healthz': anyone,
  'GET /readyz': anyone,
  'GET /api/public': anyone,
  'GET /metrics': { who: 'metrics' },
  'GET /api/openapi.json': anyone,
  ...Object.fromEntries(pagePaths.map((path) => [`GET ${path}`, anyone])),
  'GET /docs': anyone,
  'GET /docs/:page': anyone,
  'GET /assets/*': anyone,
  'GET /favicon.ico': anyone,
  // A file of the dashboard.
  'GET /:version': anyone,

  'GET /api/setup': anyone,
  'POST /api/setup': anyone,
  'POST /api/auth/register': anyone,
  'POST /api/auth/login': anyone,
  'POST /api/auth/refresh': { who: 'session:stale' },
  'POST /api/auth/logout': { who: 'session' },
  'GET /api/auth/me': { who: 'session' },
  'GET /api/auth/sessions': { who: 'session' },
  'DELETE /api/auth/sessions': { who: 'session' },
  'DELETE /api/auth/sessions/:id': { who: 'session', of: 'session' },
  'PUT /api/auth/password': { who: 'session' },
  'POST /api/auth/password-resets': anyone,
  'PUT /api/auth/password-resets': anyone,
  'POST /api/auth/verifications': { who: 'session' },
  'PUT /api/auth/verifications': anyone,
  'POST /api/auth/second-factor': { who: 'session' },
  'PUT /api/auth/second-factor': { who: 'session' },
  'DELETE /api/auth/second-factor': { who: 'session' },
  'POST /api/auth/second-factor/recovery-codes': { who: 'session' },

  'GET /api/send': { who: 'key:send', of: 'account' },
  'POST /api/send': { who: 'key:send', of: 'account' },
  'POST /api/messages/send': { who: 'send', of: 'account' },
  'POST /api/messages/:id/resend': { who: 'send', of: 'message' },
  'GET /api/messages': { who: 'read' },
  'GET /api/messages/:id': { who: 'read', of: 'message' },
  'DELETE /api/messages/:id': { who: 'send', of: 'message' },
  'POST /api/messages/:id/reply': { who: 'send', of: 'message' },
  'POST /api/messages/:id/reaction': { who: 'send', of: 'message' },
  'DELETE /api/messages/:id/reaction': { who: 'send', of: 'message' },
  'POST /api/messages/:id/edit': { who: 'send', of: 'message' },
  'POST /api/messages/:id/deletion': { who: 'send', of: 'message' },
  'POST /api/messages/:id/seen': { who: 'send', of: 'message' },
  'POST /api/files': { who: 'send' },
  'GET /api/files': { who: 'read' },
  'GET /api/files/:id': { who: 'read', of: 'file' },
  'DELETE /api/files/:id': { who: 'send', of: 'file' },
  'GET /api/numbers/:number': { who: 'read', of: 'account' },

  'POST /api/whatsapp/initialize': { who: 'accounts', of: 'account' },
  'GET /api/whatsapp/status': { who: 'read', of: 'account' },
  'GET /api/whatsapp/qr': { who: 'accounts', of: 'account' },
  'POST /api/whatsapp/disconnect': { who: 'accounts', of: 'account' },
  'GET /api/accounts': { who: 'read' },
  'POST /api/accounts': { who: 'accounts' },
  'GET /api/accounts/:id': { who: 'read', of: 'account' },
  'PATCH /api/accounts/:id': { who: 'accounts', of: 'account' },
  'DELETE /api/accounts/:id': { who: 'accounts', of: 'account' },
  'GET /api/accounts/:id/qr': { who: 'accounts', of: 'account' },
  'POST /api/accounts/:id/typing': { who: 'send', of: 'account' },
  'POST /api/accounts/:id/connection': { who: 'accounts', of: 'account' },
  'DELETE /api/accounts/:id/connection': { who: 'accounts', of: 'account' },

  'GET /api/keys': { who: 'session' },
  'POST /api/keys': { who: 'session', of: 'account' },
  'PATCH /api/keys/:id': { who: 'session', of: 'key' },
  'DELETE /api/keys/:id': { who: 'session', of: 'key' },
  'POST /api/keys/:id/rotation': { who: 'session', of: 'key' },
  'GET /api/keys/:id/requests': { who: 'session', of: 'key' },

  'GET /api/webhooks': { who: 'webhooks' },
  'POST /api/webhooks': { who: 'webhooks' },
  'GET /api/webhooks/:id': { who: 'webhooks', of: 'webhook' },
  'PATCH /api/webhooks/:id': { who: 'webhooks', of: 'webhook' },
  'DELETE /api/webhooks/:id': { who: 'webhooks', of: 'webhook' },
  'POST /api/webhooks/:id/secret': { who: 'webhooks', of: 'webhook' },
  'POST /api/webhooks/:id/test': { who: 'webhooks', of: 'webhook' },
  'POST /api/webhooks/:id/redelivery': { who: 'webhooks', of: 'webhook' },
  'GET /api/webhooks/:id/deliveries': { who: 'webhooks', of: 'webhook' },
  'GET /api/webhooks/:id/deliveries/:event': { who: 'webhooks', of: 'webhook' },
  'POST /api/webhooks/:id/deliveries/:event/redelivery': { who: 'webhooks', of: 'webhook' },
  'DELETE /api/webhooks/:id/deliveries/:event': { who: 'webhooks', of: 'webhook' },

  'POST /:version/:id/messages': { who: 'send', of: 'account' },
  'POST /:version/:id/media': { who: 'send', of: 'account' },
  'GET /:version/*': { who: 'read', of: 'file' },
  'DELETE /:version/*': { who: 'send', of: 'file' },
  'GET /api/templates': { who: 'read' },
  'POST /api/templates': { who: 'send' },
  'DELETE /api/templates/:id': { who: 'send', of: 'template' },

  'GET /api/events': { who: 'read' },
  'WS /api/live': { who: 'session' },
  'GET /api/activity': { who: 'session' },
  'GET /api/activity?all=true': { who: 'admin:session' },

  'GET /api/activity.csv': { who: 'session' },
  'GET /api/activity.csv?all=true': { who: 'admin:session' },
  'GET /api/analytics': { who: 'read' },
  'GET /api/analytics?all=true': { who: 'admin:session' },
  'GET /api/messages.csv': { who: 'read' },
  'GET /api/queue': { who: 'read' },
  'GET /api/queue?all=true': { who: 'admin:session' },

  'GET /api/settings': { who: 'admin' },
  'PUT /api/settings': { who: 'admin' },
  'GET /api/users': { who: 'admin' },
  'POST /api/users': { who: 'admin:session' },
  'GET /api/users/:id': { who: 'admin', of: 'user' },
  'PATCH /api/users/:id': { who: 'admin', of: 'user' },
  'GET /api/users/:id/deletion': { who: 'admin', of: 'user' },
  'DELETE /api/users/:id': { who: 'admin:session', of: 'user' },
  'GET /api/admin/accounts': { who: 'admin' },
  'GET /api/admin/accounts/:id': { who: 'admin', of: 'account' },
  'POST /api/admin/accounts/:id/connection': { who: 'admin', of: 'account' },
  'DELETE /api/admin/accounts/:id/connection': { who: 'admin', of: 'account' },
  'POST /api/users/:id/password-reset': { who: 'admin:session', of: 'user' },
  'GET /api/invitations': { who: 'admin' },
  'POST /api/invitations': { who: 'admin:session' },
  'DELETE /api/invitations/:id': { who: 'admin:session', of: 'invitation' },
  'POST /api/invitations/acceptance': anyone,
}

/**
 * `stranger`: no credential. `user`: a signed-in person with ids of their own. `other`: a signed-in person or an
 * admin who names another person's id. `suspended`: a suspended user whose session has not ended. `admin`: a
 * signed-in admin. `key:…`: an API key with that one scope; `key:admin` is an admin's, the others are a user's.
 * `maintenance`: a user while maintenance mode is on.
 */
export type Who = 'stranger' | 'user' | 'other' | 'suspended' | 'admin' | `key:${Scope}` | 'maintenance'

export const WHO: readonly Who[] = [
  ...(['stranger', 'user', 'other', 'suspended', 'admin'] as const),
  ...SCOPES.map((scope) => `key:${scope}` as const),
  'maintenance',
]

/** `in`: the door is open, and the answer is about what was asked. Otherwise the status at the door. */
export type Outcome = 'in' | 401 | 403 | 404 | 503

export function outcomeOf({ who: need, of }: Access, who: Who): Outcome {
  if (need === 'anyone') return 'in'
  if (need === 'metrics') return 401
  const scope = who.startsWith('key:') ? who.slice(4) : null
  if (who === 'stranger' || (need === 'key:send' && !scope)) return 401
  if (who === 'suspended') return 403
  if (who === 'maintenance') return 503
  if (scope) return scope === (need === 'key:send' ? 'send' : need) ? 'in' : 403
  if (need === 'admin' || need === 'admin:session') return who === 'admin' ? 'in' : 403
  return who === 'other' && of ? 404 : 'in'
}

/** The table as rows, for the documentation. */
export function listAccess(): { method: string; path: string; outcomes: Record<string, Outcome> }[] {
  return Object.entries(ACCESS).map(([route, access]) => {
    const [method = '', path = ''] = route.split(' ')
    return {
      method,
      path,
      outcomes: Object.fromEntries(WHO.map((who) => [who, outcomeOf(access, who)])),
    }
  })
}
