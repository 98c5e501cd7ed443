// Webhooks and deliveries as the API shows them. Never a secret, never the value of a header.
import { t } from 'elysia'
import { iso, whole } from '../http/shape.ts'
import type { Delivery } from './deliveries.ts'
import type { WebhookWithQueue } from './store.ts'

const text = t.Nullable(t.String())

const shape = {
  id: t.String(),
  kind: t.String({ description: 'standard, or cloud: in the shape of the Cloud API.' }),
  name: t.String(),
  url: t.String(),
  events: t.Array(t.String()),
  account_ids: t.Nullable(t.Array(t.String())),
  headers: t.Array(t.String({ description: 'Names; the values are not shown.' })),
  enabled: t.Boolean(),
  disabled_reason: t.Nullable(
    t.String({ description: 'by_owner, gone (the receiver said 410) or failing.' }),
  ),
  disabled_at: text,
  failing_since: text,
  old_secret_until: text,
  waiting: whole({ description: 'Deliveries that wait, counted up to 1,000.' }),
  created_at: text,
}
export const webhookShape = t.Object(shape)
export const webhookWithSecret = t.Object({
  ...shape,
  secret: t.String({
    description: 'For Standard Webhooks libraries, or the app secret; in this answer and never again.',
  }),
})

export function viewWebhook(webhook: WebhookWithQueue) {
  const { id, kind, name, url, events, account_ids, enabled, disabled_reason, waiting } = webhook
  const overlaps = webhook.old_secret_until !== null && webhook.old_secret_until > new Date()
  return {
    id,
    kind,
    name,
    url,
    events,
    account_ids,
    headers: webhook.header_names,
    enabled,
    disabled_reason,
    disabled_at: iso(webhook.disabled_at),
    failing_since: iso(webhook.failing_since),
    old_secret_until: overlaps ? iso(webhook.old_secret_until) : null,
    waiting,
    created_at: iso(webhook.created_at),
  }
}

export const tryShape = t.Object({
  at: t.String(),
  ms: t.Number(),
  url: t.Optional(t.String({ description: 'Where it was sent: a webhook may have been changed since.' })),
  status: t.Nullable(whole({ description: 'What the receiver answered; null: no answer.' })),
  failure: t.Nullable(t.String({ description: 'Why it counts as not delivered; null: delivered.' })),
  answer: t.Nullable(t.String({ description: 'The first 1,024 bytes of the answer.' })),
})

const delivery = {
  event_id: t.String({ description: 'Sent as webhook-id.' }),
  type: t.String(),
  status: t.String({ description: 'waiting, delivered, failed (given up) or cancelled.' }),
  tries: whole(),
  next_try_at: text,
  created_at: text,
  first_try_at: text,
  settled_at: text,
  log: t.Array(tryShape),
}
export const deliveryShape = t.Object(delivery)
export const deliveryWithBody = t.Object({
  ...delivery,
  body: t.Nullable(t.String({ description: 'What was sent; null before the first try.' })),
})

export function viewDelivery(delivery: Delivery) {
  const { event_id, type, status, tries, log } = delivery
  return {
    event_id,
    type,
    status,
    tries,
    next_try_at: iso(delivery.next_try_at),
    created_at: iso(delivery.created_at),
    first_try_at: iso(delivery.first_try_at),
    settled_at: iso(delivery.settled_at),
    log,
  }
}
