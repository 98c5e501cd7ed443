// Webhooks of a person: made, changed, tried, their secrets rotated. Deliveries: `delivery-routes.ts`.
import { Elysia, t } from 'elysia'
import type { ISql } from 'postgres'
import { listAccounts } from '../accounts/store.ts'
import { recordActivity } from '../activity/store.ts'
import type { AsPerson } from '../database/tenancy.ts'
import type { Caller } from '../http/callers.ts'
import type { Guard } from '../http/guard.ts'
import type { Limiter } from '../http/limit.ts'
import { Problem } from '../http/problem.ts'
import { body, id, iso, isUuid, nothing, oneOf, problem, problems, whole } from '../http/shape.ts'
import type { Outbound } from '../outbound.ts'
import { EVENT_TYPES } from '../rules/event-types.ts'
import { OUTBOUND_FAILURES } from '../rules/outbound-failures.ts'
import { refuseHeaders } from '../rules/webhook-headers.ts'
import type { Vault } from '../vault.ts'
import { createTeller } from './attempt.ts'
import { CLOUD_EVENTS, CLOUD_TEST, verifyCallback } from './cloud.ts'
import type { Lanes } from './lanes.ts'
import { payloadOf } from './payload.ts'
import { newAppSecret, newSecret, sealHeaders, sealSecret } from './sealing.ts'
import {
  createWebhook,
  findWebhook,
  listWebhooks,
  removeWebhook,
  rotateSecret,
  updateWebhook,
  type WebhookChoice,
  type WebhookKind,
  type WebhookWithQueue,
} from './store.ts'
import { tryShape, viewWebhook, webhookShape, webhookWithSecret } from './view.ts'

export interface WebhookRouteParts {
  asPerson: AsPerson
  guard: Guard
  limiter: Limiter
  vault: Vault
  outbound: Outbound
  webhookLanes: Pick<Lanes, 'refresh'>
  addressOf: (request: Request) => string | null
  version: string
}

const MOST = 20
const TESTS_PER_MINUTE = 20
const OVERLAP_H = 24
const HOUR_MS = 3_600_000

const answers = { 404: problem, ...problems }
const url = t.String({ minLength: 1, maxLength: 2_000, description: 'https, or http where that must be.' })
const events = t.Array(t.String({ maxLength: 100 }), {
  minItems: 1,
  maxItems: 50,
  description:
    'Types of /api/events, a type with a status or state behind a dot (`message.status.failed`), or `*`.',
})
const accountIds = t.Nullable(
  t.Array(id, { minItems: 1, maxItems: 100, description: 'Null: every account.' }),
)
const headers = t.Record(t.String({ maxLength: 100 }), t.String({ maxLength: 4_096 }), {
  description: 'Sent with each delivery. Not shown again.',
})
const name = t.String({ maxLength: 100 })
const verifyToken = t.String({
  minLength: 1,
  maxLength: 200,
  description: 'Of kind cloud: sent as hub.verify_token when the address is verified; kept nowhere.',
})

