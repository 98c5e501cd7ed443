// Where a person is signed in, what ends that, which tokens are nobody, and who has to wait.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDelays } from '../../src/auth/delays.ts'
import { signIn } from '../../src/auth/sign-in.ts'
import { createTokens } from '../../src/auth/tokens.ts'
import type { Problem } from '../../src/http/problem.ts'
import { createVault } from '../../src/vault.ts'
import { caller, PASSWORD, type Person, startTestApp, type TestApp } from '../support/app.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
})
afterAll(() => t.stop())

const NEW_PASSWORD = 'another long pass phrase'

/** From an address of its own, so that tests do not wait for one another. */
let hosts = 0
function somewhere() {
  const address = `192.0.2.${++hosts}`
  const from = caller(t.url, { 'x-forwarded-for': address })
  const signIn = (email: string, password: string, more: object = {}) =>
    from.call('POST', '/api/auth/login', { email, password, ...more })
  return { ...from, address, signIn }
}
const as = (token: string) => caller(t.url, { authorization: `Bearer ${token}` })
const status = async (token: string) => (await as(token).call('GET', '/api/auth/me')).status

describe('sessions', () => {
  test('are listed with where they come from, and end one by one', async () => {
    const person = await t.person()
    const place = somewhere()
    const { token } = (await place.signIn(person.email, PASSWORD)).body
    const { items } = (await person.call('GET', '/api/auth/sessions')).body
    expect(items).toMatchObject([
      { current: false, ip_address: place.address, user_agent: expect.any(String) },
      { current: true, ip_address: '127.0.0.1' },
    ])
    const stranger = await t.person()
    const foreign = await stranger.call('DELETE', `/api/auth/sessions/${items[0].id}`)
    expect([foreign.status, foreign.body.code]).toEqual([404, 'session_not_found'])
    expect(await status(token)).toBe(200)
    expect((await person.call('DELETE', `/api/auth/sessions/${items[0].id}`)).status).toBe(204)
    expect((await person.call('DELETE', `/api/auth/sessions/${items[0].id}`)).status).toBe(404)
    expect((await person.call('DELETE', '/api/auth/sessions/x')).body.code).toBe('session_not_found')
    expect([await status(token), await status(person.token)]).toEqual([401, 200])
  })

  test('end everywhere else, or everywhere', async () => {
    const person = await t.person()
    const others = []
    for (let n = 0; n < 2; n++) others.push((await somewhere().signIn(person.email, PASSWORD)).body.token)
    expect((await person.call('DELETE', '/api/auth/sessions')).body).toEqual({ ended: 2 })
    expect(await Promise.all([...others, person.token].map(status))).toEqual([401, 401, 200])
    expect((await person.call('DELETE', '/api/auth/sessions?all=true')).body).toEqual({ ended: 1 })
    expect(await status(person.token)).toBe(401)
  })
})

describe('the password', () => {
  test('is changed with the current one; other sessions end, this one stays', async () => {
    const person = await t.person()
    const other = (await somewhere().signIn(person.email, PASSWORD)).body.token
    const change = (current_password: string, password: string) =>
      person.call('PUT', '/api/auth/password', { current_password, password })
    expect((await change('wrong', NEW_PASSWORD)).body.code).toBe('wrong_password')
    expect((await change(PASSWORD, 'short')).body.code).toBe('weak_password')
    expect((await change(PASSWORD, PASSWORD)).body.code).toBe('weak_password')
    expect(await status(other)).toBe(200)
    expect((await change(PASSWORD, NEW_PASSWORD)).status).toBe(204)
    expect([await status(other), await status(person.token)]).toEqual([401, 200])
    expect((await somewhere().signIn(person.email, PASSWORD)).body.code).toBe('bad_credentials')
    expect((await somewhere().signIn(person.email, NEW_PASSWORD)).status).toBe(200)
    const { items } = (await person.call('GET', '/api/activity')).body
    expect(items.map((item: { action: string }) => item.action)).toContain('auth.password_changed')
  })

  test('that must be changed lets nobody in without a new one', async () => {
    const person = await t.person()
    await t.database.owner`update users set must_change_password = true where id = ${person.id}`
    const { signIn } = somewhere()
    const asked = await signIn(person.email, PASSWORD)
    expect([asked.status, asked.body.code]).toEqual([401, 'password_change_required'])
    expect((await signIn(person.email, 'wrong')).body.code).toBe('bad_credentials')
    expect((await signIn(person.email, PASSWORD, { new_password: 'short' })).body.code).toBe('weak_password')
    expect((await signIn(person.email, PASSWORD, { new_password: PASSWORD })).body.code).toBe('weak_password')
    expect(await status(person.token)).toBe(200)
    expect((await signIn(person.email, PASSWORD, { new_password: NEW_PASSWORD })).status).toBe(200)
    expect(await status(person.token)).toBe(401)
    expect((await signIn(person.email, NEW_PASSWORD)).status).toBe(200)
  })
})

