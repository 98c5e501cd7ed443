// Lives of an account as scripts: what happens on the left of an arrow, the state (and its reason) on the right.
import { expect, test } from 'bun:test'
import { explainAccount } from '../../src/rules/account-reasons.ts'
import { type AccountHappening, type AccountView, moveAccount } from '../../src/rules/account-state.ts'

const fresh: AccountView = { state: 'stopped', reason: null, wanted: false, linked: false, attempts: 0 }

/** `seen ready` also links, as the store does when the page says so; `forget` unlinks. */
function play(script: string, from: AccountView = fresh): AccountView {
  let account = from
  for (const line of script.trim().split('\n')) {
    const [happening = '', expected = ''] = line.split('→').map((part) => part.trim())
    const move = moveAccount(account, read(happening))
    if (expected === 'nothing') {
      expect([line, move]).toEqual([line, null])
      continue
    }
    expect([line, move]).not.toEqual([line, null])
    account = { ...account, ...move! }
    if (happening === 'seen ready') account.linked = true
    if (move!.forget) account.linked = false
    const flags = [move!.retry ? 'retry' : '', move!.forget ? 'forget' : ''].filter(Boolean)
    expect([line, [move!.state, ...flags].join(' ')]).toEqual([line, expected])
    // Whatever state people see has its sentence, save `ready`, which needs none.
    const { message } = explainAccount(account.state, account.reason)
    expect([line, message === null]).toEqual([line, account.state === 'ready'])
  }
  return account
}

function read(text: string): AccountHappening {
  const [type = '', word = '', reason = null] = text.split(' ')
  if (type === 'seen') return { type, state: word, reason } as AccountHappening
  if (type === 'ended') return { type, code: word }
  return { type } as AccountHappening
}

const linked = play(`
  connect → starting
  start → starting
  seen qr scan_qr → qr
  seen syncing syncing → syncing
  seen ready → ready`)

test('the first link, and an end that its owner asked for', () => {
  expect(play('disconnect → stopped\nended stopped → nothing', linked)).toMatchObject({
    wanted: false,
    linked: true,
  })
})

test('equal words change nothing', () => {
  play(
    `
    connect → nothing
    seen ready → nothing
    seen reconnecting line_lost → reconnecting
    seen reconnecting line_lost → nothing
    seen ready → ready`,
    linked,
  )
})

test('a browser that dies comes back by itself, and its failures are counted until it is ready', () => {
  const away = play(
    `
    ended browser_died → reconnecting retry
    start → nothing
    seen starting page_loading → nothing
    ended page_frozen → reconnecting retry
    start → nothing
    seen syncing syncing → nothing`,
    linked,
  )
  expect(away.attempts).toBe(2)
  expect(play('seen ready → ready', away).attempts).toBe(0)
})

test('a start that never worked is failed, with another try to come', () => {
  expect(
    play(`
    connect → starting
    start → starting
    ended browser_failed → failed retry
    start → starting
    ended page_unreachable → failed retry`).attempts,
  ).toBe(2)
})

test.each([
  ['logged_out', 'logged_out forget'],
  ['unpaired', 'logged_out forget'],
  ['qr_expired', 'qr_expired'],
  ['banned', 'failed'],
])('%s needs a person: nothing is tried until they ask', (code, becomes) => {
  const over = play(`ended ${code} → ${becomes}`, linked)
  expect(over.wanted).toBe(false)
  play('seen ready → nothing\nboot → nothing\nconnect → starting', over)
})

test('logging out forgets the link from any state', () => {
  play('logout → logged_out forget', linked)
  play('logout → logged_out forget\nended stopped → nothing', { ...linked, state: 'stopped', wanted: false })
})

test('late words of a browser that is being stopped change nothing', () => {
  play(
    'disconnect → stopped\nseen ready → nothing\nseen syncing syncing → nothing\nended browser_died → nothing',
    linked,
  )
})

test('where the phone was needed, connecting again starts again; a conflict is taken over by the page itself', () => {
  play('seen conflict conflict → conflict\nconnect → nothing\nseen ready → ready', linked)
  play('seen action_required passkey → action_required\nconnect → starting', linked)
})

test('a suspended owner: it stops, and what they wanted is remembered', () => {
  const stopped = play('suspend → stopped\nsuspend → nothing', linked)
  expect(stopped).toMatchObject({ wanted: true, linked: true })
  play('boot → starting', stopped)
})

test('a restart of the program starts what was wanted and stops what was not', () => {
  play('boot → starting\nstart → starting\nseen ready → ready', linked)
  play('boot → stopped', { ...linked, wanted: false })
  play('boot → nothing', { ...fresh })
  expect(play('boot → starting', { ...linked, state: 'reconnecting', attempts: 4 }).attempts).toBe(0)
})
