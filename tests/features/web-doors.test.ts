// The ways into the dashboard against the real server: sign-in step by step, and the links in mails.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type TOTP, URI } from 'otpauth'
import { type ApiProblem, createApi } from '../../web/api.ts'
import { createSession } from '../../web/session.ts'
import { createSignIn } from '../../web/stores/sign-in.ts'
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts'
import { letterTo } from '../support/links.ts'

const NEW_PASSWORD = 'four green kites over water'

let t: TestApp
let hosts = 0
beforeAll(async () => {
  t = await startTestApp({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
})
afterAll(() => t.stop())

/** A browser somewhere, where nobody is signed in. */
function somewhere() {
  const headers = { 'x-forwarded-for': `203.0.113.${++hosts}` }
  const fetcher = (path: string, init?: RequestInit) =>
    fetch(path, { ...init, headers: { ...init?.headers, ...headers } })
  const api = createApi({ origin: t.url, fetcher })
  const session = createSession(api)
  return { api, session, signIn: createSignIn(session) }
}

test('a second factor and a password that must be changed are asked for one after the other', async () => {
  const person = await t.person()
  const begun = await person.call('POST', '/api/auth/second-factor', { password: PASSWORD })
  const code = (URI.parse(begun.body.uri) as TOTP).generate()
  const on = await person.call('PUT', '/api/auth/second-factor', { code })
  await t.database.owner`update users set must_change_password = true where id = ${person.id}`

  const { signIn, session } = somewhere()
  await signIn.give({ email: person.email, password: 'not it at all' })
  expect([signIn.step.value, signIn.problem.value?.code]).toEqual(['password', 'bad_credentials'])
  await signIn.give({ email: person.email, password: PASSWORD })
  expect([signIn.step.value, signIn.problem.value]).toEqual(['code', null])
  await signIn.give({ code: '000000' })
  expect([signIn.step.value, signIn.problem.value]).toEqual(['new_password', null])
  await signIn.give({ new_password: 'password1234' })
  expect([signIn.step.value, signIn.problem.value?.code]).toEqual(['new_password', 'weak_password'])
  await signIn.give({ new_password: NEW_PASSWORD })
  // Only now was the code looked at, and it was wrong.
  expect([signIn.step.value, signIn.problem.value?.code]).toEqual(['code', 'bad_code'])
  await signIn.give({ code: on.body.recovery_codes[0] })
  expect(signIn.problem.value).toBeNull()
  expect(session.phase.value).toBe('in')
  expect(session.user.value?.email).toBe(person.email)
})

test('one who starts over leaves nothing of the first behind', async () => {
  const person = await t.person()
  await t.database.owner`update users set must_change_password = true where id = ${person.id}`
  const { signIn, session } = somewhere()
  await signIn.give({ email: person.email, password: PASSWORD })
  expect(signIn.step.value).toBe('new_password')
  signIn.startOver()
  expect(signIn.step.value).toBe('password')
  await signIn.give({ new_password: NEW_PASSWORD })
  expect(session.phase.value).not.toBe('in')
})

test('the link in a mail sets a new password, once, and says so at the sign-in', async () => {
  const person = await t.person()
  const { api, session } = somewhere()
  await api.requestPasswordReset(person.email)
  const { token, text } = await letterTo(t.dataDir, person.email)
  expect(text).toContain('/reset-password#')
  const weak = session.resetPassword({ token, password: 'password1234' })
  expect(await weak.catch((problem: ApiProblem) => problem.code)).toBe('weak_password')
  await session.resetPassword({ token, password: NEW_PASSWORD })
  expect([session.phase.value, session.notice.value]).toEqual([
    'out',
    'Your new password is set. Sign in with it.',
  ])
  const again = session.resetPassword({ token, password: NEW_PASSWORD })
  expect(await again.catch((problem: ApiProblem) => problem.code)).toBe('bad_token')
  await session.login({ email: person.email, password: NEW_PASSWORD })
  expect(session.phase.value).toBe('in')
})

test('whoever was invited is in at once', async () => {
  const email = 'invited@example.com'
  const { body } = await t.admin.call('POST', '/api/invitations', { email, mail: false })
  const { session } = somewhere()
  await session.acceptInvitation({ token: body.link.split('/accept-invitation#')[1], password: NEW_PASSWORD })
  expect([session.phase.value, session.user.value?.email]).toEqual(['in', email])
})

test('too many tries are answered with how long to wait', async () => {
  const { api } = somewhere()
  const email = 'nobody-at-all@example.com'
  const asked: unknown[] = []
  for (let n = 0; n < 6; n++) {
    const refused = await api.requestPasswordReset(email).catch((problem: ApiProblem) => problem.message)
    if (typeof refused === 'string') asked.push(refused)
  }
  expect(asked).toEqual([expect.stringMatching(/^That was too often\. Try again in \d+ (s|min)\.$/)])
})