export function webhookRoutes(parts: WebhookRouteParts) {
  const { asPerson, guard, limiter, vault, outbound, webhookLanes, addressOf, version } = parts

  /** What the body asks for, once it may be. */
  async function readChoice(
    tx: ISql,
    caller: Caller,
    webhookId: string,
    asked: Partial<Pick<WebhookChoice, 'name' | 'url' | 'events' | 'account_ids'>> & {
      headers?: Record<string, string> | undefined
    },
  ): Promise<Partial<WebhookChoice>> {
    const { headers, ...plain } = asked
    if (plain.url !== undefined) refuseUrl(outbound, plain.url)
    if (plain.events) refuseUnknownEvents(plain.events)
    if (plain.account_ids !== undefined) await refuseForeignAccounts(tx, caller, plain.account_ids)
    const refused = headers && refuseHeaders(headers)
    if (refused) throw new Problem('webhook_headers_refused', refused)
    const trimmed = plain.name === undefined ? {} : { name: plain.name.trim() }
    return { ...plain, ...trimmed, ...(headers ? sealHeaders(vault, webhookId, headers) : {}) }
  }

  /** A callback of kind `cloud` answers a challenge before it is told anything. */
  async function verifyIfCloud(caller: Caller, kind: WebhookKind, url: string, token: string | undefined) {
    if (kind !== 'cloud') return
    if (!token)
      throw new Problem('webhook_not_verified', 'Give verify_token: the address is verified with it.')
    refuseUrl(outbound, url)
    limiter.take('webhook tests', caller.userId, TESTS_PER_MINUTE, 60_000)
    await verifyCallback(outbound, url, token)
  }

  async function note(tx: ISql, caller: Caller, request: Request, action: string, webhookId: string) {
    const { userId, email: userEmail } = caller
    const details = { webhook_id: webhookId }
    await recordActivity(tx, { userId, userEmail, action, details, ip: addressOf(request) })
  }

  return new Elysia({ name: 'webhooks', normalize: false, detail: { tags: ['Webhooks'] } })
    .use(guard)
    .get(
      '/api/webhooks',
      async ({ caller }) => {
        const all = await asPerson(caller.userId, (tx) => listWebhooks(tx, caller.userId))
        return { items: all.filter((webhook) => mayManage(caller, webhook.account_ids)).map(viewWebhook) }
      },
      {
        who: 'webhooks',
        response: { 200: t.Object({ items: t.Array(webhookShape) }), ...problems },
        detail: { summary: 'Your webhooks' },
      },
    )
    .post(
      '/api/webhooks',
      async ({ caller, body, request, set }) => {
        const id = Bun.randomUUIDv7()
        const kind = body.kind ?? 'standard'
        const secret = kind === 'cloud' ? (body.app_secret ?? newAppSecret()) : newSecret()
        const asked = {
          name: body.name ?? '',
          url: body.url,
          events: [...new Set(body.events ?? (kind === 'cloud' ? CLOUD_EVENTS : ['*']))],
          account_ids: body.account_ids ?? null,
          headers: body.headers ?? {},
        }
        if (kind === 'standard' && (body.app_secret ?? body.verify_token) !== undefined) {
          throw new Problem('invalid_request', 'app_secret and verify_token go with the kind cloud.')
        }
        await verifyIfCloud(caller, kind, body.url, body.verify_token)
        const made = await asPerson(caller.userId, async (tx) => {
          const choice = (await readChoice(tx, caller, id, asked)) as WebhookChoice
          const webhook = {
            ...choice,
            id,
            kind,
            userId: caller.userId,
            secret: sealSecret(vault, id, secret),
          }
          const made = await createWebhook(tx, webhook, MOST)
          if (!made) throw new Problem('too_many_webhooks')
          await note(tx, caller, request, 'webhook.created', id)
          return made
        })
        webhookLanes.refresh()
        set.status = 201
        return { ...viewWebhook({ ...made, waiting: 0 }), secret }
      },
      {
        who: 'webhooks',
        body: body({
          url,
          kind: t.Optional({
            ...oneOf(['standard', 'cloud']),
            description: 'cloud: told in the shape of the WhatsApp Cloud API, with X-Hub-Signature-256.',
          }),
          verify_token: t.Optional(verifyToken),
          app_secret: t.Optional(
            t.String({
              pattern: '^[\\x21-\\x7e]{16,200}$',
              description: 'Of kind cloud: what signs; one is made where none is given.',
            }),
          ),
          name: t.Optional(name),
          events: t.Optional(events),
          account_ids: t.Optional(accountIds),
          headers: t.Optional(headers),
        }),
        response: { 201: webhookWithSecret, 409: problem, ...answers },
        detail: {
          summary: 'Make a webhook',
          description:
            'What happens from now on is sent there as POST, signed after Standard Webhooks with the secret of this answer.',
        },
      },
    )
    .get(
      '/api/webhooks/:id',
      async ({ caller, params }) => viewWebhook(await findOwnWebhook(asPerson, caller, params.id)),
      { who: 'webhooks', response: { 200: webhookShape, ...answers }, detail: { summary: 'One webhook' } },
    )
    .patch(
      '/api/webhooks/:id',
      async ({ caller, params, body, request }) => {
        const { userId } = caller
        const before = await findOwnWebhook(asPerson, caller, params.id)
        const { enabled, verify_token, ...asked } = body
        if (asked.url !== undefined) await verifyIfCloud(caller, before.kind, asked.url, verify_token)
        const after = await asPerson(userId, async (tx) => {
          const choice = await readChoice(tx, caller, before.id, asked)
          const change = {
            ...choice,
            ...(enabled === undefined || enabled === before.enabled ? {} : { enabled }),
          }
          if (!(await updateWebhook(tx, userId, before.id, change))) throw new Problem('webhook_not_found')
          await note(tx, caller, request, 'webhook.changed', before.id)
          return (await findWebhook(tx, userId, before.id)) ?? before
        })
        webhookLanes.refresh()
        return viewWebhook(after)
      },
      {
        who: 'webhooks',
        body: body({
          url: t.Optional(url),
          verify_token: t.Optional(verifyToken),
          name: t.Optional(name),
          events: t.Optional(events),
          account_ids: t.Optional(accountIds),
          headers: t.Optional(headers),
          enabled: t.Optional(t.Boolean()),
        }),
        response: { 200: webhookShape, ...answers },
        detail: { summary: 'Change a webhook, or switch it off and on' },
      },
    )
    .delete(
      '/api/webhooks/:id',
      async ({ caller, params, request, set }) => {
        const { id } = await findOwnWebhook(asPerson, caller, params.id)
        await asPerson(caller.userId, async (tx) => {
          if (!(await removeWebhook(tx, caller.userId, id))) throw new Problem('webhook_not_found')
          await note(tx, caller, request, 'webhook.removed', id)
        })
        webhookLanes.refresh()
        set.status = 204
      },
      {
        who: 'webhooks',
        response: { 204: nothing, ...answers },
        detail: { summary: 'Remove a webhook and what waits for it' },
      },
    )
    .post(
      '/api/webhooks/:id/secret',
      async ({ caller, params, body, request }) => {
        const { id, kind } = await findOwnWebhook(asPerson, caller, params.id)
        const secret = kind === 'cloud' ? newAppSecret() : newSecret()
        const oldUntil = new Date(Date.now() + (body?.overlap_h ?? OVERLAP_H) * HOUR_MS)
        await asPerson(caller.userId, async (tx) => {
          const sealed = { secret: sealSecret(vault, id, secret), oldUntil }
          if (!(await rotateSecret(tx, caller.userId, id, sealed))) throw new Problem('webhook_not_found')
          await note(tx, caller, request, 'webhook.secret_rotated', id)
        })
        return { secret, old_secret_until: iso(oldUntil) }
      },
      {
        who: 'webhooks',
        body: t.Optional(
          t.Nullable(
            body({
              overlap_h: t.Optional(
                whole({
                  minimum: 0,
                  maximum: 168,
                  description: 'Hours in which the old secret signs too (24).',
                }),
              ),
            }),
          ),
        ),
        response: {
          200: t.Object({ secret: t.String(), old_secret_until: t.Nullable(t.String()) }),
          ...answers,
        },
        detail: {
          summary: 'Make a new secret',
          description: 'Until old_secret_until each delivery carries a signature of both.',
        },
      },
    )
    .post(
      '/api/webhooks/:id/test',
      async ({ caller, params }) => {
        const webhook = await findOwnWebhook(asPerson, caller, params.id)
        limiter.take('webhook tests', caller.userId, TESTS_PER_MINUTE, 60_000)
        const id = Bun.randomUUIDv7()
        const event = {
          event_id: id,
          type: 'webhook.test',
          at: new Date(),
          account_id: null,
          message_id: null,
        }
        const data = { webhook_id: webhook.id }
        const body = webhook.kind === 'cloud' ? CLOUD_TEST : payloadOf({ ...event, data, message: null })
        const { retryAfterMs: _, ...answer } = await createTeller({ vault, outbound, version }, webhook).tell(
          id,
          body,
        )
        return { ...answer, body }
      },
      {
        who: 'webhooks',
        response: {
          200: t.Object({ ok: t.Boolean(), ...tryShape.properties, body: t.String() }),
          ...answers,
        },
        detail: {
          summary: 'Send a webhook.test there now and see the answer',
          description: 'Also to one that is off. It is tried once and stands in no log.',
        },
      },
    )
}

