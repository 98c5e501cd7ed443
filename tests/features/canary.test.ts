// The canary: one account writes to itself once an hour, past every cap; its owner hears when that fails or changes.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { chooseCanary } from '../../src/canary/store.ts'
import { listHandOverTimes } from '../../src/messages/contacts.ts'
import { type Person, type Script, startTestApp, type TestApp } from '../support/app.ts'
import { runCommand } from '../support/command.ts'
import { until } from '../support/product.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

const OWN = '491500000001'
const HOUR_S = 3_600

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

/** A linked account that is the canary from now on, and a clock that begins when it is first looked at. */
async function canary() {
  const person = await t.person()
  const script = await person.linked()
  await t.database.sql.begin((tx) => chooseCanary(tx, script.accountId))
  const beganMs = Date.now() + 1_000
  const look = (inS: number) => t.app.lookAtCanary(beganMs + inS * 1_000)
  return { person, script, look }
}

/** Looks, and waits until the canary that goes out is so. */
async function goes(
  { person, script, look }: Awaited<ReturnType<typeof canary>>,
  inS: number,
  status = 'sent',
) {
  const before = (await canariesOf(person)).length
  const heard = script.heard('send')
  await look(inS)
  const { ask } = await heard
  await person.until(async () => {
    const all = await canariesOf(person)
    return all.length === before + 1 && all[0].status === status
  })
  return ask as { chatId: string; text: string }
}

async function canariesOf(person: Person) {
  return (await person.call('GET', '/api/messages?source=canary&limit=100')).body.items
}

async function alertsOf(person: Person): Promise<string[]> {
  await t.database.settled()
  const { items } = (await person.call('GET', '/api/events?limit=500')).body
  return items
    .filter(({ type }: { type: string }) => type === 'account.alert')
    .map(({ data }: { data: { alert: string } }) => data.alert)
}

function mailsTo(person: Person): string[] {
  const folder = join(t.dataDir, 'mail')
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.eml')) : []
  return names
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8').replaceAll('=\n', ''))
    .filter((mail) => mail.includes(`To: ${person.email}`))
}

const held = [{ outcome: 'handed', ack: 0, pageLoad: 'page' }] as const
const taken = [{ outcome: 'handed', ack: 1, pageLoad: 'page' }] as const

test('an operator chooses an account beside the running server, and it writes to itself', async () => {
  const person = await t.person()
  const script = await person.linked()
  const sent = script.heard('send')
  const run = (...command: string[]) => runCommand(t.database, ['canary', ...command])
  expect(await run('everybody')).toMatchObject({
    code: 1,
    errors: 'This command is: botwave canary [ACCOUNT_ID|off]\n',
  })
  const nobody = Bun.randomUUIDv7()
  expect(await run(nobody)).toMatchObject({
    code: 1,
    errors: expect.stringContaining(`There is no account ${nobody}`),
  })
  const chosen = await run(script.accountId)
  expect(chosen).toMatchObject({
    code: 0,
    output: expect.stringContaining(`(${script.accountId}) sends a canary`),
  })
  // The program looks by itself.
  expect((await sent).ask).toMatchObject({ chatId: `${OWN}@c.us`, kind: 'text' })
  await person.until(async () => (await canariesOf(person))[0]?.status === 'sent')
  const [message] = await canariesOf(person)
  expect(message).toMatchObject({
    source: 'canary',
    receiver_number: `+${OWN}`,
    account_id: script.accountId,
    message_body: expect.stringMatching(/^BotWave canary, 2/),
  })
  expect(await run()).toMatchObject({ code: 0, output: expect.stringContaining('the next is due at') })
  expect(await run('off')).toMatchObject({ code: 0, output: 'No account sends a canary.\n' })
  expect(await alertsOf(person)).toEqual([])
}, 60_000)

test('it goes past every cap, and counts in no limit and no figure', async () => {
  const c = await canary()
  const { person, script } = c
  const pacing = { gap_s: [3600, 3600], per_minute: 1, per_hour: 1, per_day: 1, new_per_day: 1 }
  await person.call('PATCH', `/api/accounts/${script.accountId}`, { pacing })
  await goes(c, 0)
  // Neither a hand-over nor a new contact: the one message of the day may still go.
  expect(await listHandOverTimes(t.database.sql, script.accountId)).toEqual([])
  const known = await t.database.sql`select 1 from contacts where account_id = ${script.accountId}`
  expect(known).toHaveLength(0)
  const message = { number: '+491511111111', message: 'Hello' }
  expect((await person.call('POST', '/api/messages/send?wait=20', message)).body.status).toBe('sent')
  const second = await person.call('POST', '/api/messages/send', message)
  expect(second.body).toMatchObject({ status: 'queued', reason: 'day_cap' })
  await goes(c, HOUR_S)
  expect((await person.call('GET', `/api/messages/${second.body.id}`)).body.status).toBe('queued')

  const { total } = (await person.call('GET', '/api/analytics')).body
  expect(total).toMatchObject({ accepted: 2, sent: 1, waiting: 1 })
  const people = (await t.admin.call('GET', `/api/users?q=${person.email}`)).body.items
  expect(people[0].messages_today).toBe(2)
})

