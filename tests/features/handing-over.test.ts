// What becomes of a message when the hand-over goes every way it can go.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { SendOutcome } from '../../workers/protocol.ts'
import { type Person, type Script, startTestApp, type TestApp } from '../support/app.ts'
import { incomingFrom } from '../support/incoming.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.stop())

async function linkedPerson(): Promise<{ person: Person; script: Script }> {
  const person = await t.person()
  return { person, script: await person.linked() }
}

async function send(person: Person, message = 'Hello', number = '+491511111111'): Promise<string> {
  const answer = await person.call('POST', '/api/messages/send', { number, message })
  expect(answer.status).toBe(202)
  return answer.body.id
}

async function reach(person: Person, id: string, status: string) {
  let message = await person.call('GET', `/api/messages/${id}`)
  await person.until(async () => {
    message = await person.call('GET', `/api/messages/${id}`)
    return message.body.status === status
  })
  return message.body
}

const handed = (ack: -1 | 0 | 1 | 2 | 3): SendOutcome => ({ outcome: 'handed', ack, pageLoad: 'page' })

test.each([
  ['the server has it', handed(1), 'sent', null],
  ['the phone has it already', handed(2), 'delivered', null],
  ['it is read at once', handed(3), 'read', null],
  ['the server refuses it', handed(-1), 'failed', 'refused_by_whatsapp'],
  [
    'the number is not on WhatsApp',
    { outcome: 'refused', code: 'not_on_whatsapp', retry: false },
    'failed',
    'not_on_whatsapp',
  ],
  ['WhatsApp knows no chat', { outcome: 'refused', code: 'no_lid', retry: false }, 'failed', 'no_lid'],
  [
    'the page is lost and nothing can be proved',
    { outcome: 'unproven', code: 'page_lost', pageLoad: null },
    'uncertain',
    'maybe_sent',
  ],
  [
    'another page load answers',
    { outcome: 'unproven', code: 'deadline', pageLoad: 'an older page' },
    'uncertain',
    'maybe_sent',
  ],
] as [string, SendOutcome, string, string | null][])('%s', async (_, outcome, status, reason) => {
  const { person, script } = await linkedPerson()
  await script.outcomes([outcome])
  const message = await reach(person, await send(person), status)
  expect(message.reason).toBe(reason)
  if (reason) expect(message.message).toBeString()
})

test('held by WhatsApp Web: it stays sending until an ack comes, and does not hold back the next', async () => {
  const { person, script } = await linkedPerson()
  await script.outcomes([handed(0), handed(1)])
  const held = await send(person, 'held')
  await reach(person, await send(person, 'next'), 'sent')
  const { status, whatsapp_id: whatsappId } = (await person.call('GET', `/api/messages/${held}`)).body
  expect(status).toBe('sending')
  script.order({ do: 'signal', name: 'ack', data: { whatsappId, ack: 1 } })
  await reach(person, held, 'sent')
})

test('unproven, but the page knows the id: settled by its ack, and asked once only', async () => {
  const { person, script } = await linkedPerson()
  await script.outcomes([{ outcome: 'unproven', code: 'deadline', pageLoad: 'page' }])
  const asked = script.heard('send')
  const id = await send(person)
  const { whatsappId } = (await asked).ask as { whatsappId: string }
  await script.acks({ [whatsappId]: 2 })
  // The look-up may have come before the ack was set: then it went again under the same id, which is exact too.
  script.order({ do: 'signal', name: 'ack', data: { whatsappId, ack: 2 } })
  await reach(person, id, 'delivered')
})

