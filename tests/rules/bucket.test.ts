// The window of a limit: never more than the limit in any of them, and what it says about the future comes true.
import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { addUsed, askBucket, type Bucket, giveBack, isFull, takeOne } from '../../src/rules/bucket.ts'

const fresh = (): Bucket => ({ used: [] })
const limits = fc.integer({ min: 1, max: 20 })
const windows = fc.constantFrom(1_000, 60_000)
/** Gaps between requests, as shares of the window: from many at once to a pause that empties it. */
const gaps = fc.array(
  fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.2, noNaN: true }), fc.constant(1.1)),
  {
    maxLength: 150,
  },
)
const START = 1_790_000_000_123

/** Takes after each gap; the moments that were let in. */
function run(bucket: Bucket, limit: number, windowMs: number, shares: number[], startMs = START) {
  const allowed: number[] = []
  let nowMs = startMs
  for (const share of shares) {
    nowMs += Math.round(share * windowMs)
    if (takeOne(bucket, limit, windowMs, nowMs).allowed) allowed.push(nowMs)
  }
  return { allowed, nowMs }
}

/** The most that lie in any window that begins with one of them. */
function busiest(moments: number[], windowMs: number): number {
  return Math.max(
    0,
    ...moments.map((from) => moments.filter((at) => at >= from && at <= from + windowMs).length),
  )
}

test('never more than the limit in any window, whenever they come', () => {
  fc.assert(
    fc.property(limits, windows, gaps, (limit, windowMs, shares) => {
      const { allowed } = run(fresh(), limit, windowMs, shares)
      expect(busiest(allowed, windowMs)).toBeLessThanOrEqual(limit)
    }),
  )
})

test('nobody is refused who had less than the limit in a window that is a thirtieth longer', () => {
  fc.assert(
    fc.property(limits, windows, gaps, (limit, windowMs, shares) => {
      const bucket = fresh()
      const allowed: number[] = []
      let nowMs = START
      for (const share of shares) {
        nowMs += Math.round(share * windowMs)
        const lately = allowed.filter((at) => at > nowMs - windowMs * (1 + 1 / 30)).length
        const answer = takeOne(bucket, limit, windowMs, nowMs)
        if (lately < limit) expect(answer.allowed).toBe(true)
        if (answer.allowed) allowed.push(nowMs)
      }
    }),
  )
})

test('who waits as long as is said is let in, and is not let in before; at the reset everything is back', () => {
  fc.assert(
    fc.property(limits, windows, gaps, (limit, windowMs, shares) => {
      const bucket = fresh()
      const { nowMs } = run(bucket, limit, windowMs, shares)
      const { allowed, retryAfterMs, remaining, resetMs } = askBucket(bucket, limit, windowMs, nowMs)
      expect(allowed).toBe(remaining > 0)
      const backMs = Math.ceil(nowMs + retryAfterMs)
      if (!allowed) {
        expect(retryAfterMs).toBeLessThanOrEqual(windowMs * (1 + 1 / 60))
        expect(askBucket(structuredClone(bucket), limit, windowMs, backMs - 1).allowed).toBe(false)
      }
      expect(takeOne(structuredClone(bucket), limit, windowMs, backMs).allowed).toBe(true)
      expect(askBucket(structuredClone(bucket), limit, windowMs, Math.ceil(nowMs + resetMs)).remaining).toBe(
        limit,
      )
    }),
  )
})

test('a limit that is lowered counts at once, and so does one that is raised', () => {
  const bucket = fresh()
  for (let n = 0; n < 10; n++) takeOne(bucket, 10, 60_000, START + n)
  expect(askBucket(bucket, 4, 60_000, START + 20)).toMatchObject({ allowed: false, remaining: 0 })
  expect(askBucket(bucket, 12, 60_000, START + 20)).toMatchObject({ allowed: true, remaining: 2 })
})

test('a clock that is set back neither opens the window nor closes it for longer', () => {
  fc.assert(
    fc.property(
      limits,
      gaps,
      gaps,
      fc.integer({ min: 1, max: 10_000_000 }),
      (limit, first, second, backMs) => {
        const bucket = fresh()
        const before = run(bucket, limit, 60_000, first)
        const after = run(bucket, limit, 60_000, second, before.nowMs - backMs)
        // On a clock that was never set back.
        const moments = [...before.allowed, ...after.allowed.map((at) => at + backMs)]
        expect(busiest(moments, 60_000)).toBeLessThanOrEqual(limit)
        askBucket(bucket, limit, 60_000, after.nowMs)
        expect(isFull(bucket, 60_000, after.nowMs + 61_001)).toBe(true)
      },
    ),
  )
})

describe('what is given back', () => {
  test('can be taken again, and was never there', () => {
    const bucket = fresh()
    takeOne(bucket, 2, 60_000, START)
    takeOne(bucket, 2, 60_000, START + 5_000)
    expect(takeOne(bucket, 2, 60_000, START + 6_000).allowed).toBe(false)
    giveBack(bucket, 60_000, START)
    expect(askBucket(bucket, 2, 60_000, START + 6_000).remaining).toBe(1)
    giveBack(bucket, 60_000, START + 5_000)
    expect(isFull(bucket, 60_000, START + 6_000)).toBe(true)
  })

  test('after it was forgotten changes nothing', () => {
    const bucket = fresh()
    takeOne(bucket, 2, 60_000, START)
    takeOne(bucket, 2, 60_000, START + 90_000)
    giveBack(bucket, 60_000, START)
    expect(askBucket(bucket, 2, 60_000, START + 90_000).remaining).toBe(1)
  })
})

test('what is written down means the same when it is read again', () => {
  const bucket = fresh()
  for (const ms of [0, 10, 20_000]) takeOne(bucket, 5, 60_000, START + ms)
  const read: Bucket = JSON.parse(JSON.stringify(bucket))
  addUsed(read, 2, 60_000, START + 30_000)
  expect(takeOne(read, 5, 60_000, START + 30_000).allowed).toBe(false)
  expect(takeOne(read, 5, 60_000, START + 62_000).allowed).toBe(true)
})
