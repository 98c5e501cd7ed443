// People, sessions, keys and limits: who gets in, and what they can see.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { caller, PASSWORD, startTestApp, type TestApp } from '../support/app.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.stop())

const send = { number: '+491511111111', message: 'Hello' }

describe('sessions', () => {
  test('registering signs in, and the cookie works on our own page only', async () => {
    const email = `${crypto.randomUUID()}@Example.com`
    const answer = await t.stranger.call('POST', '/api/auth/register', { email, password: PASSWORD })
    expect(answer.status).toBe(201)
    expect(answer.body.user).toMatchObject({ email: email.toLowerCase(), role: 'user', status: 'active' })
    expect(Date.parse(answer.body.expires_at) - Date.now()).toBeWithin(11.9 * 3_600_000, 12.1 * 3_600_000)
    const cookie = answer.headers.get('set-cookie') ?? ''
    expect(cookie).toContain('HttpOnly')
    expect(cookie).toContain('SameSite=Strict')
    const browser = caller(t.url, { cookie: cookie.split(';')[0] as string })
    expect((await browser.call('GET', '/api/auth/me')).body.user.email).toBe(email.toLowerCase())
    const forged = await browser.call(
      'POST',
      '/api/accounts',
      { name: 'x' },
      { origin: 'https://evil.example' },
    )
    expect([forged.status, forged.body.code]).toEqual([403, 'bad_origin'])
    expect(
      (await browser.call('POST', '/api/accounts', { name: 'x' }, { 'sec-fetch-site': 'cross-site' })).status,
    ).toBe(403)
    expect((await browser.call('POST', '/api/accounts', { name: 'x' })).status).toBe(403)
    expect((await browser.call('POST', '/api/accounts', { name: 'x' }, { origin: t.url })).status).toBe(201)
  })

  test('refreshing gives a new token; signing out ends the session at once', async () => {
    const person = await t.person()
    const renewed = await person.call('POST', '/api/auth/refresh')
    expect(renewed.body.user.id).toBe(person.id)
    expect((await person.call('POST', '/api/auth/logout')).status).toBe(204)
    expect((await person.call('GET', '/api/auth/me')).status).toBe(401)
    const other = caller(t.url, { authorization: `Bearer ${renewed.body.token}` })
    expect((await other.call('GET', '/api/auth/me')).status).toBe(401)
  })

  test.each([
    ['tampered', (token: string) => `${token.slice(0, -3)}abc`],
    [
      'unsigned',
      (token: string) => `${btoa('{"alg":"none","typ":"JWT"}').replaceAll('=', '')}.${token.split('.')[1]}.`,
    ],
    ['nonsense', () => 'eyJ.eyJ.x'],
  ])('a %s token is nobody', async (_, forge) => {
    const person = await t.person()
    const forged = caller(t.url, { authorization: `Bearer ${forge(person.token)}` })
    const answer = await forged.call('GET', '/api/auth/me')
    expect([answer.status, answer.body.code]).toEqual([401, 'not_signed_in'])
  })

  test('a suspended person is out within a second', async () => {
    const person = await t.person()
    await t.database.owner`update users set status = 'suspended' where id = ${person.id}`
    const deadline = Date.now() + 1_500
    let answer = await person.call('GET', '/api/auth/me')
    while (answer.status !== 403 && Date.now() < deadline) answer = await person.call('GET', '/api/auth/me')
    expect([answer.status, answer.body.code]).toEqual([403, 'suspended'])
  })
})

describe('settings', () => {
  test('closing registration and maintenance act at once', async () => {
    const own = await startTestApp()
    try {
      const person = await own.person()
      const put = (body: unknown) => own.admin.call('PUT', '/api/settings', body)
      expect((await put({ enable_registration: false })).body.enable_registration).toBe(false)
      const closed = await own.stranger.call('POST', '/api/auth/register', {
        email: 'x@example.com',
        password: PASSWORD,
      })
      expect([closed.status, closed.body.code]).toEqual([403, 'registration_closed'])
      await put({ maintenance_mode: true })
      const down = await person.call('GET', '/api/auth/me')
      expect([down.status, down.body.code, down.headers.get('retry-after')]).toEqual([
        503,
        'maintenance',
        '60',
      ])
      expect((await own.admin.call('GET', '/api/auth/me')).status).toBe(200)
      await put({ maintenance_mode: false })
      expect((await person.call('GET', '/api/auth/me')).status).toBe(200)
      const wrong = await put({ default_rate_limit: 2_000_000 })
      expect([wrong.status, wrong.body.code]).toEqual([422, 'invalid_request'])
    } finally {
      await own.stop()
    }
  })
})

