// What holds for every answer: headers, request ids, sizes, where a request may come from, and a log without secrets.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Elysia } from 'elysia'
import { refuseForeignOrigin } from '../../src/http/guard.ts'
import { createKeyRequests } from '../../src/http/key-requests.ts'
import { http } from '../../src/http/server.ts'
import { createLog } from '../../src/log.ts'
import { caller, PASSWORD, startTestApp, type TestApp } from '../support/app.ts'
import { createRows, type Rows } from '../support/rows.ts'

let t: TestApp
let rows: Rows
beforeAll(async () => {
  t = await startTestApp({ logLevel: 'trace' })
  rows = await createRows(t)
})
afterAll(() => t.stop())

describe('headers', () => {
  test.each([
    ['an answer', 'GET', '/healthz', undefined, 200],
    ['a page that is not there', 'GET', '/nowhere', undefined, 404],
    ['a problem', 'GET', '/api/accounts', undefined, 401],
    ['an address that is not there', 'GET', '/api/nothing', undefined, 404],
    ['a body that is wrong', 'POST', '/api/auth/login', {}, 422],
    ['a body that is no JSON', 'POST', '/api/auth/login', '{', 400],
    ['a body that is too large', 'POST', '/api/auth/login', 'x'.repeat(1_100_000), 413],
  ])('%s is safe to show', async (_, method, path, body, status) => {
    const { headers, status: answered } = await t.stranger.call(method, path, body)
    expect(answered).toBe(status)
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("base-uri 'none'")
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    expect(headers.get('x-powered-by')).toBeNull()
    if (path !== '/nowhere') expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('strict-transport-security')).toBeNull()
  })

  test('browsers insist on https once PUBLIC_URL says so', async () => {
    const answer = await serve({ https: true }).handle(new Request('http://localhost/'))
    expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000')
  })

  test('a Host that is no host does not get into the policy', async () => {
    const headers = { host: "x; script-src 'unsafe-inline'" }
    const answer = await serve({}).handle(new Request('http://localhost/', { headers }))
    expect(answer.headers.get('content-security-policy')).not.toContain('unsafe')
  })
})

/** Only what holds for every request, with one route behind it. */
function serve({ https = false }) {
  const parts = { isSetUp: () => true, isDatabaseUp: () => true, keyRequests: createKeyRequests() }
  const app = new Elysia().use(http({ ...parts, log: createLog('silent'), https, maxFileBytes: 1 }))
  return app.get('/', () => 'here')
}

describe('the request id', () => {
  test('is made, and is the same in header, problem and log', async () => {
    const { headers, body } = await t.stranger.call('GET', '/api/accounts')
    expect(body.request_id).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers.get('x-request-id')).toBe(body.request_id)
    await Bun.sleep(0)
    expect(t.log()).toContain(`"request_id":"${body.request_id}"`)
  })

  test('may be the one that the caller gave', async () => {
    const id = `order-${crypto.randomUUID()}`
    const { headers, body } = await t.stranger.call('GET', '/api/accounts', undefined, { 'x-request-id': id })
    expect([headers.get('x-request-id'), body.request_id]).toEqual([id, id])
  })

  test.each(['short', '491511111111', 'with space in it', 'a"b":"cccccccc', 'x'.repeat(65), '-starts-wrong'])(
    'is made where %p was given',
    async (id) => {
      const { headers } = await t.stranger.call('GET', '/api/accounts', undefined, { 'x-request-id': id })
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    },
  )
})

describe('sizes', () => {
  test('headers that are too long together are told so', async () => {
    const person = await rows.person()
    const me = caller(t.url, { authorization: `Bearer ${person.token}` })
    const fits = await me.call('GET', '/api/accounts', undefined, { 'x-filler': 'x'.repeat(13_000) })
    expect(fits.status).toBe(200)
    const answer = await me.call('GET', '/api/accounts', undefined, { 'x-filler': 'x'.repeat(15_500) })
    expect([answer.status, answer.body.code]).toEqual([431, 'headers_too_large'])
  })

  test('an address that is too long too', async () => {
    const answer = await t.stranger.call('GET', `/api/accounts?x=${'x'.repeat(15_500)}`)
    expect([answer.status, answer.body.code]).toEqual([431, 'headers_too_large'])
  })
})

