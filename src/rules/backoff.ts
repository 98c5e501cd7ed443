// How long to wait before trying again.

const STEPS_S = [2, 5, 15, 60, 300]

/** Milliseconds before the try after `attempts` failures in a row (≥ 1), ±20 % by `chance` in [0, 1). */
export function backoffMs(attempts: number, chance: number): number {
  const step = STEPS_S[Math.min(Math.max(attempts, 1), STEPS_S.length) - 1] as number
  return Math.round(step * 1000 * (0.8 + 0.4 * chance))
}
