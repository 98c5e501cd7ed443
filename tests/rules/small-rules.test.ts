// The small pure rules: acks, waits, limits, pacing, keys, passwords.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { formatApiKey, looksLikeApiKey } from '../../src/rules/api-key.ts'
import { backoffMs, nextTryAt } from '../../src/rules/backoff.ts'
import { isCommonPassword } from '../../src/rules/common-passwords.ts'
import {
  type DeliveryStatus,
  isSettled,
  statusAfterAck,
  statusesBefore,
} from '../../src/rules/delivery-state.ts'
import {
  DEFAULT_PACING,
  endOfQuiet,
  estimateNewContactAt,
  estimateSendAt,
  nextNewContactAt,
  nextSendAt,
  pacingOf,
} from '../../src/rules/pacing.ts'

describe('acks', () => {
  test.each([
    ['sending', 0, null],
    ['sending', 1, 'sent'],
    ['sending', 3, 'read'],
    ['sending', -1, 'failed'],
    ['uncertain', 1, 'sent'],
    ['uncertain', -1, 'failed'],
    ['sent', 1, null],
    ['sent', 2, 'delivered'],
    ['sent', -1, null],
    ['read', 2, null],
    ['read', 4, 'played'],
    ['queued', 1, null],
    ['failed', 1, null],
    ['cancelled', 3, null],
  ] as [DeliveryStatus, number, DeliveryStatus | null][])('%s and ack %p → %p', (status, ack, next) => {
    expect(statusAfterAck(status, ack)).toBe(next)
  })

  test('whatever order acks come in, the newest stays', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1 }), (acks) => {
        let status: DeliveryStatus = 'sending'
        for (const ack of acks) status = statusAfterAck(status, ack) ?? status
        const best = Math.max(...acks)
        expect(status).toBe((['sending', 'sent', 'delivered', 'read', 'played'] as const)[best]!)
      }),
    )
  })

  test('the guarded update names every status that the ack may follow', () => {
    expect(statusesBefore('delivered').sort()).toEqual(['sending', 'sent', 'uncertain'])
    expect(statusesBefore('failed').sort()).toEqual(['sending', 'uncertain'])
  })

  test('settled is everything but waiting and sending', () => {
    expect(['scheduled', 'queued', 'sending'].map(isSettled)).toEqual([false, false, false])
    expect(['sent', 'failed', 'expired', 'cancelled', 'uncertain'].every(isSettled)).toBe(true)
  })
})

test('waits grow 2, 5, 15, 60, 300 s, each within 20 %', () => {
  const middle = [1, 2, 3, 4, 5, 6, 100].map((attempts) => backoffMs(attempts, 0.5))
  expect(middle).toEqual([2_000, 5_000, 15_000, 60_000, 300_000, 300_000, 300_000])
  expect([backoffMs(1, 0), backoffMs(1, 0.999)]).toEqual([1_600, 2_399])
})

test('more than thirty restarts within an hour wait for the hour to allow the next', () => {
  const minute = 60_000
  const restarts = Array.from({ length: 30 }, (_, n) => n * minute)
  expect(nextTryAt(1, restarts.slice(1), 40 * minute, 0.5)).toEqual({
    atMs: 40 * minute + 2_000,
    capped: false,
  })
  expect(nextTryAt(1, restarts, 40 * minute, 0.5)).toEqual({ atMs: 60 * minute, capped: true })
  expect(nextTryAt(1, restarts, 61 * minute, 0.5).capped).toBe(false)
})

