// Owners are told that an account needs them: an event, a webhook and a mail, once, and once more when it is well.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runAlerts } from '../../src/alerts/watch.ts'
import { createLog } from '../../src/log.ts'
import type { Mail } from '../../src/mail.ts'
import { type Person, startTestApp, type TestApp } from '../support/app.ts'
import { until } from '../support/product.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

let t: TestApp
let receiver: Receiver
beforeAll(async () => {
  t = await startTestApp({ env: { OUTBOUND_ALLOW: '127.0.0.0/8' } })
  receiver = await startReceiver()
})
afterAll(async () => {
  await receiver.stop()
  await t.stop()
})

/** Looks once, so many seconds from now, as the program does every five; answers the mails. */
async function look(inS: number): Promise<Mail[]> {
  const mails: Mail[] = []
  const parts = {
    sql: t.database.sql,
    hub: { publish() {}, subscribe: () => () => {} },
    log: createLog('silent'),
    mailer: { send: (mail: Mail) => void mails.push(mail) },
    url: () => 'http://here',
  }
  await runAlerts(parts, Date.now() + inS * 1000)
  return mails
}

async function alertsOf(person: Person): Promise<string[]> {
  await t.database.settled()
  const { items } = (await person.call('GET', '/api/events?limit=500')).body
  return items
    .filter(({ type }: { type: string }) => type === 'account.alert')
    .map(({ data }: { data: { alert: string } }) => data.alert)
}

async function stateOf(person: Person, id: string): Promise<string> {
  return (await person.call('GET', `/api/accounts/${id}`)).body.state
}

test('logged out on the phone: told at once by webhook and mail, and once', async () => {
  const person = await t.person()
  const script = await person.linked()
  await person.call('PATCH', `/api/accounts/${script.accountId}`, { name: 'Shop\r\nphone' })
  await person.call('POST', '/api/webhooks', { url: receiver.url, events: ['account.alert'] })
  script.order({ do: 'signal', name: 'ended', data: { code: 'logged_out', detail: '' } })
  await receiver.until(1)
  expect(receiver.arrived[0]!.json).toMatchObject({
    type: 'account.alert',
    data: {
      alert: 'logged_out',
      account_id: script.accountId,
      state: 'logged_out',
      message: 'The phone logged this device out.',
    },
  })
  const folder = join(t.dataDir, 'mail')
  // The folder comes with the first mail.
  const mails = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.eml')) : [])
  await until(() => mails().length > 0)
  const mail = readFileSync(join(folder, mails()[0]!), 'utf8')
  expect(mail).toContain(`To: ${person.email}`)
  expect(mail).toContain('Subject: BotWave: Shop phone needs you')
  expect(mail).toContain('The phone logged this device out.')
  expect(await look(3_600)).toEqual([])
  expect(await alertsOf(person)).toEqual(['logged_out'])
})

test('down for two minutes, and well when it has been ready for a while', async () => {
  const person = await t.person()
  const script = await person.linked()
  const signal = (state: string, reason: string | null) =>
    script.order({ do: 'signal', name: 'state', data: { state, reason } })
  signal('reconnecting', 'line_lost')
  await person.until(async () => (await stateOf(person, script.accountId)) === 'reconnecting')
  expect(await look(60)).toEqual([])
  const down = await look(121)
  expect(down.map(({ to, subject }) => [to, subject])).toEqual([[person.email, 'BotWave: Phone needs you']])
  expect(down[0]!.text).toContain('http://here')
  expect(await look(600)).toEqual([])
  signal('ready', null)
  await person.until(async () => (await stateOf(person, script.accountId)) === 'ready')
  expect(await look(0)).toEqual([])
  expect(await look(10)).toEqual([])
  expect((await look(31)).map(({ subject }) => subject)).toEqual(['BotWave: Phone is connected again'])
  expect(await look(600)).toEqual([])
  expect(await alertsOf(person)).toEqual(['down', 'well'])
})

test('what its owner chose is no news', async () => {
  const person = await t.person()
  const script = await person.linked()
  await person.call('POST', '/api/whatsapp/disconnect', { account_id: script.accountId })
  await person.until(async () => (await stateOf(person, script.accountId)) === 'logged_out')
  expect((await look(3_600)).filter(({ to }) => to === person.email)).toEqual([])
  expect(await alertsOf(person)).toEqual([])
})
