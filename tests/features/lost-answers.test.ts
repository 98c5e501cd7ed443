// Answers that get lost on the way: between database and outbox, and with a Worker that dies in the call.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { Account } from '../../src/accounts/store.ts'
import { createHub } from '../../src/events/hub.ts'
import { createLog } from '../../src/log.ts'
import { Outbox } from '../../src/messages/outbox.ts'
import { type Person, type Script, startTestApp, type TestApp } from '../support/app.ts'
import { createRows } from '../support/rows.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.stop())

async function linked(on_uncertain: 'hold' | 'resend' | 'drop'): Promise<{ person: Person; script: Script }> {
  const person = await t.person()
  const script = await person.linked()
  const chosen = await person.call('PATCH', `/api/accounts/${script.accountId}`, { on_uncertain })
  expect(chosen).toMatchObject({ status: 200, body: { on_uncertain } })
  return { person, script }
}

async function send(person: Person, body: object = {}): Promise<string> {
  const given = { number: '+491511111111', message: 'Hello', ...body }
  const answer = await person.call('POST', '/api/messages/send', given)
  expect(answer.status).toBe(202)
  return answer.body.id
}

const look = async (person: Person, id: string) => (await person.call('GET', `/api/messages/${id}`)).body

test.each([
  ['hold', 'uncertain', 'maybe_sent'],
  ['resend', 'queued', 'retrying'],
  ['drop', 'failed', 'dropped'],
] as const)('a Worker that dies in the call: its owner chose %s', async (choice, status, reason) => {
  const { person, script } = await linked(choice)
  await script.outcomes(['die'])
  const id = await send(person)
  await person.until(
    async () =>
      !['queued', 'sending'].includes((await look(person, id)).status) ||
      (await look(person, id)).reason === 'retrying',
  )
  expect(await look(person, id)).toMatchObject({ status, reason })
})

test('a choice made while the next message is being claimed is the one that counts', async () => {
  const { owner, sql } = t.database
  const rows = await createRows(t)
  const { id: userId } = await rows.person()
  const accountId = await rows.thing('account', userId)
  const id = await rows.message(userId, accountId, {
    status: 'queued',
    expires_at: new Date(Date.now() + 3_600_000),
  })
  const [account] = await owner<Account[]>`select * from accounts where id = ${accountId}`
  let asked = 0
  let isDead = false
  const died = Promise.withResolvers<void>()
  const outbox = new Outbox({
    sql,
    hub: createHub(() => {}),
    log: createLog('silent'),
    filePath: async () => null,
    reconcile: async () => {},
    accounts: {
      // Chosen between the first look and the hand-over, in which its Worker dies.
      readyRun: () =>
        isDead
          ? null
          : {
              generation: 1,
              run: 0,
              account: { ...account!, on_uncertain: asked++ === 0 ? 'hold' : 'drop' },
            },
      ask: async () => {
        isDead = true
        died.resolve()
        throw Object.assign(new Error('gone'), { code: 'page_lost' })
      },
    },
  })
  outbox.wake(accountId)
  await died.promise
  await outbox.stop()
  const [message] = await owner`select status, reason from message_logs where id = ${id}`
  expect(message).toEqual({ status: 'failed', reason: 'dropped' })
})

test('claimed, and nobody heard of it: taken back and handed over once, in the same run', async () => {
  const { person, script } = await linked('hold')
  const id = await send(person, { send_at: new Date(Date.now() + 3_600_000).toISOString() })
  // What a claim leaves whose commit was answered to a connection that was given up.
  await t.database.owner`
    update message_logs m set status = 'sending', whatsapp_id = '3EB0AAAAAAAAAAAAAAAAAA', generation = a.generation,
      run = a.run, attempts = 1, claimed_at = now(), send_at = now()
    from accounts a where a.id = m.account_id and m.id = ${id}`
  const sent = script.heard('send')
  script.order({ do: 'signal', name: 'state', data: { state: 'reconnecting', reason: 'line_lost' } })
  script.order({ do: 'signal', name: 'state', data: { state: 'ready', reason: null } })
  expect((await sent).ask).toMatchObject({ whatsappId: '3EB0AAAAAAAAAAAAAAAAAA' })
  await person.until(async () => (await look(person, id)).status === 'sent')
})

test('an ack that came before anybody listened is found seconds after the account is ready', async () => {
  const { person, script } = await linked('hold')
  await script.outcomes([{ outcome: 'handed', ack: 0, pageLoad: 'page' }])
  const id = await send(person)
  await person.until(async () => (await look(person, id)).status === 'sending')
  const { whatsapp_id } = await look(person, id)
  await script.acks({ [whatsapp_id]: 0 })
  const asked = script.heard('acks')
  script.order({ do: 'signal', name: 'state', data: { state: 'reconnecting', reason: 'line_lost' } })
  script.order({ do: 'signal', name: 'state', data: { state: 'ready', reason: null } })
  await asked
  await script.acks({ [whatsapp_id]: 2 })
  await person.until(async () => (await look(person, id)).status === 'delivered')
}, 30_000)