describe('where a request with a cookie may come from', () => {
  const own = 'http://bot.example:3000'
  const cases: [method: string, headers: Record<string, string>, allowed: boolean][] = [
    // Reading changes nothing, and another page cannot see the answer.
    ['GET', {}, true],
    ['GET', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, true],
    ['HEAD', { 'sec-fetch-site': 'cross-site' }, true],
    // What the browser says itself.
    ['POST', { 'sec-fetch-site': 'same-origin' }, true],
    ['POST', { 'sec-fetch-site': 'same-origin', origin: own }, true],
    ['POST', { 'sec-fetch-site': 'same-site', origin: own }, false],
    ['POST', { 'sec-fetch-site': 'cross-site', origin: own }, false],
    ['POST', { 'sec-fetch-site': 'none' }, false],
    ['POST', { 'sec-fetch-site': 'Same-Origin' }, false],
    ['POST', { 'sec-fetch-site': '' }, false],
    ['POST', { 'sec-fetch-site': 'same-origin, cross-site' }, false],
    // Plain http in a local network: no Sec-Fetch-Site, so the Origin has to be ours.
    ['POST', { origin: own }, true],
    ['POST', {}, false],
    ['POST', { origin: 'null' }, false],
    ['POST', { origin: '' }, false],
    ['POST', { origin: 'http://bot.example' }, false],
    ['POST', { origin: 'http://bot.example:3001' }, false],
    ['POST', { origin: 'http://evil.example:3000' }, false],
    ['POST', { origin: 'http://bot.example:3000.evil.example' }, false],
    ['POST', { origin: 'http://bot.example:3000@evil.example' }, false],
    ['POST', { origin: `${own}, http://evil.example` }, false],
    ['POST', { referer: `${own}/keys` }, false],
    ['PUT', { origin: 'http://evil.example' }, false],
    ['PATCH', { origin: 'http://evil.example' }, false],
    ['DELETE', { origin: 'http://evil.example' }, false],
    ['DELETE', { origin: own }, true],
    // A socket is opened by a GET, and its other end may be read by any page.
    ['GET', { upgrade: 'websocket', origin: 'http://evil.example' }, false],
    ['GET', { upgrade: 'WebSocket', 'sec-fetch-site': 'cross-site' }, false],
    ['GET', { upgrade: 'websocket', origin: own }, true],
    ['GET', { upgrade: 'websocket', 'sec-fetch-site': 'same-origin' }, true],
    ['GET', { upgrade: 'websocket' }, false],
  ]
  test.each(cases)('%s %p: %p', (method, headers, allowed) => {
    // The real constructor drops Origin, Host and Upgrade, as a page may not set them.
    const request = { method, headers: new Headers({ host: 'bot.example:3000', ...headers }) } as Request
    const ask = () => refuseForeignOrigin(request)
    if (allowed) expect(ask).not.toThrow()
    else expect(ask).toThrow('This request comes from another site')
  })

  test('the guard asks it of cookies, and of nothing else', async () => {
    const { token } = await rows.person()
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    const make = (headers: Record<string, string>) =>
      t.stranger.call('POST', '/api/accounts', { name: 'x' }, { ...foreign, ...headers })
    const byCookie = await make({ cookie: `a=b; botwave_session=${token}; c=d` })
    expect([byCookie.status, byCookie.body.code]).toEqual([403, 'bad_origin'])
    expect((await make({ authorization: `Bearer ${token}` })).status).toBe(201)
  })

  test('no page of another site signs its visitor in as somebody else', async () => {
    const { email } = await rows.person()
    const signIn = (headers: Record<string, string>) =>
      t.stranger.call('POST', '/api/auth/login', { email, password: PASSWORD }, headers)
    const foreign = await signIn({ origin: 'https://evil.example' })
    expect([foreign.status, foreign.body.code, foreign.headers.get('set-cookie')]).toEqual([
      403,
      'bad_origin',
      null,
    ])
    expect((await signIn({ origin: t.url })).status).toBe(200)
    expect((await signIn({})).status).toBe(200)
  })
})

test('a cookie lives as long as its session, and an expired token is renewed while that lives', async () => {
  const person = await rows.person()
  const [session] = await t.database.owner<
    { id: string }[]
  >`select id from sessions where user_id = ${person.id}`
  const secret = await Bun.file(`${t.dataDir}/jwt-secret`).text()
  const expired = (secondsAgo: number) =>
    resign(secret, person.token, Math.floor(Date.now() / 1000) - secondsAgo)
  const old = await expired(3_600)
  const browser = caller(t.url, { cookie: `botwave_session=${old}`, 'sec-fetch-site': 'same-origin' })
  expect((await browser.call('GET', '/api/auth/me')).body.code).toBe('not_signed_in')
  const renewed = await browser.call('POST', '/api/auth/refresh')
  expect(renewed.status).toBe(200)
  // The row of this session ends in a day.
  const maxAge = Number(/Max-Age=(\d+)/.exec(renewed.headers.get('set-cookie') ?? '')?.[1])
  expect(maxAge).toBeWithin(86_000, 86_401)
  expect(Date.parse(renewed.body.expires_at) - Date.now()).toBeWithin(11 * 3_600_000, 13 * 3_600_000)
  const again = caller(t.url, { authorization: `Bearer ${renewed.body.token}` })
  expect((await again.call('GET', '/api/auth/me')).status).toBe(200)

  const ancient = await expired(31 * 86_400)
  const forged = `${old.split('.').slice(0, 2).join('.')}.${'A'.repeat(43)}`
  for (const token of [ancient, forged]) {
    const refused = await t.stranger.call('POST', '/api/auth/refresh', undefined, {
      authorization: `Bearer ${token}`,
    })
    expect([refused.status, refused.body.code]).toEqual([401, 'not_signed_in'])
  }
  await t.database.owner`update sessions set ended_at = now() where id = ${session!.id}`
  await again.call('POST', '/api/keys', { name: 'forget' })
  const deadline = Date.now() + 1_500
  let over = await browser.call('POST', '/api/auth/refresh')
  while (over.status === 200 && Date.now() < deadline) over = await browser.call('POST', '/api/auth/refresh')
  expect(over.body.code).toBe('not_signed_in')
})

