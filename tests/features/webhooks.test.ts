// Webhooks through the API and real receivers: chosen, signed, in order, tried again, given up, sent once more.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { recordEvents } from '../../src/events/record.ts'
import { createVault } from '../../src/vault.ts'
import { newSecret, sealSecret } from '../../src/webhooks/sealing.ts'
import { type Answer, type Caller, caller, type Person, startTestApp, type TestApp } from '../support/app.ts'
import { until } from '../support/product.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { createRows, type Rows } from '../support/rows.ts'

let t: TestApp
let rows: Rows
const receivers: Receiver[] = []
beforeAll(async () => {
  t = await startTestApp({ env: { OUTBOUND_ALLOW: '127.0.0.0/8' } })
  rows = await createRows(t)
})
afterAll(async () => {
  await Promise.all(receivers.map((receiver) => receiver.stop()))
  await t.stop()
})

/** Somebody new; made as a row, which costs less than signing in. */
async function someone(): Promise<Caller> {
  const { token } = await rows.person()
  return caller(t.url, { authorization: `Bearer ${token}` })
}

async function receive(): Promise<Receiver> {
  const receiver = await startReceiver()
  receivers.push(receiver)
  return receiver
}

interface Made {
  id: string
  secret: string
  path: string
}

async function hook(who: Caller, url: string, more: object = {}): Promise<Made> {
  const { status, body } = await who.call('POST', '/api/webhooks', { url, ...more })
  expect([status, body.code]).toEqual([201, undefined])
  return { id: body.id, secret: body.secret, path: `/api/webhooks/${body.id}` }
}

/** Something that happens: an account is made. */
async function happen(who: Caller, name = 'Phone'): Promise<string> {
  const { body } = await who.call('POST', '/api/accounts', { name })
  return body.id
}

async function deliveries(who: Caller, { path }: Made, query = ''): Promise<Answer['body'][]> {
  return (await who.call('GET', `${path}/deliveries?${query}`)).body.items
}

/** Waits until the newest delivery is in this status, and answers it. */
async function settled(who: Caller, made: Made, status: string): Promise<Answer['body']> {
  let found: Answer['body']
  await until(async () => {
    found = (await deliveries(who, made))[0]
    return found?.status === status
  })
  return found
}

/** Waits until the first try of the newest delivery is written down, and answers it. */
async function tried(who: Caller, made: Made): Promise<Answer['body']> {
  let found: Answer['body']
  await until(async () => {
    found = (await deliveries(who, made)).at(-1)
    return found?.tries > 0
  })
  return found
}

