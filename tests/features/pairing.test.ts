// Linking with a code to type: asked for at any moment of the link, and refused in words.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startTestApp, type TestApp } from '../support/app.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.stop())

test('a code asked for while the account still starts is asked for by the start', async () => {
  const person = await t.person()
  const { id } = (await person.call('POST', '/api/accounts', {})).body
  const script = t.script(id)
  const connection = `/api/accounts/${id}/connection`
  const first = script.heard('start')
  await person.call('POST', connection, {})
  const second = person.call('POST', connection, { phone: '+49 1511 1111111' })
  await first
  expect((await second).status).toBe(202)
  const phone = () => t.database.owner`select pairing_phone from accounts where id = ${id}`
  // Either the start had not begun and took the phone along, or it was asked of the page that waits for its link.
  await person.until(async () => {
    const { status, body } = await person.call('GET', `/api/accounts/${id}/qr`)
    return (
      status === 200 && (body.code === 'ABCD1234' || (await phone())[0]?.pairing_phone === '4915111111111')
    )
  })
})

test('a code asked for while the QR is on show stands next to it', async () => {
  const person = await t.person()
  const { id } = (await person.call('POST', '/api/accounts', {})).body
  const script = t.script(id)
  const started = script.heard('start')
  await person.call('POST', `/api/accounts/${id}/connection`, {})
  await started
  await person.until(async () => (await person.call('GET', `/api/accounts/${id}/qr`)).status === 200)
  expect(
    (await person.call('POST', `/api/accounts/${id}/connection`, { phone: '4915111111111' })).status,
  ).toBe(202)
  const { body } = await person.call('GET', `/api/accounts/${id}/qr`)
  expect(body).toMatchObject({ code: 'ABCD1234', qr: 'ref,static,identity,secret,1' })
})

test.each(['mother', '0151 1111111', '12', '+'])('%p is no phone to ask a code for', async (phone) => {
  const person = await t.person()
  const { id } = (await person.call('POST', '/api/accounts', {})).body
  const answer = await person.call('POST', `/api/accounts/${id}/connection`, { phone })
  expect([answer.status, answer.body.code]).toEqual([422, 'invalid_phone'])
})
