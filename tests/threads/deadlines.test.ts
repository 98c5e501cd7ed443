// The deadlines of a run against what people are promised: back to ready, or told what to do, within this long.
import { expect, test } from 'bun:test'
import { backoffMs } from '../../src/rules/backoff.ts'
import { DEADLINES, PING_MISSES_ALLOWED } from '../../workers/deadlines.ts'

const SECOND = 1_000
/** Ending a browser that does not answer, waiting for the first try, starting one, until ready; generous. */
const RESTART_MS = 5 * SECOND + backoffMs(1, 1) + 10 * SECOND

test('a frozen page or browser: within a minute', () => {
  const { pingEveryMs, pingMs } = DEADLINES
  // It may freeze just after a ping; the last miss is known when its answer is late.
  const noticedMs = (PING_MISSES_ALLOWED + 1) * pingEveryMs + pingMs
  expect(noticedMs + RESTART_MS).toBeLessThanOrEqual(60 * SECOND)
})

test('never ready, never opened, or connected and nothing goes through: within three minutes', () => {
  const { loadingMs, openingMs, syncingMs, heldGiveUpMs } = DEADLINES
  for (const noticedMs of [loadingMs, openingMs, syncingMs, heldGiveUpMs]) {
    expect(noticedMs + RESTART_MS).toBeLessThanOrEqual(180 * SECOND)
  }
})

test('the ladder of rescues is climbed in order, with time for each', () => {
  const { heldReconnectMs, heldReloadMs, heldGiveUpMs } = DEADLINES
  expect(heldReloadMs).toBeGreaterThan(heldReconnectMs + 30 * SECOND)
  expect(heldGiveUpMs).toBeGreaterThan(heldReloadMs + 60 * SECOND)
})
