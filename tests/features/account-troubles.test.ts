// Every trouble as people see it: the state, a sentence, at most one thing to do, when it is tried again. No other account is touched.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { type Person, type Script, startTestApp, type TestApp } from '../support/app.ts'

setDefaultTimeout(60_000)
let t: TestApp
let neighbour: Person
let undisturbed: Script
let before: Awaited<ReturnType<typeof rowOf>>

beforeAll(async () => {
  t = await startTestApp()
  neighbour = await t.person()
  undisturbed = await neighbour.linked()
  before = await rowOf(undisturbed)
})
afterAll(() => t.stop())

const rowOf = async ({ accountId }: Script) =>
  (await t.database.owner`select * from accounts where id = ${accountId}`)[0]
const statesOf = async ({ accountId }: Script) =>
  (
    await t.database.owner`
      select data, at from events where account_id = ${accountId} and type = 'account.state' order by xid, id`
  ).map(({ data, at }) => ({ ...data, at }))
const view = async (person: Person, { accountId }: Script) =>
  (await person.call('GET', `/api/accounts/${accountId}`)).body

/** The other account is as it was, to the last column, and sends. */
async function expectUndisturbed(): Promise<void> {
  expect(await rowOf(undisturbed)).toEqual(before)
  const sent = await neighbour.call('POST', '/api/messages/send?wait=20', {
    number: '+491511111111',
    message: 'undisturbed',
  })
  expect(sent.body.status).toBe('sent')
}

test('what ends a run and needs nobody: said with its reason and the next try, then ready again by itself', async () => {
  const codes = [
    ...['browser_failed', 'browser_died', 'page_crashed', 'page_frozen', 'page_unreachable', 'page_changed'],
    ...['start_deadline', 'sync_deadline', 'memory_limit', 'worker_error', 'worker_stuck'],
  ]
  const person = await t.person()
  const scripts: [string, Script][] = []
  for (const code of codes) scripts.push([code, await person.linked()])
  const known = new Map<string, number>()
  for (const [code, script] of scripts) known.set(code, (await statesOf(script)).length)
  for (const [code, script] of scripts)
    script.order({ do: 'signal', name: 'ended', data: { code, detail: '' } })
  await expectUndisturbed()
  for (const [code, script] of scripts) {
    await person.until(
      async () =>
        (await statesOf(script)).at(-1)?.state === 'ready' &&
        (await statesOf(script)).length > known.get(code)!,
    )
    const states = (await statesOf(script)).slice(known.get(code))
    expect(states.map(({ state, reason }) => [state, reason])).toEqual([
      ['reconnecting', code],
      ['ready', null],
    ])
    const [away] = states
    const waitMs = Date.parse(away!.next_try_at) - away!.at.getTime()
    expect(waitMs).toBeGreaterThan(0)
    expect(waitMs).toBeLessThanOrEqual(2_500)
  }
  await expectUndisturbed()
})

test('a Worker that exits without a word is one of them', async () => {
  const person = await t.person()
  const script = await person.linked()
  script.order({ do: 'exit' })
  await person.until(async () => (await statesOf(script)).some(({ reason }) => reason === 'worker_error'))
  await person.until(async () => (await view(person, script)).state === 'ready')
  await expectUndisturbed()
})

test.each([
  ['logged_out', 'logged_out', 'relink'],
  ['unpaired', 'logged_out', 'relink'],
  ['qr_expired', 'qr_expired', 'relink'],
  ['banned', 'failed', 'open_phone'],
])('%s: nothing is tried until its owner acts', async (code, state, action) => {
  const person = await t.person()
  const script = await person.linked()
  script.order({ do: 'signal', name: 'ended', data: { code, detail: '' } })
  await person.until(async () => (await view(person, script)).state === state)
  expect(await view(person, script)).toMatchObject({ reason: code, action, wanted: false, next_try_at: null })
  expect((await view(person, script)).message).toMatch(/^[A-Z].*\.$/)
  await expectUndisturbed()
})

test.each([
  ['reconnecting', 'line_lost', 'wait'],
  ['conflict', null, 'take_over'],
  ['action_required', 'passkey', 'open_phone'],
  ['action_required', 'scanned_not_opened', 'open_phone'],
])('%s (%s): said while it lasts, over when it is over', async (state, reason, action) => {
  const person = await t.person()
  const script = await person.linked()
  const known = (await statesOf(script)).length
  const say = (state: string, reason: string | null) =>
    script.order({ do: 'signal', name: 'state', data: { state, reason } })
  // Said three times over: people hear it once.
  for (let time = 0; time < 3; time++) say(state, reason)
  await person.until(async () => (await view(person, script)).state === state)
  expect(await view(person, script)).toMatchObject({ reason, action, wanted: true })
  expect((await view(person, script)).message).toMatch(/^[A-Z].*\.$/)
  say('ready', null)
  await person.until(async () => (await view(person, script)).state === 'ready')
  expect((await statesOf(script)).slice(known).map((event) => event.state)).toEqual([state, 'ready'])
  await expectUndisturbed()
})
