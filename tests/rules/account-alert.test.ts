// When an owner is told: short scripts of what an account went through, and what was said.
import { expect, test } from 'bun:test'
import {
  type AlertStep,
  type KnownTrouble,
  nextAlertStep,
  type WatchedAccount,
} from '../../src/rules/account-alert.ts'

type Moment = [atS: number, state: WatchedAccount['state'], reason?: string]

/** Goes through the moments with a look every second, and answers what was told and when. */
function told(moments: Moment[], untilS: number, { linked = true } = {}): string[] {
  const said: string[] = []
  let known: KnownTrouble | null = null
  let account: WatchedAccount | null = null
  for (let nowS = 0; nowS <= untilS; nowS++) {
    for (const [atS, state, reason = null] of moments) {
      if (atS !== nowS) continue
      const wanted = state !== 'stopped' && state !== 'logged_out' && reason !== 'banned'
      account = { state, reason, wanted, linked: linked && state !== 'logged_out', sinceMs: nowS * 1000 }
    }
    const step: AlertStep | null = account && nextAlertStep(account, known, nowS * 1000)
    if (!step) continue
    if (step.do === 'forget') known = null
    if (step.do === 'watch') known = { sinceMs: step.sinceMs, code: null, readySinceMs: null }
    if (step.do === 'note_ready' && known) known = { ...known, readySinceMs: step.readySinceMs }
    if (step.do === 'tell') {
      known = { sinceMs: step.sinceMs, code: step.code, readySinceMs: null }
      said.push(`${nowS} ${step.code}`)
    }
    if (step.do === 'tell_well') {
      known = null
      said.push(`${nowS} well`)
    }
  }
  return said
}

test.each([
  [
    'a short break heals by itself',
    [
      [0, 'ready'],
      [10, 'reconnecting'],
      [100, 'ready'],
    ],
    400,
    [],
  ],
  [
    'down for two minutes, and well again',
    [
      [0, 'reconnecting'],
      [200, 'ready'],
    ],
    400,
    ['120 down', '230 well'],
  ],
  [
    'down through many states counts from the first',
    [
      [0, 'reconnecting', 'line_lost'],
      [50, 'starting'],
      [90, 'reconnecting', 'page_frozen'],
    ],
    300,
    ['120 down'],
  ],
  [
    'logged out on the phone: at once, and once',
    [
      [0, 'ready'],
      [5, 'logged_out', 'logged_out'],
    ],
    90_000,
    ['5 logged_out'],
  ],
  [
    'linked again',
    [
      [5, 'logged_out', 'unpaired'],
      [60, 'starting'],
      [70, 'qr'],
      [80, 'syncing'],
      [90, 'ready'],
    ],
    400,
    ['5 logged_out', '120 well'],
  ],
  [
    'logged out by its owner',
    [
      [0, 'ready'],
      [5, 'logged_out', 'logged_out_by_owner'],
    ],
    400,
    [],
  ],
  [
    'stopped by its owner',
    [
      [0, 'ready'],
      [5, 'stopped', 'stopped_by_owner'],
    ],
    400,
    [],
  ],
  [
    'told, then stopped by its owner: nothing more',
    [
      [5, 'conflict'],
      [9, 'stopped'],
      [60, 'ready'],
    ],
    400,
    ['5 conflict'],
  ],
  [
    'opened elsewhere',
    [
      [5, 'conflict'],
      [20, 'ready'],
    ],
    400,
    ['5 conflict', '50 well'],
  ],
  [
    'opened elsewhere again and again',
    [
      [5, 'conflict'],
      [9, 'ready'],
      [19, 'conflict'],
      [29, 'ready'],
    ],
    400,
    ['5 conflict', '59 well'],
  ],
  ['blocked', [[5, 'failed', 'banned']], 400, ['5 blocked']],
  [
    'a passkey is asked',
    [
      [5, 'action_required', 'passkey'],
      [50, 'ready'],
    ],
    400,
    ['5 action_required', '80 well'],
  ],
  [
    'another trouble needs something else',
    [
      [0, 'reconnecting'],
      [150, 'logged_out', 'unpaired'],
    ],
    400,
    ['120 down', '150 logged_out'],
  ],
] as [string, Moment[], number, string[]][])('%s', (_, moments, untilS, expected) => {
  expect(told(moments, untilS)).toEqual(expected)
})

test('an account that was never linked has somebody before it: nobody is told that it is down', () => {
  expect(
    told(
      [
        [0, 'starting'],
        [5, 'qr'],
        [200, 'qr_expired'],
      ],
      400,
      { linked: false },
    ),
  ).toEqual([])
})