/** The same token with another end. */
async function resign(secret: string, token: string, exp: number): Promise<string> {
  const [head, claims] = token.split('.')
  const changed = { ...JSON.parse(Buffer.from(claims!, 'base64url').toString()), exp }
  const text = `${head}.${Buffer.from(JSON.stringify(changed)).toString('base64url')}`
  const key = await crypto.subtle.importKey(
    'raw',
    Buffer.from(secret.trim()),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  )
  const signature = await crypto.subtle.sign('HMAC', key, Buffer.from(text))
  return `${text}.${Buffer.from(signature).toString('base64url')}`
}

test('no credential, text or number gets into the log, however the request fails', async () => {
  const person = await rows.person()
  const key = await rows.key(person.id, ['send', 'read'])
  const revoked = await rows.key(person.id, ['send'])
  await t.database
    .owner`update api_keys set revoked_at = now() where user_id = ${person.id} and scopes = '{send}'`
  const password = `canary ${crypto.randomUUID()}`
  const secrets = [
    person.token,
    key,
    revoked,
    password,
    'canary of a text',
    '15112223334',
    'canary-setup-token',
  ]
  const number = '+49 151 12223334'
  const message = 'canary of a text'
  const credentials: Record<string, string>[] = [
    { authorization: `Bearer ${person.token}` },
    { authorization: `Bearer ${person.token}x` },
    { authorization: `Bearer ${key}` },
    { authorization: `bearer   ${revoked}` },
    { 'x-api-key': key },
    { 'x-api-key': `${key.slice(0, -2)}zz` },
    { cookie: `botwave_session=${person.token}` },
    { 'x-request-id': key },
    { 'user-agent': key, referer: `${t.url}/?api_key=${key}` },
  ]
  const requests: [string, string, unknown?][] = [
    ['POST', '/api/messages/send', { number, message }],
    ['POST', '/api/messages/send', { number, message, colour: message }],
    ['POST', '/api/messages/send', `{"number": "${number}", "message": "${message}`],
    ['POST', '/api/messages/send', { number: '15112223334', message: 'x'.repeat(70_000) + message }],
    ['POST', '/api/send', { number, message, api_key: key }],
    ['GET', `/api/send?api_key=${key}&number=15112223334&message=${encodeURIComponent(message)}`],
    ['GET', `/api/send?api_key=${key}&api_key=${revoked}&number=15112223334&message=x`],
    ['GET', '/api/numbers/+49-151-1222-3334'],
    ['GET', `/api/numbers/${encodeURIComponent(number)}`],
    ['GET', '/api/messages?number=15112223334&status=none'],
    ['POST', '/api/auth/login', { email: person.email, password }],
    ['POST', '/api/auth/login', { email: 'nobody', password }],
    ['POST', '/api/auth/login', { email: person.email, password, token: 'canary-setup-token' }],
    ['POST', '/api/auth/register', { email: person.email, password }],
    ['PUT', '/api/auth/password', { current_password: password, password }],
    ['POST', '/api/setup', { token: 'canary-setup-token', email: person.email, password }],
    ['POST', '/api/whatsapp/initialize', { phone: '15112223334', nonsense: true }],
    ['GET', `/api/nothing/${key}`],
    ['GET', `/${person.token}`],
  ]
  const before = t.log().length
  for (const headers of credentials) {
    for (const [method, path, body] of requests) await t.stranger.call(method, path, body, headers)
  }
  const written = t.log().slice(before)
  const lines = written.split('\n').length
  expect(lines).toBeGreaterThan(credentials.length * requests.length * 0.9)
  for (const secret of secrets) expect(written.includes(secret)).toBe(false)
  // Nor parts that would be enough to guess the rest.
  expect(written).not.toContain(key.slice(3, 40))
  expect(written).not.toContain(person.token.split('.')[2]!)
})