test('unproven, and the same page does not know the id: it goes again under the same id', async () => {
  const { person, script } = await linkedPerson()
  await script.outcomes([{ outcome: 'unproven', code: 'deadline', pageLoad: 'page' }, handed(1)])
  const first = script.heard('send')
  const id = await send(person)
  const { whatsappId } = (await first).ask as { whatsappId: string }
  const waiting = await reach(person, id, 'queued')
  expect(waiting.reason).toBe('retrying')
  const second = script.heard('send')
  await t.database.owner`update message_logs set not_before = null where id = ${id}`
  await send(person, 'wakes the queue')
  expect(((await second).ask as { whatsappId: string }).whatsappId).toBe(whatsappId)
  await reach(person, id, 'sent')
})

test.each([
  ['resend', 'queued', 'retrying'],
  ['drop', 'failed', 'dropped'],
])('the owner chose %s for what is uncertain', async (choice, status, reason) => {
  const { person, script } = await linkedPerson()
  await person.call('PATCH', `/api/accounts/${script.accountId}`, { on_uncertain: choice })
  await script.outcomes([{ outcome: 'unproven', code: 'page_lost', pageLoad: null }])
  const id = await send(person)
  // It is `queued` at first too.
  await person.until(async () => (await person.call('GET', `/api/messages/${id}`)).body.reason === reason)
  expect(await reach(person, id, status)).toMatchObject({ status, reason })
})

test('after a hand-over without proof nothing more is given to a page that does not answer', async () => {
  const { person, script } = await linkedPerson()
  await script.outcomes([
    { outcome: 'unproven', code: 'page_lost', pageLoad: null },
    { outcome: 'handed', ack: 1, pageLoad: 'page' },
  ])
  await script.acks('lost')
  const begun = script.heard('send')
  const first = await send(person, 'first')
  await begun
  const given = script.heard('send').then(() => 'given')
  const second = await send(person, 'second')
  await reach(person, first, 'uncertain')
  // The page is asked whether it is there, again and again, and for nothing else.
  for (let times = 0; times < 2; times++) {
    expect(await Promise.race([given, script.heard('acks').then(() => 'asked')])).toBe('asked')
  }
  await script.acks({})
  expect(await given).toBe('given')
  await reach(person, second, 'sent')
}, 60_000)

test('a Worker that dies in the middle leaves one uncertain message; the next goes when the account is back', async () => {
  const { person, script } = await linkedPerson()
  await script.outcomes(['die'])
  const lost = await send(person, 'lost')
  const next = await send(person, 'next')
  await reach(person, lost, 'uncertain')
  // The account comes back by itself, and its new Worker hands over again.
  await reach(person, next, 'sent')
  await t.database.settled()
  const states = (await person.call('GET', '/api/events?limit=500')).body.items
    .filter((event: { type: string }) => event.type === 'account.state')
    .map((event: { data: { state: string } }) => event.data.state)
  expect(states.slice(states.indexOf('ready'))).toEqual(['ready', 'reconnecting', 'ready'])
  // A late ack settles what was uncertain.
  const { whatsapp_id: whatsappId } = (await person.call('GET', `/api/messages/${lost}`)).body
  script.order({ do: 'signal', name: 'ack', data: { whatsappId, ack: 3 } })
  await reach(person, lost, 'read')
}, 60_000)

test('a message for an account that is not ready is accepted, waits saying so, and can be cancelled', async () => {
  const { person, script } = await linkedPerson()
  await person.call('POST', '/api/whatsapp/disconnect', { account_id: script.accountId, logout: false })
  const accepted = await person.call('POST', '/api/messages/send', {
    number: '+491511111111',
    message: 'later',
  })
  expect(accepted.body).toMatchObject({ status: 'queued', reason: 'account_offline', expected_at: null })
  const waiting = (await person.call('GET', `/api/messages/${accepted.body.id}`)).body
  expect(waiting).toMatchObject({ status: 'queued', reason: 'account_offline' })
  const second = await send(person, 'cancelled')
  expect((await person.call('DELETE', `/api/messages/${second}`)).body.status).toBe('cancelled')
  const again = await person.call('DELETE', `/api/messages/${second}`)
  expect([again.status, again.body.code]).toEqual([409, 'not_cancellable'])
  await person.call('POST', `/api/accounts/${script.accountId}/connection`, {})
  await reach(person, accepted.body.id, 'sent')
})

