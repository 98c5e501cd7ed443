// When an account may send its next message: gaps with jitter, caps by minute, hour and day. Pure.

export interface Pacing {
  /** Seconds between two messages, drawn between the two. */
  gap_s: [number, number]
  per_minute: number
  per_hour: number
  per_day: number
}

export const DEFAULT_PACING: Pacing = { gap_s: [1, 4], per_minute: 20, per_hour: 120, per_day: 800 }

export type PacingReason = 'gap' | 'minute_cap' | 'hour_cap' | 'day_cap'

const WINDOWS = [
  ['minute_cap', 60_000, 'per_minute'],
  ['hour_cap', 3_600_000, 'per_hour'],
  ['day_cap', 86_400_000, 'per_day'],
] as const

/** Whatever is stored for an account → its limits; null: none at all. */
export function pacingOf(stored: Partial<Pacing> | { off: true } | null): Pacing | null {
  if (stored && 'off' in stored) return null
  return { ...DEFAULT_PACING, ...stored }
}

/**
 * The earliest moment (ms) for the next hand-over and what holds it back; `reason` null: now. `sentAtMs` holds past
 * hand-overs, oldest first, of at least the last day; `chance` in [0, 1) draws the gap.
 */
export function nextSendAt(
  pacing: Pacing | null,
  sentAtMs: readonly number[],
  nowMs: number,
  chance: number,
): { atMs: number; reason: PacingReason | null } {
  const last = sentAtMs[sentAtMs.length - 1]
  if (!pacing || last === undefined) return { atMs: nowMs, reason: null }
  const [low, high] = pacing.gap_s
  let atMs = last + (low + (high - low) * chance) * 1000
  let reason: PacingReason = 'gap'
  for (const [name, windowMs, cap] of WINDOWS) {
    const limiting = sentAtMs[sentAtMs.length - pacing[cap]]
    if (limiting === undefined || limiting + windowMs <= atMs) continue
    atMs = limiting + windowMs
    reason = name
  }
  return atMs <= nowMs ? { atMs: nowMs, reason: null } : { atMs, reason }
}
