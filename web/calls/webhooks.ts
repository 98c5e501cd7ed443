// Calls about webhooks and what was sent to them.
import type { Treaty } from '@elysia/eden/treaty2'
import type { Client, Exactly, Known } from '../api.ts'
import type { ListPage } from '../stores/pages.ts'

export type Webhook = Exactly<
  Treaty.Data<Client['webhooks']['get']>['items'][number],
  { disabled_reason: 'by_owner' | 'gone' | 'failing' | null }
>
export type DeliveryState = 'waiting' | 'delivered' | 'failed' | 'cancelled'
type One = ReturnType<Client['webhooks']>
export type Delivery = Exactly<
  Treaty.Data<One['deliveries']['get']>['items'][number],
  { status: DeliveryState; created_at: string }
>
export type DeliveryDetail = Delivery & { body: string | null }
/** What a receiver answered to one try. */
export type Try = Delivery['log'][number]
export type WebhookTest = Try & { ok: boolean; body: string }

export interface WebhookForm {
  url: string
  name: string
  events: string[]
}

export function webhookCalls(client: Client, known: Known) {
  const webhook = (id: string) => client.webhooks({ id })
  const delivery = (id: string, event: string) => webhook(id).deliveries({ event })
  return {
    listWebhooks: () => known<{ items: Webhook[] }>(client.webhooks.get()),
    findWebhook: (id: string) => known<Webhook>(webhook(id).get()),
    /** The secret is in this answer and never again. */
    createWebhook: (form: WebhookForm) => known<Webhook & { secret: string }>(client.webhooks.post(form)),
    updateWebhook: (id: string, change: Partial<WebhookForm> & { enabled?: boolean }) =>
      known<Webhook>(webhook(id).patch(change)),
    removeWebhook: (id: string) => known<void>(webhook(id).delete()),
    rotateWebhookSecret: (id: string) =>
      known<{ secret: string; old_secret_until: string | null }>(webhook(id).secret.post()),
    testWebhook: (id: string) => known<WebhookTest>(webhook(id).test.post()),

    listDeliveries: (id: string, query: { status?: string; after?: string; limit?: number }) =>
      known<ListPage<Delivery>>(webhook(id).deliveries.get({ query: query as object })),
    findDelivery: (id: string, event: string) => known<DeliveryDetail>(delivery(id, event).get()),
    redeliver: (id: string, event: string) => known<unknown>(delivery(id, event).redelivery.post()),
    cancelDelivery: (id: string, event: string) => known<void>(delivery(id, event).delete()),
    /** Everything that was never acknowledged since then. */
    redeliverSince: (id: string, since: string) =>
      known<{ waiting: number }>(webhook(id).redelivery.post({ since })),
  }
}