/** The caller's webhook. A key that is limited to accounts sees those that are limited to the same. */
export async function findOwnWebhook(
  asPerson: AsPerson,
  caller: Caller,
  id: string,
): Promise<WebhookWithQueue> {
  const { userId } = caller
  const webhook = isUuid(id) ? await asPerson(userId, (tx) => findWebhook(tx, userId, id)) : null
  if (!webhook || !mayManage(caller, webhook.account_ids)) throw new Problem('webhook_not_found')
  return webhook
}

function mayManage(caller: Caller, accountIds: string[] | null): boolean {
  const allowed = caller.key?.accountIds ?? null
  return allowed === null || (accountIds?.every((id) => allowed.includes(id)) ?? false)
}

function refuseUrl(outbound: Outbound, url: string): void {
  const refused = outbound.judge(url)
  if (refused) throw new Problem('webhook_url_refused', OUTBOUND_FAILURES[refused])
}

function refuseUnknownEvents(events: string[]): void {
  const unknown = events.find(
    (name) => name !== '*' && !EVENT_TYPES.some((type) => name === type || name.startsWith(`${type}.`)),
  )
  if (unknown) throw new Problem('webhook_events_unknown', `There is no event ${unknown}.`)
}

async function refuseForeignAccounts(tx: ISql, caller: Caller, ids: string[] | null): Promise<void> {
  if (!mayManage(caller, ids)) throw new Problem('account_not_allowed')
  if (!ids) return
  const own = new Set((await listAccounts(tx, caller.userId)).map((account) => account.id))
  if (!ids.every((id) => own.has(id))) throw new Problem('account_not_found')
}
