// API keys beyond making one: limited to addresses, renamed, rotated, expired, and what each was used for.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { type Caller, caller, startTestApp, type TestApp } from '../support/app.ts'
import { createRows, type PersonRow, type Rows } from '../support/rows.ts'

type Someone = PersonRow & Caller

let t: TestApp
let rows: Rows
/** Somebody new for each test, so that no test takes from the others' limits. */
let person: Someone
beforeAll(async () => {
  t = await startTestApp({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
  rows = await createRows(t)
})
beforeEach(async () => {
  person = await someone()
})
afterAll(() => t.stop())

const send = { number: '+491511111111', message: 'Hello' }
const hour = 3_600_000
const later = (ms: number) => new Date(Date.now() + ms).toISOString()

async function someone(role: 'user' | 'admin' = 'user'): Promise<Someone> {
  const row = await rows.person({ role })
  return { ...row, ...caller(t.url, { authorization: `Bearer ${row.token}` }) }
}

async function make(body: object, who: Caller = person) {
  const made = await who.call('POST', '/api/keys', { name: 'test', ...body })
  expect(made.status).toBe(201)
  const use = (text: string) => caller(t.url, { authorization: `Bearer ${text}` })
  return { ...made.body, ...use(made.body.key), use } as Caller & {
    id: string
    key: string
    prefix: string
    use: typeof use
  }
}

async function asked(key: Caller, path = '/api/accounts', headers = {}) {
  const { status, body } = await key.call('GET', path, undefined, headers)
  return [status, body.code]
}

describe('addresses', () => {
  const from = (address: string) => ({ 'x-forwarded-for': address })

  test('a key works from its networks only, in both families', async () => {
    const key = await make({ scopes: ['read'], addresses: ['192.0.2.0/24', '2001:db8::/32'] })
    expect(await asked(key, undefined, from('192.0.2.9'))).toEqual([200, undefined])
    expect(await asked(key, undefined, from('::ffff:192.0.2.9'))).toEqual([200, undefined])
    expect(await asked(key, undefined, from('2001:db8:1::9'))).toEqual([200, undefined])
    expect(await asked(key, undefined, from('198.51.100.9'))).toEqual([403, 'address_not_allowed'])
    expect(await asked(key, undefined, from('2001:db9::9'))).toEqual([403, 'address_not_allowed'])
    expect(await asked(key, undefined, from('192.0.2.9, 198.51.100.9'))).toEqual([403, 'address_not_allowed'])
    expect(await asked(key)).toEqual([403, 'address_not_allowed'])
  })

  test('the one-line route is no way around', async () => {
    const { key } = await make({ addresses: ['192.0.2.7'] })
    const answer = await t.stranger.call('GET', `/api/send?api_key=${key}&number=%2B491511111111&message=x`)
    expect([answer.status, answer.body.code]).toEqual([403, 'address_not_allowed'])
  })

  test('can be changed, and act at once', async () => {
    const key = await make({ scopes: ['read'], addresses: ['192.0.2.7'] })
    expect(await asked(key)).toEqual([403, 'address_not_allowed'])
    const changed = await person.call('PATCH', `/api/keys/${key.id}`, { addresses: null })
    expect([changed.status, changed.body.addresses]).toEqual([200, null])
    expect(await asked(key)).toEqual([200, undefined])
  })
})

describe('what cannot be', () => {
  test.each([
    ['an address that is none', { addresses: ['192.0.2.0/33'] }, 422, 'address_invalid'],
    ['a name for an address', { addresses: ['example.com'] }, 422, 'address_invalid'],
    ['no address at all', { addresses: [] }, 422, 'invalid_request'],
    ['an end in the past', { expires_at: '2020-01-01T00:00:00Z' }, 422, 'expires_at_invalid'],
    ['an end that is no time', { expires_at: 'tomorrow' }, 422, 'invalid_request'],
    ['a scope that is none', { scopes: ['keys'] }, 422, 'invalid_request'],
    ['no scope', { scopes: [] }, 422, 'invalid_request'],
    ["the admins' scope", { scopes: ['send', 'admin'] }, 403, 'scope_not_allowed'],
  ])('%s', async (_, body, status, code) => {
    const before = (await person.call('GET', '/api/keys')).body.items.length
    const answer = await person.call('POST', '/api/keys', { name: 'test', ...body })
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect((await person.call('GET', '/api/keys')).body.items).toHaveLength(before)
  })

  test('more keys than a hundred', async () => {
    await t.database.owner`
      insert into api_keys (id, user_id, name, prefix, key_hash)
      select gen_random_uuid(), ${person.id}, 'many', 'bw_many', sha256(n::text::bytea) from generate_series(1, 100) n`
    const answer = await person.call('POST', '/api/keys', { name: 'one more' })
    expect([answer.status, answer.body.code]).toEqual([409, 'too_many_keys'])
  })

  test.each([
    ['PATCH', '', { name: 'mine' }],
    ['POST', '/rotation', {}],
    ['GET', '/requests', undefined],
    ['DELETE', '', undefined],
  ])("%s of another person's, a revoked and an unknown key", async (method, path, body) => {
    const foreign = await make({}, t.admin)
    const gone = await make({})
    await person.call('DELETE', `/api/keys/${gone.id}`)
    for (const id of [foreign.id, gone.id, crypto.randomUUID(), 'nonsense']) {
      const answer = await person.call(method, `/api/keys/${id}${path}`, body)
      expect([answer.status, answer.body.code]).toEqual([404, 'key_not_found'])
    }
  })
})

test('a key is renamed and keeps everything else; its end acts', async () => {
  const key = await make({ scopes: ['read'], expires_at: later(hour) })
  const renamed = await person.call('PATCH', `/api/keys/${key.id}`, { name: '  Office  ' })
  expect(renamed.body).toMatchObject({ name: 'Office', scopes: ['read'], prefix: key.prefix })
  expect(renamed.body.expires_at).not.toBeNull()
  expect((await person.call('PATCH', `/api/keys/${key.id}`, {})).body.name).toBe('Office')
  expect((await person.call('PATCH', `/api/keys/${key.id}`, { name: ' ' })).status).toBe(422)
  expect((await person.call('PATCH', `/api/keys/${key.id}`, { scopes: ['admin'] })).status).toBe(422)
  expect(await asked(key)).toEqual([200, undefined])
  const soon = Date.now() + 300
  await person.call('PATCH', `/api/keys/${key.id}`, { expires_at: new Date(soon).toISOString() })
  expect(await asked(key)).toEqual([200, undefined])
  // The clock is what it waits for.
  while (Date.now() <= soon) await Bun.sleep(soon - Date.now() + 1)
  expect(await asked(key)).toEqual([401, 'bad_key'])
  const late = await person.call('POST', `/api/keys/${key.id}/rotation`, {})
  expect([late.status, late.body.code]).toEqual([404, 'key_not_found'])
})

test('a key that is limited to accounts neither hears of others nor makes any', async () => {
  const [mine, other] = [await rows.thing('account', person.id), await rows.thing('account', person.id)]
  for (const id of [mine, other]) await person.call('PATCH', `/api/accounts/${id}`, { name: 'Renamed' })
  await t.database.owner`
    insert into events (id, user_id, account_id, type) select gen_random_uuid(), ${person.id}, id, 'account.state'
    from accounts where user_id = ${person.id}`
  const key = await make({ scopes: ['read', 'accounts'], account_ids: [mine] })
  await t.database.settled()
  const heard = (await key.call('GET', '/api/events')).body
  const all = (await person.call('GET', '/api/events')).body
  expect(new Set(heard.items.map((event: { account_id: string }) => event.account_id))).toEqual(
    new Set([mine]),
  )
  expect(heard.next).toBe(all.next)
  expect((await key.call('GET', '/api/accounts')).body.items).toHaveLength(1)
  const more = await key.call('POST', '/api/accounts', { name: 'More' })
  expect([more.status, more.body.code]).toEqual([403, 'account_not_allowed'])
  expect((await person.call('GET', '/api/accounts')).body.items).toHaveLength(2)
})

describe('rotation', () => {
  test('both texts work, and never more than two', async () => {
    const key = await make({ scopes: ['read'] })
    const rotate = async (body?: object) => {
      const answer = await person.call('POST', `/api/keys/${key.id}/rotation`, body)
      expect(answer.status).toBe(201)
      return answer.body
    }
    const second = await rotate()
    expect(second).toMatchObject({ id: key.id, scopes: ['read'], previous: { prefix: key.prefix } })
    expect(Date.parse(second.previous.expires_at) - Date.now()).toBeWithin(23.9 * hour, 24.1 * hour)
    expect(second.key).not.toBe(key.key)
    expect(await asked(key)).toEqual([200, undefined])
    expect(await asked(key.use(second.key))).toEqual([200, undefined])
    const third = await rotate({ grace_s: 60 })
    expect(await asked(key)).toEqual([401, 'bad_key'])
    expect(await asked(key.use(second.key))).toEqual([200, undefined])
    expect(await asked(key.use(third.key))).toEqual([200, undefined])
    const fourth = await rotate({ grace_s: 0 })
    expect(fourth.previous).toBeNull()
    expect(await asked(key.use(third.key))).toEqual([401, 'bad_key'])
    expect(await asked(key.use(fourth.key))).toEqual([200, undefined])
    await person.call('DELETE', `/api/keys/${key.id}`)
    expect(await asked(key.use(fourth.key))).toEqual([401, 'bad_key'])
  })

  test('revoking ends the old text too', async () => {
    const key = await make({ scopes: ['read'] })
    await person.call('POST', `/api/keys/${key.id}/rotation`)
    await person.call('DELETE', `/api/keys/${key.id}`)
    expect(await asked(key)).toEqual([401, 'bad_key'])
  })

  test('two at the same time leave two that work', async () => {
    const key = await make({ scopes: ['read'] })
    const answers = await Promise.all([0, 1].map(() => person.call('POST', `/api/keys/${key.id}/rotation`)))
    const texts = answers.map((answer) => answer.body.key)
    expect(await asked(key)).toEqual([401, 'bad_key'])
    for (const text of texts) expect(await asked(key.use(text))).toEqual([200, undefined])
  })

  test.each([[-1], [2_592_001], ['a day'], [0.5]])('not with a grace of %p', async (grace_s) => {
    const key = await make({})
    const answer = await person.call('POST', `/api/keys/${key.id}/rotation`, { grace_s })
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid_request'])
  })
})

describe('the scope admin', () => {
  test('is of admins, and only while they are', async () => {
    const second = await someone('admin')
    const key = await make({ scopes: ['admin', 'read'] }, second)
    expect(await asked(key, '/api/settings')).toEqual([200, undefined])
    await t.database.owner`update users set role = 'user' where id = ${second.id}`
    // Another process changed it: that counts within a second.
    const end = Date.now() + 1_500
    let answer = await asked(key, '/api/settings')
    while (answer[0] === 200 && Date.now() < end) {
      await Bun.sleep(30)
      answer = await asked(key, '/api/settings')
    }
    expect(answer).toEqual([403, 'forbidden'])
    expect(await asked(key)).toEqual([200, undefined])
  })

  test("no other scope of an admin's key does what admins do", async () => {
    const key = await make({ scopes: ['send', 'read', 'accounts', 'webhooks'] }, t.admin)
    expect(await asked(key, '/api/settings')).toEqual([403, 'scope_missing'])
  })
})

test('no key, whatever its scopes, manages keys or ways to sign in', async () => {
  const key = await make({ scopes: ['send', 'read', 'accounts', 'webhooks', 'admin'] }, t.admin)
  const tries: [string, string, unknown?][] = [
    ['GET', '/api/keys'],
    ['POST', '/api/keys', { name: 'more' }],
    ['PATCH', `/api/keys/${key.id}`, { name: 'more' }],
    ['POST', `/api/keys/${key.id}/rotation`, {}],
    ['GET', `/api/keys/${key.id}/requests`],
    ['DELETE', `/api/keys/${key.id}`],
    ['POST', '/api/auth/refresh'],
    ['POST', '/api/auth/logout'],
    ['GET', '/api/auth/sessions'],
    ['DELETE', '/api/auth/sessions'],
    ['PUT', '/api/auth/password', { current_password: 'x', password: 'another pass phrase' }],
    ['POST', '/api/auth/second-factor', {}],
    ['DELETE', '/api/auth/second-factor', {}],
    ['POST', `/api/users/${t.admin.id}/password-reset`, {}],
    ['POST', '/api/users', { email: 'new@example.com', password: 'another pass phrase', role: 'admin' }],
    ['POST', '/api/invitations', { email: 'new@example.com' }],
  ]
  for (const [method, path, body] of tries) {
    const answer = await key.call(method, path, body)
    expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 403, 'scope_missing'])
  }
})