test('messages of one account go out in the order in which they were accepted', async () => {
  const { person, script } = await linkedPerson()
  await person.call('POST', '/api/whatsapp/disconnect', { account_id: script.accountId, logout: false })
  const ids: string[] = []
  for (let n = 0; n < 10; n++)
    ids.push(await send(person, `message ${n}`, n % 2 ? '+491511111111' : '+491522222222'))
  await person.call('POST', `/api/accounts/${script.accountId}/connection`, {})
  for (const id of ids) await reach(person, id, 'sent')
  const rows = await t.database.owner<{ id: string }[]>`
    select id from message_logs where account_id = ${script.accountId} order by claimed_at`
  expect(rows.map((row) => row.id)).toEqual(ids)
})

test('an account that is away again and again never fails a message', async () => {
  const { person, script } = await linkedPerson()
  await person.call('POST', '/api/whatsapp/disconnect', { account_id: script.accountId, logout: false })
  const id = await send(person)
  // Tried as often as a message whose page has errors may be tried.
  await t.database.owner`update message_logs set attempts = 5 where id = ${id}`
  await person.call('POST', `/api/accounts/${script.accountId}/connection`, {})
  await reach(person, id, 'sent')
  await script.outcomes([{ outcome: 'refused', code: 'not_ready', retry: true }, handed(1)])
  const away = await send(person, 'away')
  await t.database.owner`update message_logs set attempts = 5 where id = ${away} and status <> 'sent'`
  await reach(person, away, 'sent')
}, 60_000)

test('pacing holds the second message back and says so; the first goes at once', async () => {
  const { person, script } = await linkedPerson()
  await person.call('PATCH', `/api/accounts/${script.accountId}`, { pacing: { gap_s: [600, 600] } })
  await reach(person, await send(person, 'first'), 'sent')
  const held = await person.call('POST', '/api/messages/send', { number: '+491511111111', message: 'second' })
  expect(held.body).toMatchObject({ status: 'queued', reason: 'gap' })
  expect(Date.parse(held.body.expected_at) - Date.now()).toBeWithin(590_000, 601_000)
  await person.call('PATCH', `/api/accounts/${script.accountId}`, { pacing: 'off' })
  await reach(person, held.body.id, 'sent')
})

test('wait answers the final status, or what is known after its time', async () => {
  const { person, script } = await linkedPerson()
  const quick = await person.call('POST', '/api/messages/send?wait=20', {
    number: '+491511111111',
    message: 'quick',
  })
  expect([quick.status, quick.body.status]).toEqual([202, 'sent'])
  await script.outcomes(['hang'])
  const slow = await person.call('POST', '/api/messages/send?wait=0.2', {
    number: '+491511111111',
    message: 'slow',
  })
  expect(['queued', 'sending']).toContain(slow.body.status)
})

test('an incoming message is kept once, however often it is reported', async () => {
  const { person, script } = await linkedPerson()
  const data = incomingFrom('491511111111', { whatsappId: 'ABCDEF0123456789', text: 'Hi!' })
  script.order({ do: 'signal', name: 'incoming', data })
  script.order({ do: 'signal', name: 'incoming', data })
  script.order({
    do: 'signal',
    name: 'incoming',
    data: { ...data, whatsappId: 'ABCDEF0123456780', text: 'Again' },
  })
  let items: { message_body: string; receiver_number: string; status: string }[] = []
  await person.until(async () => {
    items = (await person.call('GET', '/api/messages?direction=in')).body.items
    return items.some((item) => item.message_body === 'Again')
  })
  expect(items.map((item) => item.message_body)).toEqual(['Again', 'Hi!'])
  expect(items[0]).toMatchObject({ receiver_number: '+491511111111', status: 'received' })
})
