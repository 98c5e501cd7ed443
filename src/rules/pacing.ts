// When an account may send its next message: gaps with jitter, caps by minute, hour and day, quiet hours. Pure.

export interface QuietHours {
  /** `HH:MM`; from after to means over midnight. */
  from: string
  to: string
  /** IANA name, such as Europe/Berlin. */
  time_zone: string
}

export interface Pacing {
  /** Seconds between two messages, drawn between the two. */
  gap_s: [number, number]
  per_minute: number
  per_hour: number
  per_day: number
  /** People never written to before, in 24 hours; null: 5 in the first week after linking, then 20. */
  new_per_day: number | null
  quiet: QuietHours | null
}

export const DEFAULT_PACING: Pacing = {
  gap_s: [1, 4],
  per_minute: 20,
  per_hour: 120,
  per_day: 800,
  new_per_day: null,
  quiet: null,
}

export type PacingReason = 'gap' | 'minute_cap' | 'hour_cap' | 'day_cap' | 'quiet_hours' | 'new_contacts_cap'

export interface NextSend {
  atMs: number
  /** What holds it back; null: it may go now. */
  reason: PacingReason | null
}

const DAY_MS = 86_400_000
const WINDOWS = [
  ['minute_cap', 60_000, 'per_minute'],
  ['hour_cap', 3_600_000, 'per_hour'],
  ['day_cap', DAY_MS, 'per_day'],
] as const

/** A new link is treated with care for this long. */
const WARM_UP_MS = 7 * DAY_MS
const NEW_PER_DAY = { warmUp: 5, later: 20 }

/** Whatever is stored for an account → its limits; null: none at all. */
export function pacingOf(stored: Partial<Pacing> | { off: true } | null): Pacing | null {
  if (stored && 'off' in stored) return null
  return { ...DEFAULT_PACING, ...stored }
}

/**
 * The earliest moment for the next hand-over. `sentAtMs` holds past hand-overs, oldest first, of at least the last
 * day; `chance` in [0, 1) draws the gap.
 */
export function nextSendAt(
  pacing: Pacing | null,
  sentAtMs: readonly number[],
  nowMs: number,
  chance: number,
): NextSend {
  if (!pacing) return { atMs: nowMs, reason: null }
  const paced = afterSends(pacing, sentAtMs, chance)
  const atMs = Math.max(paced.atMs, nowMs)
  const quietUntil = pacing.quiet ? endOfQuiet(pacing.quiet, atMs) : null
  if (quietUntil !== null) return { atMs: quietUntil, reason: 'quiet_hours' }
  return atMs > nowMs ? { atMs, reason: paced.reason } : { atMs: nowMs, reason: null }
}

function afterSends(
  pacing: Pacing,
  sentAtMs: readonly number[],
  chance: number,
): { atMs: number; reason: PacingReason } {
  const last = sentAtMs[sentAtMs.length - 1]
  if (last === undefined) return { atMs: 0, reason: 'gap' }
  const [low, high] = pacing.gap_s
  let atMs = last + (low + (high - low) * chance) * 1000
  let reason: PacingReason = 'gap'
  for (const [name, windowMs, cap] of WINDOWS) {
    const limiting = sentAtMs[sentAtMs.length - pacing[cap]]
    if (limiting === undefined || limiting + windowMs <= atMs) continue
    atMs = limiting + windowMs
    reason = name
  }
  return { atMs, reason }
}

/**
 * The earliest moment for a message to somebody never written to before. `newAtMs` holds the first messages to such
 * people in the last day, oldest first.
 */
export function nextNewContactAt(
  pacing: Pacing | null,
  newAtMs: readonly number[],
  linkedAtMs: number,
  nowMs: number,
): NextSend {
  if (!pacing) return { atMs: nowMs, reason: null }
  const cap = pacing.new_per_day ?? (nowMs - linkedAtMs < WARM_UP_MS ? NEW_PER_DAY.warmUp : NEW_PER_DAY.later)
  if (cap === 0) return { atMs: nowMs + DAY_MS, reason: 'new_contacts_cap' }
  const limiting = newAtMs[newAtMs.length - cap]
  if (limiting === undefined || limiting + DAY_MS <= nowMs) return { atMs: nowMs, reason: null }
  return { atMs: limiting + DAY_MS, reason: 'new_contacts_cap' }
}

/**
 * About when the `position`-th (0: the next) of those never written to before gets a first message; null where the
 * account may write to none.
 */
export function estimateNewContactAt(
  pacing: Pacing | null,
  newAtMs: readonly number[],
  linkedAtMs: number,
  position: number,
  nowMs: number,
): number | null {
  if (pacing?.new_per_day === 0) return null
  const written = [...newAtMs]
  let atMs = nowMs
  for (let n = 0; n <= Math.min(position, MOST_SIMULATED); n++) {
    atMs = nextNewContactAt(pacing, written, linkedAtMs, atMs).atMs
    written.push(atMs)
  }
  const restDays = Math.max(0, position - MOST_SIMULATED) / (pacing?.new_per_day ?? NEW_PER_DAY.later)
  return pacing ? atMs + restDays * DAY_MS : nowMs
}

/** About when the message at `position` in the queue (0: the next one) goes: as if every gap were the middle one. */
export function estimateSendAt(
  pacing: Pacing | null,
  sentAtMs: readonly number[],
  position: number,
  nowMs: number,
): NextSend {
  if (!pacing) return { atMs: nowMs, reason: null }
  const sent = [...sentAtMs]
  let next = nextSendAt(pacing, sent, nowMs, 0.5)
  const simulated = Math.min(position, MOST_SIMULATED)
  for (let n = 0; n < simulated; n++) {
    sent.push(next.atMs)
    next = nextSendAt(pacing, sent, next.atMs, 0.5)
  }
  // Beyond that the cap of the day decides: good enough for "about".
  const restMs = ((position - simulated) / pacing.per_day) * DAY_MS
  return { atMs: next.atMs + restMs, reason: next.reason ?? (position > 0 ? 'gap' : null) }
}

const MOST_SIMULATED = 2_000

/** The end of the quiet hours that `atMs` lies in, or null outside of them. */
export function endOfQuiet({ from, to, time_zone }: QuietHours, atMs: number): number | null {
  const start = minutesOf(from)
  const end = minutesOf(to)
  const now = minuteOfDay(atMs, time_zone)
  const inside = start <= end ? now >= start && now < end : now >= start || now < end
  if (!inside) return null
  const minutesLeft = (end - now + 1440) % 1440
  // To the full minute; where the clocks change in between, the next look corrects it.
  return Math.floor(atMs / 60_000) * 60_000 + minutesLeft * 60_000
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}

const clocks = new Map<string, Intl.DateTimeFormat>()

function minuteOfDay(atMs: number, timeZone: string): number {
  let clock = clocks.get(timeZone)
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    clocks.set(timeZone, clock)
  }
  return minutesOf(clock.format(atMs))
}

/** Whether a text names a time zone that this machine knows. */
export function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: text })
    return true
  } catch {
    return false
  }
}
