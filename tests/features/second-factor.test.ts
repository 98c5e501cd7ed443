// The second factor: on with a first code, asked for at sign-in, each code once, and ways back in.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type TOTP, URI } from 'otpauth'
import { caller, PASSWORD, type Person, startTestApp, type TestApp } from '../support/app.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
})
afterAll(() => t.stop())

let hosts = 0
const signIn = (email: string, code?: string, password = PASSWORD) =>
  caller(t.url, { 'x-forwarded-for': `203.0.113.${++hosts}` }).call('POST', '/api/auth/login', {
    email,
    password,
    ...(code === undefined ? {} : { code }),
  })

/** A clock that stands still, so that no test begins in one step and ends in the next: this step, or the next one. */
const now = Date.now()
const codeOf = (totp: TOTP, steps = 0) =>
  totp.generate({ timestamp: Math.max(now, Date.now()) + steps * 30_000 })

async function switchOn(person: Person): Promise<{ totp: TOTP; recovery: string[] }> {
  const begun = await person.call('POST', '/api/auth/second-factor', { password: PASSWORD })
  expect(begun.status).toBe(201)
  const totp = URI.parse(begun.body.uri) as TOTP
  expect(totp.secret.base32).toBe(begun.body.secret)
  expect([totp.issuer, totp.label]).toEqual(['BotWave', person.email])
  const on = await person.call('PUT', '/api/auth/second-factor', { code: codeOf(totp) })
  expect(on.status).toBe(200)
  return { totp, recovery: on.body.recovery_codes }
}

test('is asked for once it is on, and takes each code once', async () => {
  const person = await t.person()
  // Begun and never confirmed: not asked for.
  await person.call('POST', '/api/auth/second-factor', { password: PASSWORD })
  expect((await signIn(person.email)).status).toBe(200)
  const { totp } = await switchOn(person)
  const asked = await signIn(person.email)
  expect([asked.status, asked.body.code]).toEqual([401, 'code_required'])
  // The code that switched it on was used by that.
  expect((await signIn(person.email, codeOf(totp))).body.code).toBe('bad_code')
  const next = codeOf(totp, 1)
  const both = await Promise.all([signIn(person.email, next), signIn(person.email, next)])
  expect(both.map(({ status }) => status).sort()).toEqual([200, 401])
  expect((await signIn(person.email, next)).body.code).toBe('bad_code')
  // Who does not know the password learns nothing about codes.
  expect((await signIn(person.email, undefined, 'wrong')).body.code).toBe('bad_credentials')
})

test('each recovery code lets in once, in any spelling, until new ones are made', async () => {
  const person = await t.person()
  const { recovery } = await switchOn(person)
  expect(recovery).toHaveLength(10)
  const [first, second, third] = recovery as [string, string, string]
  expect((await signIn(person.email, first)).status).toBe(200)
  expect((await signIn(person.email, first)).body.code).toBe('bad_code')
  expect((await signIn(person.email, second.toLowerCase().replaceAll('-', ' '))).status).toBe(200)
  expect((await person.call('GET', '/api/auth/me')).body.user).toMatchObject({
    second_factor: true,
    recovery_codes_left: 8,
  })
  const path = '/api/auth/second-factor/recovery-codes'
  expect((await person.call('POST', path, { password: 'wrong' })).body.code).toBe('wrong_password')
  const fresh = (await person.call('POST', path, { password: PASSWORD })).body.recovery_codes
  expect((await signIn(person.email, third)).body.code).toBe('bad_code')
  expect((await signIn(person.email, fresh[0])).status).toBe(200)
})

test('wrong codes at the same moment gain nothing: after six of them the account waits', async () => {
  const person = await t.person()
  const { totp } = await switchOn(person)
  const wrong = codeOf(totp, 100)
  const answers = await Promise.all(Array.from({ length: 8 }, () => signIn(person.email, wrong)))
  const codes = answers.map(({ body }) => body.code).sort()
  expect(codes).toEqual([...Array(6).fill('bad_code'), ...Array(2).fill('sign_in_delayed')])
})

test('goes off with password and code, and only then', async () => {
  const person = await t.person()
  const { totp, recovery } = await switchOn(person)
  const off = (password: string, code: string) =>
    person.call('DELETE', '/api/auth/second-factor', { password, code })
  expect((await off('wrong', codeOf(totp, 1))).body.code).toBe('wrong_password')
  expect((await off(PASSWORD, '000000')).body.code).toBe('bad_code')
  const again = await person.call('POST', '/api/auth/second-factor', { password: PASSWORD })
  expect([again.status, again.body.code]).toEqual([409, 'second_factor_on'])
  expect((await off(PASSWORD, recovery[0]!)).status).toBe(204)
  expect((await signIn(person.email)).status).toBe(200)
  expect((await off(PASSWORD, recovery[1]!)).body.code).toBe('second_factor_off')
})

test('the seed is sealed, the recovery codes are hashes, and the log knows neither', async () => {
  const person = await t.person()
  const { totp, recovery } = await switchOn(person)
  const rows = await t.database.owner`
    select to_jsonb(f)::text as text from second_factors f where user_id = ${person.id}
    union all select to_jsonb(r)::text from recovery_codes r where user_id = ${person.id}`
  const everything = rows.map(({ text }) => text).join('\n') + t.log()
  const secrets = [totp.secret.base32, totp.secret.hex, ...recovery, recovery[0]!.replaceAll('-', '')]
  expect(secrets.filter((secret) => everything.toUpperCase().includes(secret.toUpperCase()))).toEqual([])
})

test('a seed moved to another person opens nothing', async () => {
  const [person, other] = [await t.person(), await t.person()]
  const { totp } = await switchOn(person)
  await switchOn(other)
  await t.database.owner`update second_factors set last_step = 0,
    seed = (select seed from second_factors where user_id = ${person.id}) where user_id = ${other.id}`
  expect((await signIn(other.email, codeOf(totp, 1))).status).toBe(500)
})

test('an admin can hand out a link that switches it off with the new password', async () => {
  const person = await t.person()
  await switchOn(person)
  const path = `/api/users/${person.id}/password-reset`
  const tokenOf = async (body: object) => (await t.admin.call('POST', path, body)).body.link.split('#')[1]
  const [kept, ended] = [await tokenOf({}), await tokenOf({ ends_second_factor: true })]
  const password = 'another long pass phrase'
  await t.stranger.call('PUT', '/api/auth/password-resets', { token: ended, password })
  expect((await signIn(person.email, undefined, password)).status).toBe(200)
  // Its use ended the other link too.
  expect((await t.stranger.call('PUT', '/api/auth/password-resets', { token: kept, password })).status).toBe(
    401,
  )
})