describe('the last requests', () => {
  test('say what, when, from where and how it ended, and neither query nor body', async () => {
    const key = await make({ scopes: ['send'], addresses: ['192.0.2.7', '127.0.0.1'] })
    await t.stranger.call('GET', `/api/send?api_key=${key.key}&number=%2B491511111111&message=Secret`)
    await key.call(
      'POST',
      '/api/messages/send',
      { ...send, message: 'Secret' },
      { 'x-forwarded-for': '192.0.2.7' },
    )
    await key.call('GET', '/api/messages', undefined, { 'x-forwarded-for': '198.51.100.1' })
    await key.call('GET', '/api/numbers/+49%20151%201111111')
    const { body } = await person.call('GET', `/api/keys/${key.id}/requests`)
    expect(body.items).toEqual([
      {
        at: expect.any(String),
        method: 'GET',
        path: '/api/numbers/[number]',
        status: 403,
        ip_address: '127.0.0.1',
      },
      {
        at: expect.any(String),
        method: 'GET',
        path: '/api/messages',
        status: 403,
        ip_address: '198.51.100.1',
      },
      {
        at: expect.any(String),
        method: 'POST',
        path: '/api/messages/send',
        status: 409,
        ip_address: '192.0.2.7',
      },
      { at: expect.any(String), method: 'GET', path: '/api/send', status: 409, ip_address: '127.0.0.1' },
    ])
    expect(Date.now() - Date.parse(body.items[0].at)).toBeWithin(0, 60_000)
    const listed = (await person.call('GET', '/api/keys')).body.items[0]
    expect(listed.last_used_at).toBe(body.items[0].at)
    const kept = await t.database.owner`select requests::text from api_key_requests where key_id = ${key.id}`
    expect(kept[0]!.requests).not.toMatch(/Secret|1511111111|bw_/)
  })

  test('are a hundred, the newest first', async () => {
    const key = await make({ scopes: ['send'] })
    const rounds = async (count: number) => {
      for (let n = 0; n < count; n++) await key.call('GET', '/api/keys')
      return (await person.call('GET', `/api/keys/${key.id}/requests`)).body.items
    }
    expect(await rounds(30)).toHaveLength(30)
    const items = await rounds(90)
    expect(items).toHaveLength(100)
    const times = items.map((item: { at: string }) => item.at)
    expect(times).toEqual(times.toSorted().toReversed())
  })

  test('go with the key of a person who is removed', async () => {
    const key = await make({})
    await key.call('GET', '/api/keys')
    await person.call('GET', `/api/keys/${key.id}/requests`)
    await t.database.owner`delete from users where id = ${person.id}`
    expect(await t.database.owner`select 1 from api_key_requests where key_id = ${key.id}`).toHaveLength(0)
  })
})

test('what happened to a key is in the events and the activity of its owner', async () => {
  const key = await make({})
  await person.call('PATCH', `/api/keys/${key.id}`, { name: 'Other' })
  await person.call('POST', `/api/keys/${key.id}/rotation`)
  await person.call('DELETE', `/api/keys/${key.id}`)
  await t.database.settled()
  const events = (await person.call('GET', '/api/events')).body.items
  const types = events.filter((event: { data: { key_id?: string } }) => event.data.key_id === key.id)
  const acts = ['key.created', 'key.changed', 'key.rotated', 'key.revoked']
  expect(types.map((event: { type: string }) => event.type)).toEqual(acts)
  const done = await t.database.owner`
    select action from activity_logs where user_id = ${person.id} and action like 'key.%' order by id`
  expect(done.map((row) => row.action)).toEqual(acts)
})
