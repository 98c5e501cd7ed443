// Webhooks of a person: where they lead, what they chose, and the secrets, sealed.
import type { ISql } from 'postgres'
import { type EventRow, recordEvents } from '../events/record.ts'
import type { EndpointEnd } from '../rules/webhook-retry.ts'

/** `standard`: told after Standard Webhooks. `cloud`: in the shape of Meta's Cloud API. */
export type WebhookKind = 'standard' | 'cloud'

export interface Webhook {
  id: string
  user_id: string
  kind: WebhookKind
  name: string
  url: string
  /** Types as in `events`, a type with its status or state behind a dot, or `*`. */
  events: string[]
  /** Null: every account. */
  account_ids: string[] | null
  /** Sealed; see `src/webhooks/sealing.ts`. */
  secret: Uint8Array
  old_secret: Uint8Array | null
  old_secret_until: Date | null
  headers: Uint8Array | null
  header_names: string[]
  enabled: boolean
  disabled_reason: 'by_owner' | EndpointEnd | null
  disabled_at: Date | null
  failing_since: Date | null
  created_at: Date
}

/** With how much waits to be delivered, counted up to 1,000. */
export type WebhookWithQueue = Webhook & { waiting: number }

export interface WebhookChoice {
  name: string
  url: string
  events: string[]
  account_ids: string[] | null
  headers: Uint8Array | null
  header_names: string[]
}

/** Null when the person has `most` already. */
export async function createWebhook(
  sql: ISql,
  webhook: WebhookChoice & { id: string; userId: string; kind: WebhookKind; secret: Uint8Array },
  most: number,
): Promise<Webhook | null> {
  const { id, userId, kind, name, url, events, account_ids, secret, headers, header_names } = webhook
  // Two at once must not both be the last one.
  await sql`select 1 from users where id = ${userId} for no key update`
  const [row] = await sql<Webhook[]>`
    insert into webhooks (id, user_id, kind, name, url, events, account_ids, secret, headers, header_names)
    select ${id}::uuid, ${userId}::uuid, ${kind}, ${name}, ${url}, ${events}::text[], ${account_ids}::uuid[],
      ${secret}::bytea, ${headers}::bytea, ${header_names}::text[]
    where (select count(*) from webhooks where user_id = ${userId}) < ${most}
    returning *`
  return row ?? null
}

export async function listWebhooks(sql: ISql, userId: string): Promise<WebhookWithQueue[]> {
  return await sql<WebhookWithQueue[]>`
    select w.*, ${countWaiting(sql)} as waiting from webhooks w where w.user_id = ${userId} order by w.id`
}

export async function findWebhook(sql: ISql, userId: string, id: string): Promise<WebhookWithQueue | null> {
  const [row] = await sql<WebhookWithQueue[]>`
    select w.*, ${countWaiting(sql)} as waiting from webhooks w where w.user_id = ${userId} and w.id = ${id}`
  return row ?? null
}

function countWaiting(sql: ISql) {
  return sql`(select count(*)::int from (
    select 1 from webhook_deliveries d where d.webhook_id = w.id and d.status = 'waiting' limit 1000) few)`
}

export async function updateWebhook(
  sql: ISql,
  userId: string,
  id: string,
  change: Partial<WebhookChoice> & { enabled?: boolean },
): Promise<boolean> {
  const { enabled, ...plain } = change
  const columns = {
    ...plain,
    ...(enabled === true ? { enabled, disabled_reason: null, disabled_at: null, failing_since: null } : {}),
    ...(enabled === false ? { enabled, disabled_reason: 'by_owner', disabled_at: new Date() } : {}),
  }
  const rows = Object.keys(columns).length
    ? await sql`update webhooks set ${sql(columns)} where id = ${id} and user_id = ${userId} returning 1`
    : await sql`select 1 from webhooks where id = ${id} and user_id = ${userId}`
  // What waited while it was off goes at once, with all its tries before it.
  if (enabled) {
    await sql`
      update webhook_deliveries set next_try_at = null, tries = 0
      where webhook_id = ${id} and user_id = ${userId} and status = 'waiting'`
  }
  return rows.length > 0
}

export async function removeWebhook(sql: ISql, userId: string, id: string): Promise<boolean> {
  const rows = await sql`delete from webhooks where id = ${id} and user_id = ${userId} returning 1`
  return rows.length > 0
}

/** The secret of today goes on signing beside the new one until `oldUntil`. */
export async function rotateSecret(
  sql: ISql,
  userId: string,
  id: string,
  { secret, oldUntil }: { secret: Uint8Array; oldUntil: Date },
): Promise<boolean> {
  const rows = await sql`
    update webhooks set old_secret = secret, old_secret_until = ${oldUntil}, secret = ${secret}
    where id = ${id} and user_id = ${userId} returning 1`
  return rows.length > 0
}

/** For the deliverer only: what it needs to tell one endpoint; null when it is off, gone, or its owner suspended. */
export async function findTarget(sql: ISql, id: string): Promise<Webhook | null> {
  const [row] = await sql<Webhook[]>`
    select w.* from webhooks w join users u on u.id = w.user_id
    where w.id = ${id} and w.enabled and u.status = 'active'`
  return row ?? null
}

/** For the deliverer only: every endpoint that is on, whoever owns it, and whether something waits for it. */
export async function listTargets(
  sql: ISql,
): Promise<{ id: string; user_id: string; has_waiting: boolean }[]> {
  return await sql<{ id: string; user_id: string; has_waiting: boolean }[]>`
    select w.id, w.user_id, exists (
      select 1 from webhook_deliveries d where d.webhook_id = w.id and d.status = 'waiting') as has_waiting
    from webhooks w join users u on u.id = w.user_id where w.enabled and u.status = 'active'`
}

/** For the deliverer only: the first of a row of failures. */
export async function noteFailing(sql: ISql, id: string): Promise<void> {
  await sql`update webhooks set failing_since = now() where id = ${id} and failing_since is null`
}

/** For the deliverer only: switches it off with an event; null when it was off already. */
export async function disableWebhook(
  sql: ISql,
  webhook: Pick<Webhook, 'id' | 'user_id'>,
  reason: EndpointEnd,
): Promise<EventRow[] | null> {
  const rows = await sql`
    update webhooks set enabled = false, disabled_reason = ${reason}, disabled_at = now()
    where id = ${webhook.id} and enabled returning 1`
  if (rows.length === 0) return null
  return recordEvents(sql, [
    { userId: webhook.user_id, type: 'webhook.disabled', data: { webhook_id: webhook.id, reason } },
  ])
}