describe('a token is nobody when it', () => {
  const sign = (head: object, claims: object, secret: string) => {
    const text = [head, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
  }
  const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
  const ours = () => readFileSync(join(t.dataDir, 'jwt-secret'), 'utf8').trim()
  const HEAD = { alg: 'HS256', typ: 'JWT' }
  const past = Math.floor(Date.now() / 1000) - 60

  test.each<[string, (person: Person) => string]>([
    [
      'was tampered with',
      ({ token }) => token.replace(/\.[\w-]+\./, (claims) => `${claims.slice(0, -3)}ab.`),
    ],
    ['has expired', ({ token }) => sign(HEAD, { ...claimsOf(token), exp: past }, ours())],
    ['is unsigned', ({ token }) => `${sign({ alg: 'none' }, claimsOf(token), '').replace(/[^.]*$/, '')}`],
    ['says none and is signed', ({ token }) => sign({ alg: 'none' }, claimsOf(token), ours())],
    ['is signed with a foreign key', ({ token }) => sign(HEAD, claimsOf(token), 'x'.repeat(48))],
    ['is of another type', ({ token }) => sign(HEAD, { ...claimsOf(token), aud: 'download' }, ours())],
    ['never expires', ({ token }) => sign(HEAD, { ...claimsOf(token), exp: undefined }, ours())],
    ['names no session', ({ token }) => sign(HEAD, { ...claimsOf(token), sid: 'x' }, ours())],
    [
      'names a session that is not',
      ({ token }) => sign(HEAD, { ...claimsOf(token), sid: crypto.randomUUID() }, ours()),
    ],
    [
      'names another person',
      ({ token }) => sign(HEAD, { ...claimsOf(token), sub: crypto.randomUUID() }, ours()),
    ],
  ])('%s', async (_, forge) => {
    const person = await t.person()
    // The same hands make a good one: what is refused is refused for what it says.
    expect(await status(sign(HEAD, claimsOf(person.token), ours()))).toBe(200)
    const answer = await as(forge(person)).call('GET', '/api/auth/me')
    expect([answer.status, answer.body.code]).toEqual([401, 'not_signed_in'])
  })
})

describe('an open socket closes within a second when', () => {
  test.each<[string, (person: Person) => Promise<unknown>]>([
    ['its session ends', (person) => person.call('DELETE', '/api/auth/sessions?all=true')],
    [
      'its session is ended from outside',
      ({ id }) => t.database.owner`update sessions set ended_at = now() where user_id = ${id}`,
    ],
    [
      'its session expires',
      ({ id }) => t.database.owner`update sessions set expires_at = now() where user_id = ${id}`,
    ],
    ['the role changes', ({ id }) => t.database.owner`update users set role = 'admin' where id = ${id}`],
    [
      'the user is suspended',
      ({ id }) => t.database.owner`update users set status = 'suspended' where id = ${id}`,
    ],
    ['the user is removed', ({ id }) => t.database.owner`delete from users where id = ${id}`],
  ])('%s', async (_, end) => {
    const person = await t.person()
    const headers = { authorization: `Bearer ${person.token}` }
    const socket = new WebSocket(`${t.url.replace('http', 'ws')}/api/live`, { headers } as never)
    const closed = new Promise<number>((resolve) => {
      socket.onclose = ({ code }) => resolve(code)
    })
    await new Promise((resolve) => {
      socket.onmessage = resolve
    })
    await end(person)
    const endedAt = performance.now()
    expect(await closed).toBe(4001)
    expect(performance.now() - endedAt).toBeLessThan(1_000)
  })
})

describe('wrong tries', () => {
  /** The sign-in itself, with a clock that the test moves. */
  function slowed() {
    let clock = 1_000_000
    const parts = {
      sql: t.database.sql,
      tokens: createTokens(readFileSync(join(t.dataDir, 'jwt-secret'), 'utf8').trim()),
      vault: createVault(t.dataDir),
      delays: createDelays(() => clock),
      // What is counted does not depend on how long a hash takes.
      passwords: { hash: async (text: string) => text, verify: async (text: string) => text === PASSWORD },
    }
    const from = (ip: string) => ({ ip, userAgent: null })
    return {
      wait: (seconds: number) => {
        clock += seconds * 1_000
      },
      signIn: (email: string, password: string, ip: string) =>
        signIn(parts, { email, password }, from(ip)).then(
          () => 'in',
          (problem: Problem) => String(problem.more.fields?.retry_after_s ?? problem.code),
        ),
    }
  }

  test('make an account wait longer each time, until it is let in', async () => {
    const { email } = await t.person()
    const { wait, signIn } = slowed()
    const answers = []
    for (let n = 0; n < 18; n++) {
      const answer = await signIn(email, 'wrong', `192.0.2.${n}`)
      if (answer !== 'bad_credentials') wait(Number(answer))
      answers.push(answer)
    }
    const waited = answers.filter((answer) => answer !== 'bad_credentials').map(Number)
    expect(answers.slice(0, 7)).toEqual([...Array(6).fill('bad_credentials'), '1'])
    expect(waited).toEqual([1, 2, 4, 8, 16, 32])
    expect(await signIn(email, PASSWORD, '192.0.2.99')).toBe('64')
    wait(64)
    expect(await signIn(email, PASSWORD, '192.0.2.99')).toBe('in')
    // Being let in forgave the account everything.
    expect(await signIn(email, 'wrong', '192.0.2.98')).toBe('bad_credentials')
  })

  test('from elsewhere never make somebody wait whose address let them in before', async () => {
    const { email } = await t.person()
    const { signIn } = slowed()
    expect(await signIn(email, PASSWORD, '192.0.2.1')).toBe('in')
    for (let n = 0; n < 7; n++) await signIn(email, 'wrong', `198.51.100.${n}`)
    expect(await signIn(email, PASSWORD, '198.51.100.99')).toBe('1')
    expect(await signIn(email, PASSWORD, '192.0.2.1')).toBe('in')
    // Their own wrong tries count there.
    for (let n = 0; n < 7; n++) await signIn(email, 'wrong', `198.51.100.${n}`)
    for (let n = 0; n < 6; n++) await signIn(email, 'wrong', '192.0.2.1')
    expect(await signIn(email, PASSWORD, '192.0.2.1')).toBe('1')
  })

  test('make an address wait, whomever it tries', async () => {
    const { signIn, wait } = slowed()
    const tried = []
    for (let n = 0; n < 32; n++) tried.push(await signIn(`nobody${n}@example.com`, 'wrong', '203.0.113.5'))
    expect(tried).toEqual([...Array(31).fill('bad_credentials'), '1'])
    expect(await signIn('nobody@example.com', 'wrong', '203.0.113.6')).toBe('bad_credentials')
    wait(1)
    expect(await signIn('nobody@example.com', 'wrong', '203.0.113.5')).toBe('bad_credentials')
  })

  test('say the same about people who are not, also all at once', async () => {
    const tries = Array.from({ length: 8 }, () => somewhere().signIn('nobody@example.com', 'wrong'))
    const codes = (await Promise.all(tries)).map(({ body }) => body.code).sort()
    expect(codes).toEqual([...Array(6).fill('bad_credentials'), ...Array(2).fill('sign_in_delayed')])
  })
})