describe('keys', () => {
  test('a key is whole only once, and only its hash is kept', async () => {
    const person = await t.person()
    const { key, id } = await person.key()
    const listed = await person.call('GET', '/api/keys')
    expect(listed.body.items).toMatchObject([{ id, prefix: key.slice(0, 11), scopes: ['send'] }])
    expect(JSON.stringify(listed.body)).not.toContain(key)
    const everything = await t.database.owner`select to_jsonb(k) as row from api_keys k where id = ${id}`
    expect(JSON.stringify(everything)).not.toContain(key)
    expect(t.log()).not.toContain(key)
  })

  test('a revoked, an expired and a mistyped key are refused', async () => {
    const person = await t.person()
    await person.linked()
    const key = await person.key()
    expect((await key.call('POST', '/api/messages/send', send)).status).toBe(202)
    await person.call('DELETE', `/api/keys/${key.id}`)
    expect((await key.call('POST', '/api/messages/send', send)).body.code).toBe('bad_key')
    const expired = await person.key()
    await t.database.owner`update api_keys set expires_at = now() where id = ${expired.id}`
    expect((await expired.call('POST', '/api/messages/send', send)).body.code).toBe('bad_key')
    const mistyped = caller(t.url, { 'x-api-key': `${key.key.slice(0, -1)}A` })
    expect((await mistyped.call('POST', '/api/messages/send', send)).body.code).toBe('bad_key')
  })

  test('a key does what its scopes say, for its accounts, and manages no keys', async () => {
    const person = await t.person()
    const first = await person.linked()
    const second = await person.linked()
    const sender = await person.key({ account_ids: [second.accountId] })
    expect((await sender.call('POST', '/api/messages/send', send)).body.account_id).toBe(second.accountId)
    const refused = await sender.call('POST', '/api/messages/send', { ...send, account_id: first.accountId })
    expect([refused.status, refused.body.code]).toEqual([403, 'account_not_allowed'])
    expect((await sender.call('GET', '/api/messages')).body.code).toBe('scope_missing')
    const reader = await person.key({ scopes: ['read'] })
    expect((await reader.call('GET', '/api/messages')).body.items).toHaveLength(1)
    expect((await reader.call('POST', '/api/messages/send', send)).body.code).toBe('scope_missing')
    expect((await reader.call('GET', '/api/keys')).body.code).toBe('scope_missing')
    expect((await reader.call('POST', '/api/keys', { name: 'more' })).body.code).toBe('scope_missing')
  })
})

describe('limits', () => {
  test('so many wrong tries for one account, also at the same moment', async () => {
    const own = await startTestApp()
    try {
      const email = 'nobody@example.com'
      const tries = await Promise.all(
        Array.from({ length: 12 }, () =>
          own.stranger.call('POST', '/api/auth/login', { email, password: 'wrong' }),
        ),
      )
      expect(tries.filter((answer) => answer.body.code === 'sign_in_delayed')).toHaveLength(6)
    } finally {
      await own.stop()
    }
  })
})

describe('tenancy', () => {
  test("another person's account, message and key are not there", async () => {
    const [person, other] = [await t.person(), await t.person()]
    const { accountId } = await other.linked()
    const message = (await other.call('POST', '/api/messages/send', send)).body.id
    const { id: keyId } = await other.key()
    const tries: [string, string, unknown?][] = [
      ['GET', `/api/accounts/${accountId}`],
      ['PATCH', `/api/accounts/${accountId}`, { name: 'mine' }],
      ['DELETE', `/api/accounts/${accountId}`],
      ['GET', `/api/accounts/${accountId}/qr`],
      ['POST', `/api/accounts/${accountId}/connection`, {}],
      ['DELETE', `/api/accounts/${accountId}/connection`],
      ['GET', `/api/whatsapp/status?account_id=${accountId}`],
      ['GET', `/api/whatsapp/qr?account_id=${accountId}`],
      ['POST', '/api/whatsapp/initialize', { account_id: accountId }],
      ['POST', '/api/whatsapp/disconnect', { account_id: accountId }],
      ['GET', `/api/messages/${message}`],
      ['DELETE', `/api/messages/${message}`],
      ['DELETE', `/api/keys/${keyId}`],
    ]
    for (const [method, path, body] of tries) {
      expect([path, (await person.call(method, path, body)).status]).toEqual([path, 404])
    }
    for (const path of ['/api/messages', '/api/accounts', '/api/keys', '/api/events', '/api/activity']) {
      expect(JSON.stringify((await person.call('GET', path)).body)).not.toContain(accountId)
    }
    expect((await other.call('GET', `/api/accounts/${accountId}`)).body.name).toBe('Phone')
  })
})
