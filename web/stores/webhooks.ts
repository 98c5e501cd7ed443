// Webhooks: the list, one with its deliveries, and the secret that is known only just after it was made.
import { signal } from '@preact/signals'
import { type Api, type ApiProblem, asProblem } from '../api.ts'
import type { Delivery, Webhook, WebhookForm } from '../calls/webhooks.ts'
import { createPages } from './pages.ts'

export type Webhooks = ReturnType<typeof createWebhooks>

export function createWebhooks(api: Api, { limit = 40 } = {}) {
  const items = signal<Webhook[] | null>(null)
  const problem = signal<ApiProblem | null>(null)
  const open = signal<Webhook | null>(null)
  const openProblem = signal<ApiProblem | null>(null)
  /** Kept in memory only, until it is put away. */
  const secret = signal<{ webhookId: string; secret: string } | null>(null)
  const deliveries = createPages<Delivery, { id: string; status?: string }>(
    ({ id, ...query }) => api.listDeliveries(id, query),
    { limit },
  )

  async function load() {
    try {
      items.value = (await api.listWebhooks()).items
      problem.value = null
    } catch (error) {
      problem.value = asProblem(error)
    }
  }

  async function find(id: string) {
    if (open.value?.id !== id) open.value = null
    try {
      open.value = await api.findWebhook(id)
      openProblem.value = null
    } catch (error) {
      openProblem.value = asProblem(error)
    }
  }

  async function create(form: WebhookForm): Promise<string> {
    const { secret: made, ...webhook } = await api.createWebhook(form)
    secret.value = { webhookId: webhook.id, secret: made }
    items.value = [webhook, ...(items.value ?? [])]
    return webhook.id
  }

  async function update(id: string, change: Partial<WebhookForm> & { enabled?: boolean }) {
    open.value = await api.updateWebhook(id, change)
  }

  async function remove(id: string) {
    await api.removeWebhook(id)
    items.value = (items.value ?? []).filter((webhook) => webhook.id !== id)
    putAway()
  }

  /** Both secrets sign for a day. */
  async function rotate(id: string) {
    const made = await api.rotateWebhookSecret(id)
    secret.value = { webhookId: id, secret: made.secret }
    await find(id)
  }

  async function redeliver(id: string, eventId: string) {
    await api.redeliver(id, eventId)
    await deliveries.refresh()
  }

  async function cancel(id: string, eventId: string) {
    await api.cancelDelivery(id, eventId)
    await deliveries.refresh()
  }

  /** Resolves to how many wait to be sent once more. */
  async function redeliverSince(id: string, since: Date): Promise<number> {
    const { waiting } = await api.redeliverSince(id, since.toISOString())
    await deliveries.refresh()
    return waiting
  }

  /** Looks again at the open one and at what was sent there. */
  async function refresh() {
    if (open.value) await Promise.all([find(open.value.id), deliveries.refresh()])
  }

  function putAway() {
    secret.value = null
  }

  function clear() {
    items.value = null
    problem.value = null
    open.value = null
    openProblem.value = null
    deliveries.clear()
    putAway()
  }

  return {
    items,
    problem,
    open,
    openProblem,
    secret,
    deliveries,
    load,
    find,
    refresh,
    create,
    update,
    remove,
    rotate,
    test: api.testWebhook,
    findDelivery: api.findDelivery,
    redeliver,
    cancel,
    redeliverSince,
    putAway,
    clear,
  }
}