test('what happens is told within a second, signed so that the official library takes it', async () => {
  const person = await someone()
  const receiver = await receive()
  const made = await hook(person, receiver.url, {
    name: ' CRM ',
    headers: { Authorization: 'Bearer of-theirs' },
  })
  expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  const startedAt = performance.now()
  const accountId = await happen(person)
  await receiver.until(1)
  const [arrived] = receiver.arrived
  expect(arrived!.atMs - startedAt).toBeLessThan(1_000)
  expect(receiver.verifies(arrived!, made.secret)).toBe(true)
  expect(receiver.verifies(arrived!, 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=')).toBe(false)
  expect(arrived!.headers.get('authorization')).toBe('Bearer of-theirs')
  expect(arrived!.headers.get('content-type')).toBe('application/json')
  expect(arrived!.headers.get('user-agent')).toStartWith('BotWave/')
  expect(arrived!.json).toEqual({
    type: 'account.created',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    data: { name: 'Phone', event_id: arrived!.id, account_id: accountId, message_id: null },
  })
  const delivery = await settled(person, made, 'delivered')
  expect(delivery).toMatchObject({
    event_id: arrived!.id,
    type: 'account.created',
    tries: 1,
    next_try_at: null,
  })
  expect(delivery.log).toEqual([
    {
      at: expect.any(String),
      ms: expect.any(Number),
      url: receiver.url,
      status: 200,
      failure: null,
      answer: 'thanks',
    },
  ])
  const one = await person.call('GET', `${made.path}/deliveries/${arrived!.id}`)
  expect(one.body.body).toBe(arrived!.body)
})

test('the secret and the values of headers are shown once and stand in no log and no row', async () => {
  const person = await someone()
  const made = await hook(person, (await receive()).url, { headers: { 'X-Token': 'very-hidden-value' } })
  const { body } = await person.call('GET', made.path)
  expect(body).toMatchObject({ headers: ['X-Token'], enabled: true, waiting: 0, old_secret_until: null })
  expect(JSON.stringify(body)).not.toContain(made.secret)
  const rows = await t.database.owner`select w::text as text from webhooks w`
  const everything = JSON.stringify(rows) + t.log()
  expect(everything).not.toContain(made.secret.slice(6))
  expect(everything).not.toContain('very-hidden-value')
})

test('only what was chosen, of the accounts that were chosen, and nothing of other people', async () => {
  const [person, other] = [await someone(), await someone()]
  const [mine, second] = [await happen(person), await happen(person)]
  const [few, all, states] = [await receive(), await receive(), await receive()]
  await hook(person, few.url, { events: ['key.created', 'account.removed'] })
  await hook(person, all.url, { account_ids: [second] })
  await hook(person, states.url, { events: ['account.state.stopped', 'account.removed'] })
  await happen(other)
  await person.call('POST', '/api/keys', { name: 'One' })
  await person.call('DELETE', `/api/accounts/${mine}`)
  await person.call('DELETE', `/api/accounts/${second}`)
  await Promise.all([few.until(3), all.until(2), states.until(2)])
  const told = (receiver: Receiver) =>
    receiver.arrived.map(({ json }) => `${json.type} ${json.data.account_id ?? '-'}`)
  expect(told(few)).toEqual(['key.created -', `account.removed ${mine}`, `account.removed ${second}`])
  expect(told(all).at(-1)).toBe(`account.removed ${second}`)
  expect(all.arrived.every(({ json }) => json.data.account_id === second)).toBe(true)
  expect(told(states)).toEqual([`account.removed ${mine}`, `account.removed ${second}`])
})

test('a message is told with its text, in the order of the events, each once', async () => {
  const person = await t.person()
  const script = await person.linked()
  const receiver = await receive()
  await hook(person, receiver.url, { events: ['message.status', 'message.received'] })
  await t.database.settled()
  const start = (await person.call('GET', '/api/events?after=latest')).body.next
  const sends = Array.from({ length: 20 }, (_, at) =>
    person.call('POST', '/api/messages/send', { number: `+49151111111${10 + at}`, message: `Hello ${at}` }),
  )
  await Promise.all(sends)
  await receiver.until(60)
  await t.database.settled()
  const { items } = (await person.call('GET', `/api/events?after=${start}&limit=500`)).body
  const expected = items.filter(({ type }: { type: string }) => type === 'message.status')
  expect(receiver.arrived.map(({ id }) => id)).toEqual(expected.map(({ id }: { id: string }) => id))
  const { data } = receiver.arrived[0]!.json
  expect(data).toMatchObject({
    status: 'queued',
    account_id: script.accountId,
    message: { id: data.message_id, direction: 'out', kind: 'text', source: 'dashboard' },
  })
  expect(data.message.message_body).toMatch(/^Hello \d+$/)
})

test('a delivery is written in the transaction of its event: both, or neither', async () => {
  const { id: userId, token } = await rows.person()
  const person = caller(t.url, { authorization: `Bearer ${token}` })
  const receiver = await receive()
  const made = await hook(person, receiver.url, { events: ['account.created'] })
  const record = (name: string, ends: 'well' | 'badly') =>
    t.database.sql.begin(async (tx) => {
      const [event] = await recordEvents(tx, [{ userId, type: 'account.created', data: { name } }])
      const written = await tx`
        select d.xid = pg_current_xact_id() as together from webhook_deliveries d
        where d.event_id = ${event!.id} and d.webhook_id = ${made.id}`
      expect([...written]).toEqual([{ together: true }])
      if (ends === 'badly') throw new Error('it did not happen')
    })
  await expect(record('never', 'badly')).rejects.toThrow('it did not happen')
  await record('happened', 'well')
  await settled(person, made, 'delivered')
  expect(receiver.arrived.map(({ json }) => json.data.name)).toEqual(['happened'])
  expect(await deliveries(person, made)).toHaveLength(1)
})

describe('a receiver that does not take it', () => {
  const kinds: [string, Receiver['answer'], number | null, string, string | null][] = [
    ['answers 500', () => new Response('broken', { status: 500 }), 500, 'refused', 'broken'],
    ['redirects inwards', () => Response.redirect('http://127.0.0.1:1/', 307), 307, 'redirected', ''],
    ['says no', () => new Response('no', { status: 404 }), 404, 'refused', 'no'],
    ['breaks off in the middle of the answer', () => 'cut', 200, 'cut_off', null],
    [
      'answers a lot',
      () => new Response('x'.repeat(100_000), { status: 500 }),
      500,
      'refused',
      'x'.repeat(1_024),
    ],
  ]
  test.each(kinds)(
    '%s: it is tried again, and those behind it wait their turn',
    async (_, answer, status, failure, text) => {
      const person = await someone()
      const receiver = await receive()
      receiver.answer = answer
      const made = await hook(person, receiver.url)
      await happen(person, 'first')
      const first = await tried(person, made)
      expect(first).toMatchObject({ status: 'waiting', tries: 1, log: [{ status, failure, answer: text }] })
      const inMs = Date.parse(first.next_try_at) - Date.parse(first.first_try_at)
      expect(inMs).toBeGreaterThan(4_900)
      expect(inMs).toBeLessThan(7_000)
      expect((await person.call('GET', made.path)).body.failing_since).toBeString()
      await happen(person, 'second')
      receiver.answer = () => new Response(null, { status: 204 })
      const again = await person.call('POST', `${made.path}/deliveries/${first.event_id}/redelivery`)
      expect([again.status, again.body]).toEqual([202, { waiting: 1 }])
      await receiver.until(3)
      expect(receiver.arrived.map(({ json }) => json.data.name)).toEqual(['first', 'first', 'second'])
      expect(receiver.arrived[1]!.id).toBe(first.event_id)
      expect(receiver.arrived[1]!.body).toBe(receiver.arrived[0]!.body)
      await settled(person, made, 'delivered')
      expect((await person.call('GET', made.path)).body).toMatchObject({ failing_since: null, waiting: 0 })
      expect(await deliveries(person, made, 'status=waiting')).toEqual([])
    },
  )

  test('asks for a later try: it gets it', async () => {
    const person = await someone()
    const receiver = await receive()
    receiver.answer = () => new Response(null, { status: 503, headers: { 'retry-after': '3600' } })
    const made = await hook(person, receiver.url)
    await happen(person)
    const { next_try_at, first_try_at } = await tried(person, made)
    expect(Math.round((Date.parse(next_try_at) - Date.parse(first_try_at)) / 60_000)).toBe(60)
  })

  test('says that it is gone: switched off at once, with a notice, and nothing is lost', async () => {
    const person = await someone()
    const [receiver, notices] = [await receive(), await receive()]
    receiver.answer = () => new Response(null, { status: 410 })
    const made = await hook(person, receiver.url, { events: ['account.created'] })
    await hook(person, notices.url, { events: ['webhook.disabled'] })
    await happen(person)
    await notices.until(1)
    expect(notices.arrived[0]!.json.data).toMatchObject({ webhook_id: made.id, reason: 'gone' })
    expect((await person.call('GET', made.path)).body).toMatchObject({
      enabled: false,
      disabled_reason: 'gone',
      waiting: 1,
    })
    const activity = (await person.call('GET', '/api/activity')).body.items
    expect(activity[0]).toMatchObject({ action: 'webhook.disabled', details: { reason: 'gone' } })
    receiver.answer = () => new Response('back')
    const back = await person.call('PATCH', made.path, { enabled: true })
    expect(back.body).toMatchObject({ enabled: true, disabled_reason: null })
    await receiver.until(2)
    await settled(person, made, 'delivered')
  })

  test('five days long: switched off', async () => {
    const person = await someone()
    const receiver = await receive()
    receiver.answer = () => new Response(null, { status: 500 })
    const made = await hook(person, receiver.url)
    await happen(person)
    const { event_id } = await tried(person, made)
    await t.database.owner`
      update webhooks set failing_since = now() - interval '5 days' where id = ${made.id}`
    await makeDue(event_id, 5)
    // Anything that changes a webhook makes its lane look.
    await person.call('PATCH', made.path, { name: 'look' })
    await until(async () => (await person.call('GET', made.path)).body.disabled_reason === 'failing')
  })

  test('ten times: that one is given up, and the next goes on', async () => {
    const person = await someone()
    const receiver = await receive()
    receiver.answer = ({ json }) => new Response(null, { status: json.data.name === 'poison' ? 500 : 200 })
    const made = await hook(person, receiver.url)
    await happen(person, 'poison')
    const { event_id } = await tried(person, made)
    await happen(person, 'next')
    await makeDue(event_id, 9)
    await person.call('PATCH', made.path, { name: 'look' })
    await receiver.until(3)
    await settled(person, made, 'delivered')
    expect((await deliveries(person, made))[1]).toMatchObject({ event_id, status: 'failed', tries: 10 })
  })

  test('one that its owner gives up lets the others by', async () => {
    const person = await someone()
    const receiver = await receive()
    receiver.answer = ({ json }) => new Response(null, { status: json.data.name === 'poison' ? 500 : 200 })
    const made = await hook(person, receiver.url)
    await happen(person, 'poison')
    const { event_id } = await tried(person, made)
    await happen(person, 'next')
    expect((await person.call('DELETE', `${made.path}/deliveries/${event_id}`)).status).toBe(204)
    await settled(person, made, 'delivered')
    const twice = await person.call('DELETE', `${made.path}/deliveries/${event_id}`)
    expect([twice.status, twice.body.code]).toEqual([409, 'delivery_not_waiting'])
  })

  test('hangs: nobody else waits for it, neither of the same person nor of others', async () => {
    const [person, other] = [await someone(), await someone()]
    const [dead, good, others] = [await receive(), await receive(), await receive()]
    dead.answer = () => 'hang'
    await hook(person, dead.url)
    await hook(person, good.url)
    await hook(other, others.url)
    const startedAt = performance.now()
    for (let at = 0; at < 10; at++) await Promise.all([happen(person), happen(other)])
    await Promise.all([dead.until(1), good.until(10), others.until(10)])
    expect(performance.now() - startedAt).toBeLessThan(4_000)
    expect(dead.arrived).toHaveLength(1)
  })

  test('hundreds hang that hung before: they keep no place from those that answer', async () => {
    const good = await someone()
    const { id: otherId, token } = await rows.person()
    const other = caller(t.url, { authorization: `Bearer ${token}` })
    const [dead, receiver] = [await receive(), await receive()]
    dead.answer = () => 'hang'
    await hook(good, receiver.url, { events: ['account.created'] })
    await happen(good, 'before')
    await receiver.until(1)
    const vault = createVault(t.dataDir)
    // More than there can be requests at once, all of them due at the same moment.
    const hanging = Array.from({ length: 400 }, () => {
      const id = Bun.randomUUIDv7()
      return {
        id,
        user_id: otherId,
        url: dead.url,
        events: ['account.created'],
        secret: sealSecret(vault, id, newSecret()),
        failing_since: new Date(),
      }
    })
    await t.database.owner`insert into webhooks ${t.database.owner(hanging)}`
    await happen(other, 'for all of them')
    await dead.until(40)
    const startedAt = performance.now()
    for (let at = 0; at < 5; at++) await happen(good, `Nr. ${at}`)
    await receiver.until(6)
    expect(receiver.arrived.at(-1)!.atMs - startedAt).toBeLessThan(2_000)
    await t.database.owner`delete from webhooks where url = ${dead.url}`
  })

  async function makeDue(eventId: string, tries: number): Promise<void> {
    await t.database.owner`
      update webhook_deliveries set tries = ${tries}, next_try_at = now() where event_id = ${eventId}`
  }
})

test('a restart loses nothing, and what was taken does not come again', async () => {
  const person = await someone()
  const receiver = await receive()
  const made = await hook(person, receiver.url)
  await happen(person, 'before')
  await settled(person, made, 'delivered')
  receiver.answer = () => new Response(null, { status: 500 })
  await happen(person, 'meanwhile')
  await receiver.until(2)
  await happen(person, 'behind it')
  await t.restart(async () => {
    receiver.answer = () => new Response('ok')
    await t.database.owner`update webhook_deliveries set next_try_at = null where webhook_id = ${made.id}`
  })
  await receiver.until(4)
  expect(receiver.arrived.map(({ json }) => json.data.name)).toEqual([
    'before',
    'meanwhile',
    'meanwhile',
    'behind it',
  ])
})

test('a new secret signs at once, the old one beside it while they overlap', async () => {
  const person = await someone()
  const receiver = await receive()
  const made = await hook(person, receiver.url)
  const rotated = (await person.call('POST', `${made.path}/secret`, { overlap_h: 1 })).body
  expect(rotated.secret).not.toBe(made.secret)
  await happen(person)
  await receiver.until(1)
  expect(receiver.arrived[0]!.signature.split(' ')).toHaveLength(2)
  expect(
    [made.secret, rotated.secret].map((secret) => receiver.verifies(receiver.arrived[0]!, secret)),
  ).toEqual([true, true])
  const last = (await person.call('POST', `${made.path}/secret`, { overlap_h: 0 })).body
  await happen(person)
  await receiver.until(2)
  expect(
    [made.secret, rotated.secret, last.secret].map((secret) =>
      receiver.verifies(receiver.arrived[1]!, secret),
    ),
  ).toEqual([false, false, true])
})

test('everything since a moment once more: what was missed, or all of it', async () => {
  const person = await someone()
  const receiver = await receive()
  const since = new Date().toISOString()
  await happen(person, 'before it was made')
  const made = await hook(person, receiver.url, { events: ['account.created'] })
  await happen(person, 'taken')
  await receiver.until(1)
  await settled(person, made, 'delivered')
  await person.call('PATCH', made.path, { enabled: false })
  await happen(person, 'while it was off')
  await person.call('PATCH', made.path, { enabled: true })
  const missed = await person.call('POST', `${made.path}/redelivery`, { since })
  expect([missed.status, missed.body]).toEqual([202, { waiting: 2 }])
  await receiver.until(3)
  expect(receiver.arrived.map(({ json }) => json.data.name)).toEqual([
    'taken',
    'before it was made',
    'while it was off',
  ])
  await until(async () => (await person.call('GET', made.path)).body.waiting === 0)
  const all = await person.call('POST', `${made.path}/redelivery`, { since, which: 'all' })
  expect(all.body).toEqual({ waiting: 3 })
  await receiver.until(6)
  expect(new Set(receiver.arrived.map(({ id }) => id)).size).toBe(3)
})

test('the test button says what the receiver answered, also while it is off', async () => {
  const person = await someone()
  const receiver = await receive()
  const made = await hook(person, receiver.url)
  await person.call('PATCH', made.path, { enabled: false })
  receiver.answer = () => new Response('teapot', { status: 418 })
  const { status, body } = await person.call('POST', `${made.path}/test`)
  expect(status).toBe(200)
  expect(body).toMatchObject({ ok: false, status: 418, failure: 'refused', answer: 'teapot' })
  expect(receiver.arrived[0]!.json).toMatchObject({ type: 'webhook.test', data: { webhook_id: made.id } })
  expect(body.body).toBe(receiver.arrived[0]!.body)
  expect(receiver.verifies(receiver.arrived[0]!, made.secret)).toBe(true)
  expect(await deliveries(person, made)).toEqual([])
})

describe('refused', () => {
  let person: Person
  let path: string
  beforeAll(async () => {
    person = await t.person()
    path = (await hook(person, 'https://example.com/hook', { events: ['webhook.disabled'] })).path
  })
  const unknown = '01890000-0000-7000-8000-000000000000'
  const url = 'https://example.com/'

  test.each([
    [{}, 422, 'invalid_request'],
    [{ url: 'example.com' }, 422, 'webhook_url_refused'],
    [{ url: 'ftp://example.com/' }, 422, 'webhook_url_refused'],
    [{ url: 'https://user:password@example.com/' }, 422, 'webhook_url_refused'],
    [{ url: 'http://10.0.0.1/' }, 422, 'webhook_url_refused'],
    [{ url: 'http://169.254.169.254/latest/meta-data' }, 422, 'webhook_url_refused'],
    [{ url: 'http://[::1]/' }, 422, 'webhook_url_refused'],
    [{ url: 'http://0xa9fea9fe/' }, 422, 'webhook_url_refused'],
    [{ url, events: [] }, 422, 'invalid_request'],
    [{ url, events: ['message.lost'] }, 422, 'webhook_events_unknown'],
    [{ url, events: 'all' }, 422, 'invalid_request'],
    [{ url, account_ids: [unknown] }, 404, 'account_not_found'],
    [{ url, account_ids: ['first'] }, 422, 'invalid_request'],
    [{ url, headers: { Host: 'x' } }, 422, 'webhook_headers_refused'],
    [{ url, headers: { 'X-A': 'a\nb' } }, 422, 'webhook_headers_refused'],
    [{ url, headers: { 'X-A': 5 } }, 422, 'invalid_request'],
    [{ url, secret: 'whsec_mine' }, 422, 'invalid_request'],
    [{ url, name: 'x'.repeat(101) }, 422, 'invalid_request'],
  ])('POST %j → %d %s, and nothing is written', async (body, status, code) => {
    const answer = await person.call('POST', '/api/webhooks', body)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect((await person.call('GET', '/api/webhooks')).body.items).toHaveLength(1)
  })

  test.each([
    ['PATCH', '', { url: 'http://127.1.2.3.4/' }, 422, 'webhook_url_refused'],
    ['PATCH', '', { colour: 'red' }, 422, 'invalid_request'],
    ['PATCH', '', { events: ['nothing'] }, 422, 'webhook_events_unknown'],
    ['POST', '/secret', { overlap_h: 200 }, 422, 'invalid_request'],
    ['POST', '/redelivery', {}, 422, 'invalid_request'],
    ['POST', '/redelivery', { since: '2020-01-01T00:00:00Z' }, 422, 'since_invalid'],
    ['POST', '/redelivery', { since: '2999-01-01T00:00:00Z' }, 422, 'since_invalid'],
    ['GET', '/deliveries?after=yesterday', undefined, 400, 'bad_cursor'],
    ['GET', '/deliveries?status=lost', undefined, 422, 'invalid_request'],
    ['GET', `/deliveries/${unknown}`, undefined, 404, 'delivery_not_found'],
    ['GET', '/deliveries/first', undefined, 404, 'delivery_not_found'],
    ['POST', `/deliveries/${unknown}/redelivery`, undefined, 404, 'delivery_not_found'],
    ['DELETE', `/deliveries/${unknown}`, undefined, 409, 'delivery_not_waiting'],
  ])('%s %s %j → %d %s', async (method, rest, body, status, code) => {
    const answer = await person.call(method, path + rest, body)
    expect([answer.status, answer.body.code]).toEqual([status, code])
  })

  test('more than twenty', async () => {
    const many = await someone()
    const made = await Promise.all(
      Array.from({ length: 25 }, () => many.call('POST', '/api/webhooks', { url })),
    )
    expect(made.filter(({ status }) => status === 201)).toHaveLength(20)
    expect(made.find(({ status }) => status !== 201)!.body.code).toBe('too_many_webhooks')
  })

  test('a key without the scope; a key that is limited to accounts sees and makes only what is limited to them', async () => {
    const accountId = await happen(person)
    const send = await person.key()
    expect((await send.call('GET', '/api/webhooks')).body.code).toBe('scope_missing')
    const key = await person.key({ scopes: ['webhooks'], account_ids: [accountId] })
    expect((await key.call('GET', '/api/webhooks')).body.items).toEqual([])
    expect((await key.call('GET', path)).body.code).toBe('webhook_not_found')
    expect((await key.call('POST', '/api/webhooks', { url })).body.code).toBe('account_not_allowed')
    const made = await hook(key, url, { account_ids: [accountId] })
    expect((await key.call('PATCH', made.path, { account_ids: null })).body.code).toBe('account_not_allowed')
    expect((await key.call('DELETE', made.path)).status).toBe(204)
  })
})

test('a private address is never reached, though the name was good when it was typed', async () => {
  const person = await someone()
  const made = await hook(person, 'https://10.example.com/hook')
  // As if the row had been written by somebody else: judged again at each try.
  await t.database.owner`update webhooks set url = 'http://10.0.0.1/' where id = ${made.id}`
  await happen(person)
  const { log } = await tried(person, made)
  expect(log).toMatchObject([{ status: null, failure: 'private_address', answer: null }])
})
