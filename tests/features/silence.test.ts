// What must never reach the log or the activity: texts, numbers, keys, tokens, passwords — whatever fails.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts'
import { incomingFrom } from '../support/incoming.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp({ logLevel: 'trace' })
})
afterAll(() => t.stop())

const CANARY = 'canary-text-5f2c'
const NUMBER = '491511234567'

test('a day in the life of an account leaves no text, number or secret in the log', async () => {
  const person = await t.person()
  const script = await person.linked()
  const key = await person.key({ scopes: ['send', 'read'] })
  const line = `/api/send?api_key=${key.key}&number=%2B${NUMBER}&message=${CANARY}`
  expect((await t.stranger.call('GET', `${line}&wait=20`)).status).toBe(202)
  await t.stranger.call('GET', `${line}&number=2`)
  await person.call('POST', '/api/messages/send', `{"number":"+${NUMBER}","message":"${CANARY}`)
  await person.call('POST', '/api/messages/send', { number: `+${NUMBER}`, message: CANARY, surplus: CANARY })
  await person.call('POST', '/api/auth/login', { email: person.email, password: `${PASSWORD}-wrong` })
  await person.call('GET', `/api/messages?number=%2B${NUMBER}&q=${CANARY}`)
  await person.call('GET', `/api/numbers/%2B${NUMBER}`)
  await script.outcomes([{ outcome: 'refused', code: 'not_on_whatsapp', retry: false }, 'die'])
  await person.call('POST', '/api/messages/send?wait=20', { number: `+${NUMBER}`, message: CANARY })
  const restarted = script.heard('start')
  const doubtful = await person.call('POST', '/api/messages/send?wait=20', {
    number: `+${NUMBER}`,
    message: CANARY,
  })
  expect(doubtful.body.status).toBe('uncertain')
  const incoming = incomingFrom(NUMBER, { whatsappId: '3AB0', text: CANARY, at: 'not a moment' })
  // Of the Worker that died it may still say `ready`.
  await restarted
  await person.until(
    async () => (await person.call('GET', `/api/accounts/${script.accountId}`)).body.state === 'ready',
  )
  // The table refuses this one: the failure is logged with all it says of itself.
  script.order({ do: 'signal', name: 'incoming', data: incoming })
  while (!t.log().includes('could not be kept')) await new Promise((resolve) => setImmediate(resolve))

  const activity = JSON.stringify((await person.call('GET', '/api/activity')).body)
  for (const secret of [CANARY, NUMBER, key.key, person.token, PASSWORD]) {
    expect([secret, t.log().includes(secret)]).toEqual([secret, false])
    expect([secret, activity.includes(secret)]).toEqual([secret, false])
  }
  // The log is not simply empty.
  expect(t.log()).toContain(script.accountId)
  expect(t.log()).toContain('hand-over not done')
}, 60_000)
