// The main job by API: link an account, send, and watch the message become read.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startTestApp, type TestApp } from '../support/app.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.stop())

test('a person links an account, sends, and sees the message delivered and read', async () => {
  const person = await t.person()
  const initialized = await person.call('POST', '/api/whatsapp/initialize', {})
  expect(initialized.status).toBe(202)
  const { account_id } = initialized.body
  const script = t.script(account_id)
  await person.call('PATCH', `/api/accounts/${account_id}`, { pacing: 'off' })
  await person.until(async () => (await person.call('GET', '/api/whatsapp/qr')).status === 200)
  const qr = await person.call('GET', '/api/whatsapp/qr')
  expect(qr.body.qr).toBe('ref,static,identity,secret,1')
  expect(qr.body.image).toStartWith('data:image/png;base64,')
  expect(Date.parse(qr.body.expires_at)).toBeGreaterThan(Date.now())

  script.order({ do: 'scan', phone: '491500000001' })
  await person.until(async () => (await person.call('GET', '/api/whatsapp/status')).body.state === 'ready')
  const status = await person.call('GET', '/api/whatsapp/status')
  expect(status.body).toMatchObject({ account_id, state: 'ready', phone: '+491500000001', action: null })

  const key = await person.key()
  const sent = await t.stranger.call(
    'GET',
    `/api/send?api_key=${key.key}&number=%20491511111111&message=Hello&wait=20`,
  )
  expect(sent.status).toBe(202)
  expect(sent.body).toMatchObject({ status: 'sent', account_id, to: '491511111111@c.us' })

  const { whatsapp_id: whatsappId } = (await person.call('GET', `/api/messages/${sent.body.id}`)).body
  expect(whatsappId).toMatch(/^3EB0[0-9A-F]{18}$/)
  script.order({ do: 'signal', name: 'ack', data: { whatsappId, ack: 3 } })
  await person.until(
    async () => (await person.call('GET', `/api/messages/${sent.body.id}`)).body.status === 'read',
  )
  script.order({ do: 'signal', name: 'ack', data: { whatsappId, ack: 2 } })
  const message = await person.call('GET', `/api/messages/${sent.body.id}`)
  expect(message.body.timeline.map((step: { status: string }) => step.status)).toEqual([
    'queued',
    'sending',
    'sent',
    'read',
  ])

  await t.database.settled()
  const events = await person.call('GET', '/api/events?limit=500')
  const states = events.body.items.filter((e: { type: string }) => e.type === 'account.state')
  expect(states.at(-1).data.state).toBe('ready')
})
