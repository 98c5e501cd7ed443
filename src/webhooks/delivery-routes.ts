// What was sent to a webhook and what it answered; once more, one or all since a moment.
import { Elysia, t } from 'elysia'
import type { AsPerson } from '../database/tenancy.ts'
import type { Guard } from '../http/guard.ts'
import { type Page, pageQuery, readPage } from '../http/page.ts'
import { Problem } from '../http/problem.ts'
import { body, isUuid, nothing, oneOf, problem, problems, query, time, whole } from '../http/shape.ts'
import { cancelDelivery, findDelivery, listDeliveries, redeliver, redeliverSince } from './deliveries.ts'
import type { Lanes } from './lanes.ts'
import { findOwnWebhook } from './routes.ts'
import { deliveryShape, deliveryWithBody, viewDelivery } from './view.ts'

export interface DeliveryRouteParts {
  asPerson: AsPerson
  guard: Guard
  webhookLanes: Pick<Lanes, 'refresh'>
}

const STATUSES = ['waiting', 'delivered', 'failed', 'cancelled'] as const
const SINCE_MS = 30 * 86_400_000
const answers = { 404: problem, ...problems }

export function deliveryRoutes({ asPerson, guard, webhookLanes }: DeliveryRouteParts) {
  return new Elysia({ name: 'deliveries', normalize: false, detail: { tags: ['Webhooks'] } })
    .use(guard)
    .get(
      '/api/webhooks/:id/deliveries',
      async ({ caller, params, query }) => {
        const { userId } = caller
        const { status = null } = query
        const { id } = await findOwnWebhook(asPerson, caller, params.id)
        const read = (page: Page) =>
          asPerson(userId, (tx) => listDeliveries(tx, userId, id, { status, ...page }))
        const { rows, next } = await readPage(query, ({ event_id }) => event_id, read)
        return { items: rows.map(viewDelivery), next }
      },
      {
        who: 'webhooks',
        query: query({
          status: t.Optional(oneOf(STATUSES)),
          ...pageQuery(),
        }),
        response: {
          200: t.Object({ items: t.Array(deliveryShape), next: t.Nullable(t.String()) }),
          400: problem,
          ...answers,
        },
        detail: { summary: 'What was sent, newest first', description: 'Kept for 30 days.' },
      },
    )
    .get(
      '/api/webhooks/:id/deliveries/:event',
      async ({ caller, params }) => {
        const { id } = await findOwnWebhook(asPerson, caller, params.id)
        const event = readEventId(params.event)
        const found = await asPerson(caller.userId, (tx) => findDelivery(tx, caller.userId, id, event))
        if (!found) throw new Problem('delivery_not_found')
        return { ...viewDelivery(found), body: found.body }
      },
      {
        who: 'webhooks',
        response: { 200: deliveryWithBody, ...answers },
        detail: { summary: 'One delivery: what was sent, and every try' },
      },
    )
    .post(
      '/api/webhooks/:id/deliveries/:event/redelivery',
      async ({ caller, params, set }) => {
        const { id } = await findOwnWebhook(asPerson, caller, params.id)
        const event = readEventId(params.event)
        const found = await asPerson(caller.userId, (tx) => redeliver(tx, caller.userId, id, event))
        if (!found) throw new Problem('delivery_not_found')
        webhookLanes.refresh()
        set.status = 202
        return { waiting: 1 }
      },
      {
        who: 'webhooks',
        response: { 202: t.Object({ waiting: whole() }), ...answers },
        detail: {
          summary: 'Send one once more',
          description: 'Under the same webhook-id. One that waits for its next try goes at once.',
        },
      },
    )
    .delete(
      '/api/webhooks/:id/deliveries/:event',
      async ({ caller, params, set }) => {
        const { id } = await findOwnWebhook(asPerson, caller, params.id)
        const event = readEventId(params.event)
        const cancelled = await asPerson(caller.userId, (tx) => cancelDelivery(tx, caller.userId, id, event))
        if (!cancelled) throw new Problem('delivery_not_waiting')
        webhookLanes.refresh()
        set.status = 204
      },
      {
        who: 'webhooks',
        response: { 204: nothing, 409: problem, ...answers },
        detail: {
          summary: 'Give up one that waits',
          description: 'Deliveries keep their order: one that a receiver refuses holds back those behind it.',
        },
      },
    )
    .post(
      '/api/webhooks/:id/redelivery',
      async ({ caller, params, body, set }) => {
        const { id } = await findOwnWebhook(asPerson, caller, params.id)
        const since = new Date(body.since)
        const agoMs = Date.now() - since.getTime()
        if (agoMs < 0 || agoMs > SINCE_MS) throw new Problem('since_invalid')
        const which = body.which ?? 'unacknowledged'
        const waiting = await asPerson(caller.userId, (tx) =>
          redeliverSince(tx, caller.userId, id, { since, which }),
        )
        webhookLanes.refresh()
        set.status = 202
        return { waiting }
      },
      {
        who: 'webhooks',
        body: body({ since: time, which: t.Optional(oneOf(['unacknowledged', 'all'])) }),
        response: { 202: t.Object({ waiting: whole() }), ...answers },
        detail: {
          summary: 'Send everything since a moment once more',
          description:
            'What was never acknowledged (unless `which` is all), also what happened while the webhook was off.',
        },
      },
    )
}

function readEventId(text: string): string {
  if (!isUuid(text)) throw new Problem('delivery_not_found')
  return text
}
