// Webhooks: from the event to the first try at 500 events a second, and how many a second one endpoint is told in order.
import { Webhook } from 'standardwebhooks'
import { linkInTable } from './accepts.ts'
import { type Database, type Figure, perSecond, quantile, spread } from './figure.ts'
import { loadOpen } from './load.ts'
import { must, openStage, openUndo, type Stage } from './stage.ts'

const RATE = 500
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** `seconds`: how long that rate is held. */
export async function measureWebhooks(database: Database, seconds: number): Promise<Figure[]> {
  await using undo = openUndo()
  const stage = await openStage(undo, { database, env: { OUTBOUND_ALLOW: '127.0.0.0/8' } })
  const load = await linkInTable(stage)
  const receiver = openReceiver(undo)
  // A receiver that never answers, beside: it must not be felt.
  const dead = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Promise<Response>(() => {}) })
  undo.defer(() => dead.stop(true))
  const events = ['message.status']
  const made = await must(stage, 'POST', '/api/webhooks', { url: receiver.url, events })
  await must(stage, 'POST', '/api/webhooks', { url: `http://127.0.0.1:${dead.port}/`, events })

  const since = new Date().toISOString()
  await loadOpen(load, 1, RATE)
  const warm = RATE
  await receiver.until(warm)
  const total = warm + seconds * RATE
  await loadOpen(load, seconds, RATE)
  await receiver.until(total)
  const latenciesMs = receiver.latenciesMs.slice(warm)

  const told = await drain(stage, made.id, since, receiver, total)
  const bare = await tellBare(receiver, Math.min(total, 2_000))
  return [
    {
      what: `event to first try p50 / p99 at ${RATE}/s`,
      database,
      value: spread(latenciesMs),
      reach: 'p99 ≤ 1,000 ms',
      met: quantile(latenciesMs, 0.99) <= 1_000,
    },
    {
      what: 'webhook deliveries, one endpoint, in order',
      database,
      value: perSecond(told),
      beside: perSecond(bare),
      reach: `≥ ${RATE}/s`,
      met: told >= RATE,
    },
  ]
}

interface Receiver {
  url: string
  /** From the event to its arrival, in the order of arrival; what comes again counts too. */
  latenciesMs: number[]
  until(count: number): Promise<void>
}

function openReceiver(undo: AsyncDisposableStack): Receiver {
  let heard = Promise.withResolvers<void>()
  const latenciesMs: number[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { timestamp } = (await request.json()) as { timestamp: string }
      latenciesMs.push(Date.now() - Date.parse(timestamp))
      heard.resolve()
      heard = Promise.withResolvers()
      return new Response('ok')
    },
  })
  undo.defer(() => server.stop(true))
  return {
    url: `http://127.0.0.1:${server.port}/`,
    latenciesMs,
    async until(count) {
      while (latenciesMs.length < count) await heard.promise
    },
  }
}

/** Everything once more, while nothing else happens: how many a second. */
async function drain(
  stage: Stage,
  id: string,
  since: string,
  receiver: Receiver,
  total: number,
): Promise<number> {
  const before = receiver.latenciesMs.length
  const startedAt = performance.now()
  await must(stage, 'POST', `/api/webhooks/${id}/redelivery`, { since, which: 'all' })
  await receiver.until(before + total)
  return (total / (performance.now() - startedAt)) * 1000
}

/** The same requests, signed by the same library, one after the other, and nothing written down. */
async function tellBare(receiver: Receiver, count: number): Promise<number> {
  const signer = new Webhook(SECRET)
  const startedAt = performance.now()
  for (let at = 0; at < count; at++) {
    const now = new Date()
    const id = Bun.randomUUIDv7()
    const body = JSON.stringify({
      type: 'message.status',
      timestamp: now.toISOString(),
      data: { event_id: id, status: 'queued', message: { message_body: `Message ${at} of the benchmark` } },
    })
    const answer = await fetch(receiver.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': signer.sign(id, now, body),
      },
      body,
    })
    await answer.text()
  }
  return (count / (performance.now() - startedAt)) * 1000
}
