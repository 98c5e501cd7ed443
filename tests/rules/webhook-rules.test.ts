// Webhooks, the pure part: when a delivery is tried again, when an endpoint is given up, which headers may be added.
import { describe, expect, test } from 'bun:test'
import { refuseHeaders } from '../../src/rules/webhook-headers.ts'
import { endOfEndpoint, MAX_TRIES, readRetryAfter, waitMs } from '../../src/rules/webhook-retry.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe('tries', () => {
  test('ten of them over 75 hours, the second within seconds', () => {
    const waits = Array.from({ length: MAX_TRIES }, (_, at) => waitMs(at + 1, null, 0))
    expect(waits).toHaveLength(10)
    expect(waits[0]).toBe(5_000)
    expect(waits.at(-1)).toBeNull()
    const totalMs = waits.reduce<number>((sum, wait) => sum + (wait ?? 0), 0)
    expect(totalMs / HOUR_MS).toBeCloseTo(75.58, 1)
  })

  test('chance adds up to a tenth', () => {
    expect(waitMs(2, null, 0.999)).toBeGreaterThan(waitMs(2, null, 0)! * 1.09)
    expect(waitMs(2, null, 0.999)).toBeLessThanOrEqual(waitMs(2, null, 0)! * 1.1)
  })

  test('whoever asks for a later try gets it, within a day; an earlier one changes nothing', () => {
    expect(waitMs(1, 60_000, 0)).toBe(60_000)
    expect(waitMs(2, 1_000, 0)).toBe(300_000)
    expect(waitMs(1, 365 * DAY_MS, 0)).toBe(DAY_MS)
    expect(waitMs(10, 60_000, 0)).toBeNull()
  })

  test.each([
    ['120', 120_000],
    [' 5 ', 5_000],
    ['0', 0],
    ['Wed, 01 Jan 2025 00:01:00 GMT', 60_000],
    ['Wed, 01 Jan 2020 00:00:00 GMT', 0],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['2025', 2_025_000],
    ['99999999999999', null],
    ['', null],
    [null, null],
  ])('Retry-After %p → %p ms', (header, ms) => {
    expect(readRetryAfter(header, Date.parse('2025-01-01T00:00:00Z'))).toBe(ms)
  })

  test.each([
    ['410 at the first try', { status: 410, tries: 1 }, null, 'gone'],
    ['a first failure', { status: 500, tries: 1 }, null, null],
    ['four days of failures', { status: 500, tries: 3 }, 4 * DAY_MS, null],
    ['five days of failures', { status: 500, tries: 3 }, 5 * DAY_MS, 'failing'],
    ['five days without an answer', { status: null, tries: 2 }, 6 * DAY_MS, 'failing'],
    ['one failure six days ago and one now', { status: 500, tries: 1 }, 6 * DAY_MS, null],
  ] as const)('%s', (_, failed, agoMs, end) => {
    const now = 1_800_000_000_000
    expect(endOfEndpoint(failed, agoMs === null ? null : now - agoMs, now)).toBe(end)
  })
})

describe('headers', () => {
  test.each([
    [{}, null],
    [{ Authorization: 'Bearer abc', 'X-Team': 'a b' }, null],
    [{ Host: 'example.com' }, 'Host'],
    [{ 'content-length': '1' }, 'content-length'],
    [{ 'Transfer-Encoding': 'chunked' }, 'Transfer-Encoding'],
    [{ Connection: 'close' }, 'Connection'],
    [{ 'Proxy-Authorization': 'x' }, 'Proxy-Authorization'],
    [{ 'Webhook-Signature': 'v1,x' }, 'Webhook-Signature'],
    [{ 'webhook-id': 'x' }, 'webhook-id'],
    [{ 'X-Forwarded-For': '127.0.0.1' }, 'X-Forwarded-For'],
    [{ 'X-Line': 'a\r\nHost: b' }, 'X-Line'],
    [{ 'X-Umlaut': 'ä' }, 'X-Umlaut'],
    [{ 'X Space': 'a' }, 'token'],
    [{ '': 'a' }, 'token'],
    [{ 'X-A': '1', 'x-a': '2' }, 'twice'],
    [{ 'X-Long': 'x'.repeat(5_000) }, '4096'],
    [Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`X-${at}`, 'a'])), '20'],
  ] as [Record<string, string>, string | null][])('%#', (headers, word) => {
    const refused = refuseHeaders(headers)
    if (word === null) expect(refused).toBeNull()
    else expect(refused).toContain(word)
  })
})
