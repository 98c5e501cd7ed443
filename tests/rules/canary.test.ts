// When the canary goes out and what is told of it: short scripts of what became of it.
import { expect, test } from 'bun:test'
import { type CanaryTrouble, type CanaryView, nextCanaryStep } from '../../src/rules/canary.ts'

/** Status of the canary under way, the build, or whether the account may send, from this second on. */
type Moment = [atS: number, what: Partial<{ status: string; version: string; maySend: boolean }>]

/** Looks every second; answers what was done and when. */
function done(moments: Moment[], untilS: number): string[] {
  const said: string[] = []
  let status = 'sent'
  let told: CanaryTrouble[] = []
  const canary: CanaryView = {
    maySend: true,
    webVersion: '1',
    knownVersion: null,
    nextAtMs: 0,
    open: null,
    told,
  }
  for (let nowS = 0; nowS <= untilS; nowS++) {
    for (const [atS, what] of moments) {
      if (atS !== nowS) continue
      status = what.status ?? status
      canary.webVersion = what.version ?? canary.webVersion
      canary.maySend = what.maySend ?? canary.maySend
    }
    if (canary.open) canary.open = { ...canary.open, status }
    for (;;) {
      const step = nextCanaryStep({ ...canary, told }, nowS * 1000)
      if (!step) break
      if (step.do === 'tell') told = [...told, step.code]
      if (step.do === 'tell_well') told = []
      if (step.do === 'send') {
        Object.assign(canary, { knownVersion: canary.webVersion, nextAtMs: nowS * 1000 + 3_600_000 })
        canary.open = { askedAtMs: nowS * 1000, status: 'queued' }
      } else if (step.do !== 'tell' || step.code === 'canary_silent') canary.open = null
      if (step.do !== 'close') said.push(`${nowS} ${step.do === 'tell' ? step.code : step.do}`)
      // What becomes of it is seen at the next look.
      if (step.do === 'send') break
    }
  }
  return said
}

test.each([
  ['once an hour, and nothing is told while all is well', [], 7_300, ['0 send', '3600 send', '7200 send']],
  [
    'held by WhatsApp Web for a minute: told once, well with the next that is acknowledged',
    [
      [0, { status: 'sending' }],
      [7_100, { status: 'delivered' }],
    ],
    7_300,
    ['0 send', '60 canary_silent', '3600 send', '7200 send', '7201 tell_well'],
  ],
  [
    'acknowledged in the last second',
    [
      [0, { status: 'sending' }],
      [59, { status: 'sent' }],
    ],
    100,
    ['0 send'],
  ],
  ['perhaps sent is waited for', [[0, { status: 'uncertain' }]], 59, ['0 send']],
  ['failed: told at once', [[0, { status: 'failed' }]], 100, ['0 send', '1 canary_silent']],
  [
    'never handed over: told when it expired',
    [
      [0, { status: 'queued' }],
      [60, { status: 'expired' }],
    ],
    100,
    ['0 send', '60 canary_silent'],
  ],
  [
    'another build: told before its first message goes out, well when that is acknowledged',
    [[1_800, { version: '2' }]],
    3_700,
    ['0 send', '3600 canary_version', '3600 send', '3601 tell_well'],
  ],
  [
    'another build, and with it silence: each is told once',
    [
      [1_800, { version: '2', status: 'sending' }],
      [5_400, { version: '3' }],
    ],
    7_300,
    ['0 send', '3600 canary_version', '3600 send', '3660 canary_silent', '7200 send'],
  ],
  [
    'not ready, blocked or told to stop: it waits, and goes once that is over',
    [
      [10, { maySend: false }],
      [5_000, { maySend: true }],
    ],
    5_100,
    ['0 send', '5000 send'],
  ],
] as [string, Moment[], number, string[]][])('%s', (_, moments, untilS, expected) => {
  expect(done(moments, untilS)).toEqual(expected)
})

test('a build that is not known is no change', () => {
  const canary = { maySend: true, nextAtMs: 0, open: null, told: [] }
  expect(nextCanaryStep({ ...canary, webVersion: null, knownVersion: '1' }, 0)).toEqual({ do: 'send' })
  expect(nextCanaryStep({ ...canary, webVersion: '1', knownVersion: null }, 0)).toEqual({ do: 'send' })
})

test('a message whose row is gone is nothing to judge', () => {
  const canary = { maySend: true, nextAtMs: 1, told: [], webVersion: null, knownVersion: null }
  expect(nextCanaryStep({ ...canary, open: { askedAtMs: 0, status: null } }, 0)).toEqual({ do: 'close' })
})
