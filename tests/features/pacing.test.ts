// An account does not hurry: caps, new people, quiet hours, refusals; and whoever waits is told why and until when.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Person, startTestApp, type TestApp } from '../support/app.ts'
import { incomingFrom } from '../support/incoming.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.stop())

async function paced(pacing: unknown) {
  const person = await t.person()
  const script = await person.linked()
  const patched = await person.call('PATCH', `/api/accounts/${script.accountId}`, { pacing })
  expect(patched.status).toBe(200)
  return { person, script }
}

async function send(person: Person, number: string, message = 'Hello') {
  const answer = await person.call('POST', '/api/messages/send', { number, message })
  expect(answer.status).toBe(202)
  return answer.body
}

const status = async (person: Person, id: string) => (await person.call('GET', `/api/messages/${id}`)).body

const incoming = (from: string) => ({
  do: 'signal' as const,
  name: 'incoming' as const,
  data: incomingFrom(from),
})

test('new people wait when their cap is reached; known ones do not, and whoever writes first is known', async () => {
  const { person, script } = await paced({ gap_s: [0, 0], new_per_day: 1 })
  const first = await send(person, '+491511111111')
  await person.until(async () => (await status(person, first.id)).status === 'sent')
  const stranger = await send(person, '+491522222222')
  expect(stranger).toMatchObject({ status: 'queued', reason: 'new_contacts_cap' })
  expect(Date.parse(stranger.expected_at) - Date.now()).toBeWithin(23.9 * 3_600_000, 24 * 3_600_000)
  // The one behind is known and is not held back.
  const known = await send(person, '+491511111111', 'Again')
  await person.until(async () => (await status(person, known.id)).status === 'sent')
  expect(await status(person, stranger.id)).toMatchObject({ status: 'queued', reason: 'new_contacts_cap' })
  script.order(incoming('491522222222'))
  await person.until(
    async () => (await person.call('GET', '/api/messages?direction=in')).body.items.length === 1,
  )
  const answer = await send(person, '+491522222222', 'Hello back')
  await person.until(async () => (await status(person, answer.id)).status === 'sent')
})

test('five new people a day in the first week after linking, then twenty', async () => {
  const { person, script } = await paced({ gap_s: [0, 0] })
  for (let n = 0; n < 5; n++) await send(person, `+4915111111${n}0`)
  await person.until(
    async () => (await person.call('GET', '/api/messages?status=sent')).body.items.length === 5,
  )
  const sixth = await send(person, '+491522222222')
  expect(sixth.reason).toBe('new_contacts_cap')
  await t.database
    .owner`update accounts set linked_at = now() - interval '8 days' where id = ${script.accountId}`
  await t.restart()
  await person.until(async () => (await status(person, sixth.id)).status === 'sent')
})

test('a number that is not on WhatsApp does not use the cap up', async () => {
  const { person, script } = await paced({ gap_s: [0, 0], new_per_day: 1 })
  await script.outcomes([
    { outcome: 'refused', code: 'not_on_whatsapp', retry: false },
    { outcome: 'handed', ack: 1, pageLoad: 'page' },
  ])
  const nobody = await send(person, '+491511111111')
  await person.until(async () => (await status(person, nobody.id)).status === 'failed')
  const somebody = await send(person, '+491522222222')
  await person.until(async () => (await status(person, somebody.id)).status === 'sent')
})

test('quiet hours hold everything back and name their end', async () => {
  const minute = (ms: number) => new Date(Math.floor((Date.now() + ms) / 60_000) * 60_000).toISOString()
  const end = minute(3_600_000)
  const quiet = { from: minute(-3_600_000).slice(11, 16), to: end.slice(11, 16), time_zone: 'UTC' }
  const { person } = await paced({ gap_s: [0, 0], quiet })
  const held = await send(person, '+491511111111')
  expect(held).toMatchObject({ status: 'queued', reason: 'quiet_hours', expected_at: end })
})

