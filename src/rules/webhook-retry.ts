// When a delivery is tried again, and when an endpoint is given up: the schedule that Standard Webhooks recommends.

const MINUTE_S = 60
const HOUR_S = 3_600

/** Seconds before the second try, the third, …: ten tries within 75 hours and 35 minutes. */
const STEPS_S = [
  5,
  5 * MINUTE_S,
  30 * MINUTE_S,
  2 * HOUR_S,
  5 * HOUR_S,
  10 * HOUR_S,
  14 * HOUR_S,
  20 * HOUR_S,
  24 * HOUR_S,
]

export const MAX_TRIES = STEPS_S.length + 1
/** Whatever Retry-After says, nobody waits longer. */
const LONGEST_WAIT_MS = 24 * HOUR_S * 1000
/** Nothing but failures for so long: the endpoint is switched off. */
const FAILING_MS = 5 * 24 * HOUR_S * 1000

/**
 * Milliseconds before the next try after `tries` failed ones (≥ 1), or null when that was the last. Up to a tenth
 * more by `chance` in [0, 1), so that a receiver that comes back is not met by everybody at once. `retryAfterMs` is what
 * the receiver asked for.
 */
export function waitMs(tries: number, retryAfterMs: number | null, chance: number): number | null {
  const stepS = STEPS_S[Math.max(tries, 1) - 1]
  if (stepS === undefined) return null
  const waitMs = Math.round(stepS * 1000 * (1 + chance / 10))
  return Math.min(Math.max(waitMs, retryAfterMs ?? 0), Math.max(waitMs, LONGEST_WAIT_MS))
}

/** Retry-After in milliseconds from `nowMs`: seconds or a date (RFC 9110, 10.2.3). Null for anything else. */
export function readRetryAfter(header: string | null, nowMs: number): number | null {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const atMs = /^[A-Z][a-z]{2,8}, /.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs)
}

export type EndpointEnd = 'gone' | 'failing'

/**
 * Why an endpoint is switched off after a failed try, or null. One failure long ago and one now are no five days of
 * failure: a delivery must have been refused a second time.
 */
export function endOfEndpoint(
  failed: { status: number | null; tries: number },
  failingSinceMs: number | null,
  nowMs: number,
): EndpointEnd | null {
  if (failed.status === 410) return 'gone'
  if (failingSinceMs === null || failed.tries < 2) return null
  return nowMs - failingSinceMs >= FAILING_MS ? 'failing' : null
}