test('not acknowledged within a minute: told by webhook, mail, activity and log, once, and once more when it is well', async () => {
  const c = await canary()
  const { person, script, look } = c
  await person.call('POST', '/api/webhooks', { url: receiver.url, events: ['account.alert'] })
  await script.outcomes([...held])
  await goes(c, 0, 'sending')
  await look(59)
  expect(await alertsOf(person)).toEqual([])
  await look(60)
  await look(61)
  await receiver.until(1)
  expect(receiver.arrived[0]!.json).toMatchObject({
    type: 'account.alert',
    data: {
      alert: 'canary_silent',
      account_id: script.accountId,
      state: 'ready',
      message: 'Its hourly test message to itself was not acknowledged by WhatsApp within 60 seconds.',
    },
  })
  await until(() => mailsTo(person).length === 1)
  expect(mailsTo(person)[0]).toContain('Subject: BotWave: Phone: the canary is in trouble')
  const [act] = (await person.call('GET', '/api/activity?action=account.canary')).body.items
  expect(act.details).toEqual({ account_id: script.accountId, alert: 'canary_silent' })
  const lines = t
    .log()
    .split('\n')
    .filter((line) => line.includes('the canary is in trouble'))
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({ level: 'warn', account_id: script.accountId })
  expect(lines.join()).not.toContain(OWN)

  await goes(c, HOUR_S, 'sending')
  await look(HOUR_S + 61)
  expect(await alertsOf(person)).toEqual(['canary_silent'])
  await script.outcomes([...taken])
  await goes(c, 2 * HOUR_S)
  await look(2 * HOUR_S + 1)
  await look(2 * HOUR_S + 2)
  expect(await alertsOf(person)).toEqual(['canary_silent', 'canary_well'])
  await until(() => mailsTo(person).length === 2)
})

test('another build of WhatsApp Web: told before its first message, well when that is acknowledged', async () => {
  const c = await canary()
  const { person, script, look } = c
  await goes(c, 0)
  await look(1)
  await runs(person, script, '2.3000.9')
  await goes(c, HOUR_S)
  await look(HOUR_S + 1)
  expect(await alertsOf(person)).toEqual(['canary_version', 'canary_well'])
  await until(() => mailsTo(person).length === 2)
  const told = mailsTo(person).find((mail) => mail.includes('in trouble'))
  expect(told).toContain('WhatsApp Web changed from version 2.0 to 2.3000.9 since the last test message.')
  await goes(c, 2 * HOUR_S)
  await look(2 * HOUR_S + 1)
  expect(await alertsOf(person)).toHaveLength(2)
})

test('where WhatsApp says stop, or the account is not ready, none goes out', async () => {
  const c = await canary()
  const { person, script, look } = c
  await goes(c, 0)
  await look(1)
  const path = `/api/accounts/${script.accountId}`
  script.order({ do: 'signal', name: 'ack', data: { whatsappId: await anyOpen(c), ack: -1, error: 463 } })
  await person.until(async () => (await person.call('GET', path)).body.new_chats_refused_at !== null)
  await look(HOUR_S)
  expect(await canariesOf(person)).toHaveLength(1)
  await person.call('PATCH', path, { new_chats_refused: false })
  script.order({ do: 'signal', name: 'state', data: { state: 'reconnecting', reason: 'line_lost' } })
  await person.until(async () => (await person.call('GET', path)).body.state === 'reconnecting')
  await look(HOUR_S + 5)
  script.order({ do: 'signal', name: 'ended', data: { code: 'banned', detail: '' } })
  await person.until(async () => (await person.call('GET', path)).body.reason === 'banned')
  await look(HOUR_S + 10)
  expect(await canariesOf(person)).toHaveLength(1)
})

/** The WhatsApp id of a message to somebody that is still open. */
async function anyOpen({ person, script }: Awaited<ReturnType<typeof canary>>): Promise<string> {
  await script.outcomes([...held])
  const { body } = await person.call('POST', '/api/messages/send', {
    number: '+491511111113',
    message: 'Hello',
  })
  const find = async () => (await person.call('GET', `/api/messages/${body.id}`)).body
  await person.until(async () => (await find()).status === 'sending')
  return (await find()).whatsapp_id
}

/** Its page was loaded anew, with this build. */
async function runs(person: Person, script: Script, webVersion: string): Promise<void> {
  const state = async () => (await person.call('GET', `/api/accounts/${script.accountId}`)).body.state
  script.order({ do: 'signal', name: 'state', data: { state: 'reconnecting', reason: 'line_lost' } })
  await person.until(async () => (await state()) === 'reconnecting')
  const page = { phone: OWN, lid: null, name: null, webVersion, pageLoad: 'page' }
  script.order({ do: 'signal', name: 'ready', data: page })
  await person.until(async () => (await state()) === 'ready')
}