test('when the caps cannot meet the deadline, the answer says so', async () => {
  const { person } = await paced({ gap_s: [0, 0], per_hour: 1 })
  const first = await send(person, '+491511111111')
  await person.until(async () => (await status(person, first.id)).status === 'sent')
  const late = await person.call('POST', '/api/messages/send', {
    number: '+491511111111',
    message: 'late',
    expires_in: 600,
  })
  expect(late.body).toMatchObject({ status: 'queued', reason: 'caps_past_deadline' })
  expect(Date.parse(late.body.expected_at) - Date.now()).toBeGreaterThan(600_000)
})

test('WhatsApp refuses new chats: no further one is opened and none is retried, until the owner says so', async () => {
  const { person, script } = await paced('off')
  const known = await send(person, '+491511111111')
  await person.until(async () => (await status(person, known.id)).status === 'sent')
  await script.outcomes([{ outcome: 'handed', ack: 0, pageLoad: 'page' }])
  const refused = await send(person, '+491522222222')
  await person.until(async () => (await status(person, refused.id)).whatsapp_id !== null)
  const { whatsapp_id: whatsappId } = await status(person, refused.id)
  script.order({ do: 'signal', name: 'ack', data: { whatsappId, ack: -1, error: 463 } })
  await person.until(async () => (await status(person, refused.id)).status === 'failed')
  expect((await status(person, refused.id)).reason).toBe('new_chats_refused')
  await script.outcomes([{ outcome: 'handed', ack: 1, pageLoad: 'page' }])
  const account = async () => (await person.call('GET', `/api/accounts/${script.accountId}`)).body
  await person.until(async () => (await account()).new_chats_refused_at !== null)
  const next = await send(person, '+491533333333')
  expect(next).toMatchObject({ status: 'queued', reason: 'new_chats_refused', expected_at: null })
  const still = await send(person, '+491511111111', 'known')
  await person.until(async () => (await status(person, still.id)).status === 'sent')
  await person.call('PATCH', `/api/accounts/${script.accountId}`, { new_chats_refused: false })
  await send(person, '+491511111111', 'wakes the queue')
  await person.until(async () => (await status(person, next.id)).status === 'sent')
})

test('a more urgent message goes before what waits already', async () => {
  const person = await t.person()
  const script = await person.linked()
  await person.call('POST', '/api/whatsapp/disconnect', { account_id: script.accountId, logout: false })
  const call = (message: string, priority: number, number: string) =>
    person.call('POST', '/api/messages/send', { number, message, priority })
  const ids = [
    (await call('bulk', 2, '+491511111111')).body.id,
    (await call('single', 1, '+491522222222')).body.id,
    (await call('reply', 0, '+491533333333')).body.id,
  ]
  await person.call('POST', `/api/accounts/${script.accountId}/connection`, {})
  for (const id of ids) await person.until(async () => (await status(person, id)).status === 'sent')
  const rows = await t.database.owner<{ id: string }[]>`
    select id from message_logs where account_id = ${script.accountId} order by claimed_at`
  expect(rows.map((row) => row.id)).toEqual(ids.toReversed())
})

test('whether a number is on WhatsApp is asked once and remembered', async () => {
  const { person } = await paced('off')
  const first = await person.call('GET', '/api/numbers/+491511111111')
  expect(first.body).toMatchObject({
    number: '+491511111111',
    on_whatsapp: true,
    chat_id: '491511111111@c.us',
  })
  const again = await person.call('GET', '/api/numbers/49%20151%20111%201111')
  expect(again.body).toEqual(first.body)
  const nobody = await t.person()
  expect((await nobody.call('GET', '/api/numbers/+491511111111')).body.code).toBe('no_account')
  expect((await person.call('GET', '/api/numbers/mother')).body.code).toBe('invalid_number')
})

test.each([
  [{ gap_s: [5, 1] }],
  [{ per_minute: 0 }],
  [{ quiet: { from: '25:00', to: '07:00', time_zone: 'UTC' } }],
  [{ quiet: { from: '22:00', to: '07:00', time_zone: 'Middle/Earth' } }],
  ['on'],
])('pacing %p is refused', async (pacing) => {
  const person = await t.person()
  const { body } = await person.call('POST', '/api/accounts', {})
  const answer = await person.call('PATCH', `/api/accounts/${body.id}`, { pacing })
  expect([answer.status, answer.body.code]).toEqual([422, 'invalid_request'])
})