describe('pacing', () => {
  const minute = 60_000

  test('off: at once, whatever was sent', () => {
    expect(nextSendAt(pacingOf({ off: true }), [1, 2, 3], 4, 0.5)).toEqual({ atMs: 4, reason: null })
  })

  test('the first goes at once; the next after the drawn gap', () => {
    expect(nextSendAt(DEFAULT_PACING, [], 1_000, 0.5).reason).toBeNull()
    expect(nextSendAt(DEFAULT_PACING, [1_000], 1_000, 0)).toEqual({ atMs: 2_000, reason: 'gap' })
    expect(nextSendAt(DEFAULT_PACING, [1_000], 1_000, 0.999).atMs).toBeCloseTo(4_997)
    expect(nextSendAt(DEFAULT_PACING, [1_000], 5_000, 0.5).reason).toBeNull()
  })

  test('the cap that holds longest is named, with the moment at which its window lets one go', () => {
    const pacing = pacingOf({ gap_s: [0, 0], per_minute: 2, per_hour: 3 })
    expect(nextSendAt(pacing, [0, 10_000], 20_000, 0)).toEqual({ atMs: minute, reason: 'minute_cap' })
    expect(nextSendAt(pacing, [0, 10_000, 70_000], 80_000, 0)).toEqual({
      atMs: 3_600_000,
      reason: 'hour_cap',
    })
  })

  test('no window ever holds more than its cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 60 }),
        (cap, gaps) => {
          const pacing = pacingOf({ gap_s: [0, 0], per_minute: cap })
          const sent: number[] = []
          let now = 0
          for (const gap of gaps) {
            now += gap
            if (!nextSendAt(pacing, sent, now, 0).reason) sent.push(now)
          }
          for (const at of sent)
            expect(sent.filter((other) => other >= at && other < at + minute).length).toBeLessThanOrEqual(cap)
        },
      ),
    )
  })

  test('new people: five a day in the first week after linking, then twenty', () => {
    const day = 86_400_000
    const five = [0, 1, 2, 3, 4]
    expect(nextNewContactAt(DEFAULT_PACING, five.slice(1), 0, 1_000).reason).toBeNull()
    expect(nextNewContactAt(DEFAULT_PACING, five, 0, 1_000)).toEqual({
      atMs: day,
      reason: 'new_contacts_cap',
    })
    expect(nextNewContactAt(DEFAULT_PACING, five, -8 * day, 1_000).reason).toBeNull()
    expect(nextNewContactAt(pacingOf({ new_per_day: 0 }), [], 0, 1_000).reason).toBe('new_contacts_cap')
    expect(nextNewContactAt(null, five, 0, 1_000).reason).toBeNull()
  })

  test.each([
    ['22:00', '07:00', '2026-01-10T21:59:30Z', null],
    ['22:00', '07:00', '2026-01-10T22:00:00Z', '2026-01-11T07:00:00Z'],
    ['22:00', '07:00', '2026-01-11T06:59:59Z', '2026-01-11T07:00:00Z'],
    ['22:00', '07:00', '2026-01-11T07:00:00Z', null],
    ['12:00', '13:00', '2026-01-11T12:30:15Z', '2026-01-11T13:00:00Z'],
    ['12:00', '13:00', '2026-01-11T13:00:00Z', null],
    ['12:00', '12:00', '2026-01-11T12:00:00Z', null],
  ])('quiet from %s to %s at %s', (from, to, at, end) => {
    const until = endOfQuiet({ from, to, time_zone: 'UTC' }, Date.parse(at))
    expect(until && new Date(until).toISOString()).toBe(end && new Date(end).toISOString())
  })

  test('quiet hours are those of the named time zone', () => {
    const quiet = { from: '22:00', to: '07:00', time_zone: 'Asia/Kolkata' }
    expect(endOfQuiet(quiet, Date.parse('2026-01-10T17:00:00Z'))).toBe(Date.parse('2026-01-11T01:30:00Z'))
    expect(endOfQuiet(quiet, Date.parse('2026-01-10T12:00:00Z'))).toBeNull()
  })

  test('about when the last of a queue goes: its place times the middle gap, then the cap of the hour', () => {
    const pacing = pacingOf({ gap_s: [2, 2], per_minute: 1_000, per_hour: 10 })
    expect(estimateSendAt(pacing, [], 3, 0)).toEqual({ atMs: 6_000, reason: 'gap' })
    expect(estimateSendAt(pacing, [], 10, 0)).toEqual({ atMs: 3_600_000, reason: 'hour_cap' })
    expect(estimateSendAt(null, [], 1_000, 5)).toEqual({ atMs: 5, reason: null })
  })

  test('about when the last of many new people is written to: so many a day, more after the first week', () => {
    const day = 86_400_000
    const at = (position: number, written: number[] = []) =>
      estimateNewContactAt(DEFAULT_PACING, written, 0, position, 0)
    expect([at(4), at(5), at(10), at(34), at(35), at(54), at(55)]).toEqual(
      [0, 1, 2, 6, 7, 7, 8].map((days) => days * day),
    )
    expect(at(0, [-day / 2, -3, -2, -1, 0])).toBe(day / 2)
    expect(estimateNewContactAt(pacingOf({ new_per_day: 0 }), [], 0, 0, 5)).toBeNull()
    expect(estimateNewContactAt(null, [], 0, 1_000, 5)).toBe(5)
  })
})

describe('keys', () => {
  const random = crypto.getRandomValues(new Uint8Array(40))

  test('the text carries a checksum: any mistyped character is noticed without the database', () => {
    const { key, prefix } = formatApiKey(random)
    expect(key).toStartWith(prefix)
    expect(looksLikeApiKey(key)).toBe(true)
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: key.length - 2 }),
        fc.constantFrom('A', 'b', '7', '_'),
        (at, letter) => {
          fc.pre(key[at] !== letter)
          expect(looksLikeApiKey(key.slice(0, at) + letter + key.slice(at + 1))).toBe(false)
        },
      ),
    )
    expect(['', 'bw_', key.slice(3), key.slice(0, -1), `${key}A`].some(looksLikeApiKey)).toBe(false)
  })
})

test.each([
  ['password1234', true],
  ['Password1234!', true],
  ['qwertyuiop123', true],
  ['123456789012', true],
  ['aaaaaaaaaaaa', true],
  ['abcdefghijklm', true],
  ['letmeinletmein', true],
  ['CorrectHorseBatteryStaple', true],
  ['a long pass phrase', false],
  ['tr0ub4dor&3 and more', false],
])('%p is common: %p', (password, common) => {
  expect(isCommonPassword(password)).toBe(common)
})
