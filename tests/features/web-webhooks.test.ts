// Webhooks in the dashboard's store against the real server and a real receiver: made, tried, read, sent once more.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { EVENT_TYPES } from '../../src/rules/event-types.ts'
import { createWebhooks } from '../../web/stores/webhooks.ts'
import { EVENT_CHOICES, eventsSentence, troubleSentence, trySentence } from '../../web/webhook-words.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { deskOf } from '../support/desk.ts'
import { until } from '../support/product.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { createRows, type Rows } from '../support/rows.ts'

let t: TestApp
let rows: Rows
let receiver: Receiver
beforeAll(async () => {
  t = await startTestApp({ env: { OUTBOUND_ALLOW: '127.0.0.0/8' } })
  rows = await createRows(t)
  receiver = await startReceiver()
})
afterAll(async () => {
  await receiver.stop()
  await t.stop()
})

test('one is made, its secret is shown once, its test and its deliveries are read and sent once more', async () => {
  using desk = deskOf(t, await rows.person())
  const webhooks = createWebhooks(desk.api)
  await webhooks.load()
  expect(webhooks.items.value).toEqual([])
  const id = await webhooks.create({ url: receiver.url, name: 'Till', events: ['account.created'] })
  const { secret } = webhooks.secret.value!
  await webhooks.load()
  expect(JSON.stringify(webhooks.items.value)).not.toContain(secret)

  receiver.answer = () => new Response('thanks')
  const tried = await webhooks.test(id)
  expect([tried.ok, trySentence(tried), tried.answer]).toEqual([
    true,
    'The receiver took it (200).',
    'thanks',
  ])
  expect(receiver.verifies(receiver.arrived.at(-1)!, secret)).toBe(true)

  await desk.api.createAccount({ name: 'Shop' })
  await webhooks.deliveries.show({ id })
  await until(async () => {
    await webhooks.deliveries.refresh()
    return webhooks.deliveries.items.value?.[0]?.status === 'delivered'
  })
  const [sent] = webhooks.deliveries.items.value!
  expect(JSON.parse((await webhooks.findDelivery(id, sent!.event_id)).body!)).toMatchObject({
    type: 'account.created',
  })
  const before = receiver.arrived.length
  await webhooks.redeliver(id, sent!.event_id)
  await receiver.until(before + 1)
  expect(receiver.arrived.at(-1)!.id).toBe(sent!.event_id)
  expect(await webhooks.redeliverSince(id, new Date(Date.now() - 60_000))).toBe(0)

  await webhooks.rotate(id)
  expect(webhooks.secret.value!.secret).not.toBe(secret)
  webhooks.putAway()
  await webhooks.update(id, { enabled: false })
  expect(troubleSentence(webhooks.open.value!)).toBe('You switched it off.')
  await webhooks.remove(id)
  await webhooks.find(id)
  expect(webhooks.openProblem.value?.code).toBe('webhook_not_found')
})

test('an address that leads nowhere good is refused with a sentence, and nothing is made', async () => {
  using desk = deskOf(t, await rows.person())
  const webhooks = createWebhooks(desk.api)
  const form = { url: 'http://10.0.0.1/', name: '', events: ['*'] }
  const refused = await webhooks.create(form).catch((problem) => problem)
  expect(refused.code).toBe('webhook_url_refused')
  expect(refused.message).toContain('private network')
  await webhooks.load()
  expect([webhooks.items.value, webhooks.secret.value]).toEqual([[], null])
})

test('everything that can happen has its words', () => {
  expect(EVENT_CHOICES.map(([type]) => type).sort()).toEqual([...EVENT_TYPES].sort())
  expect(eventsSentence({ events: ['*'] })).toBe('Everything')
  expect(trySentence({ status: null, failure: 'too_slow' })).toBe('The server took too long to answer.')
  expect(trySentence({ status: 503, failure: 'refused' })).toBe('The receiver answered 503.')
})
