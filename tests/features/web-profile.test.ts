// A person's own profile in the dashboard's store against the real server: password, second factor, where they are signed in.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type TOTP, URI } from 'otpauth'
import { createApi } from '../../web/api.ts'
import { deviceWords } from '../../web/device.ts'
import { createProfile } from '../../web/stores/profile.ts'
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts'
import { deskOf } from '../support/desk.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.stop())

test('places are listed, ended one by one and all at once, and a new password ends the others', async () => {
  const person = await t.person()
  using desk = deskOf(t, person)
  const elsewhere = async () =>
    (await createApi({ origin: t.url }).login({ email: person.email, password: PASSWORD })).user
  await elsewhere()
  const profile = createProfile(desk.api)
  await profile.load()
  expect(profile.me.value).toMatchObject({ email: person.email, second_factor: false })
  expect(profile.sessions.value?.map((session) => session.current)).toEqual([false, true])
  await profile.endSession(profile.sessions.value![0]!.id)
  expect(profile.sessions.value?.map((session) => session.current)).toEqual([true])

  await elsewhere()
  expect(await profile.endOtherSessions()).toBe(1)
  await elsewhere()
  const wrong = profile.changePassword({ current_password: 'not it', password: 'five old bridges hum' })
  expect(await wrong.catch((problem) => problem.code)).toBe('wrong_password')
  await profile.changePassword({ current_password: PASSWORD, password: 'five old bridges hum' })
  expect(profile.sessions.value?.map((session) => session.current)).toEqual([true])
  expect(desk.signedOut()).toBe(0)
})

test('a second factor is switched on by a first code, its recovery codes are counted, and it goes off', async () => {
  const person = await t.person()
  using desk = deskOf(t, person)
  const profile = createProfile(desk.api)
  const { uri } = await profile.startSecondFactor(PASSWORD)
  await profile.load()
  expect(profile.me.value?.second_factor).toBe(false)
  expect(await profile.confirmSecondFactor('000000').catch((problem) => problem.code)).toBe('bad_code')
  const codes = await profile.confirmSecondFactor((URI.parse(uri) as TOTP).generate())
  expect(profile.me.value).toMatchObject({ second_factor: true, recovery_codes_left: codes.length })
  const fresh = await profile.replaceRecoveryCodes(PASSWORD)
  expect(fresh).not.toContain(codes[0]!)
  await profile.endSecondFactor({ password: PASSWORD, code: fresh[0]! })
  expect(profile.me.value?.second_factor).toBe(false)
})

test('a browser is named by what it is', () => {
  const edge =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0'
  const phone =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1'
  expect([edge, phone, 'curl/8.5.0', 'Bun/1.4.5', null].map(deviceWords)).toEqual([
    'Edge on Windows',
    'Safari on iPhone',
    'curl',
    'Bun',
    'A program',
  ])
})
