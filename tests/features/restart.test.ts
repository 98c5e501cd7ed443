// A restart loses nothing: linked accounts come back by themselves, and what waited goes on.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startTestApp, type TestApp } from '../support/app.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.stop())

const send = { number: '+491511111111', message: 'Hello' }

test('a ready account is ready again, and unsent messages go out in order', async () => {
  const person = await t.person()
  const script = await person.linked()
  await script.outcomes(['hang'])
  const hanging = script.heard('send')
  const doubtful = (await person.call('POST', '/api/messages/send', send)).body.id
  const { whatsappId } = (await hanging).ask as { whatsappId: string }
  const waiting = (await person.call('POST', '/api/messages/send', { ...send, number: '+491522222222' })).body
    .id

  await t.restart()
  const status = async (id: string) => (await person.call('GET', `/api/messages/${id}`)).body.status
  await person.until(async () => (await status(waiting)) === 'sent')
  const account = (await person.call('GET', `/api/accounts/${script.accountId}`)).body
  expect(account).toMatchObject({ state: 'ready', phone: '+491500000001', wanted: true })
  // The one that was being handed over cannot be proved either way: it is not sent again, and an ack settles it.
  await person.until(async () => (await status(doubtful)) === 'uncertain')
  script.order({ do: 'signal', name: 'ack', data: { whatsappId, ack: 2, error: null } })
  await person.until(async () => (await status(doubtful)) === 'delivered')
})

test('an account that its owner stopped stays stopped', async () => {
  const person = await t.person()
  const script = await person.linked()
  await person.call('POST', '/api/whatsapp/disconnect', { account_id: script.accountId, logout: false })
  await t.restart()
  const account = (await person.call('GET', `/api/accounts/${script.accountId}`)).body
  expect(account).toMatchObject({ state: 'stopped', reason: 'stopped_by_owner', wanted: false })
})

test('the account of a suspended person does not start', async () => {
  const person = await t.person()
  const script = await person.linked()
  await t.restart(async () => {
    await t.database.owner`update users set status = 'suspended' where id = ${person.id}`
  })
  const [row] = await t.database
    .owner`select state, reason, wanted from accounts where id = ${script.accountId}`
  expect(row).toMatchObject({ state: 'stopped', reason: 'user_suspended', wanted: true })
})

test('a deadline that passes while the program is down: expired, never sent late', async () => {
  const person = await t.person()
  const script = await person.linked()
  await person.call('POST', '/api/whatsapp/disconnect', { account_id: script.accountId, logout: false })
  const late = (await person.call('POST', '/api/messages/send', { ...send, expires_in: 3600 })).body.id
  await t.restart(async () => {
    await t.database
      .owner`update message_logs set expires_at = now() - interval '1 second' where id = ${late}`
  })
  await person.call('POST', `/api/accounts/${script.accountId}/connection`, {})
  await person.until(
    async () => (await person.call('GET', `/api/messages/${late}`)).body.status === 'expired',
  )
})

test('a message scheduled for later waits for its moment, also over a restart', async () => {
  const person = await t.person()
  await person.linked()
  const send_at = new Date(Date.now() + 3_600_000).toISOString()
  const accepted = await person.call('POST', '/api/messages/send', { ...send, send_at })
  expect(accepted.body).toMatchObject({ status: 'scheduled', expected_at: send_at })
  await t.restart(async () => {
    await t.database.owner`update message_logs set send_at = now() where id = ${accepted.body.id}`
  })
  const done = async () =>
    (await person.call('GET', `/api/messages/${accepted.body.id}`)).body.status === 'sent'
  await person.until(done)
})

test('removing an account cancels what waits and keeps the history', async () => {
  const person = await t.person()
  const script = await person.linked()
  const done = (await person.call('POST', '/api/messages/send?wait=20', send)).body
  expect(done.status).toBe('sent')
  await person.call('POST', '/api/whatsapp/disconnect', { account_id: script.accountId, logout: false })
  const waiting = (await person.call('POST', '/api/messages/send', send)).body.id
  expect((await person.call('DELETE', `/api/accounts/${script.accountId}`)).status).toBe(204)
  expect((await person.call('GET', '/api/accounts')).body.items).toEqual([])
  const history = (await person.call('GET', '/api/messages')).body.items
  expect(history.map((item: { id: string; status: string }) => [item.id, item.status])).toEqual([
    [waiting, 'cancelled'],
    [done.id, 'sent'],
  ])
})
