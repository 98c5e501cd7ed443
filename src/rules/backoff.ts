// How long to wait before trying again.

const STEPS_S = [2, 5, 15, 60, 300]

/** More starts than this within an hour do not help: the next one waits until the hour allows it. */
const RESTARTS_PER_HOUR = 30
const HOUR_MS = 3_600_000

/** Milliseconds before the try after `attempts` failures in a row (≥ 1), ±20 % by `chance` in [0, 1). */
export function backoffMs(attempts: number, chance: number): number {
  const step = STEPS_S[Math.min(Math.max(attempts, 1), STEPS_S.length) - 1] as number
  return Math.round(step * 1000 * (0.8 + 0.4 * chance))
}

/**
 * When (ms) an account is started again after `attempts` failures in a row. `restartsMs` holds its restarts of the last
 * hour, oldest first; `capped` says that their number, not the backoff, decides.
 */
export function nextTryAt(
  attempts: number,
  restartsMs: readonly number[],
  nowMs: number,
  chance: number,
): { atMs: number; capped: boolean } {
  const atMs = nowMs + backoffMs(attempts, chance)
  const limiting = restartsMs[restartsMs.length - RESTARTS_PER_HOUR]
  if (limiting === undefined || limiting + HOUR_MS <= atMs) return { atMs, capped: false }
  return { atMs: limiting + HOUR_MS, capped: true }
}
