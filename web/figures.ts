// Counts of messages as people read them: final statuses that do not overlap, and shares that name their whole.
import type { Counts } from './calls/figures.ts'

/** What became of a message in the end, or so far; each message is in exactly one. From the bottom of a bar to its top. */
export const FATES = ['read', 'delivered', 'sent', 'waiting', 'other', 'failed'] as const
export type Fate = (typeof FATES)[number]

export const fateWords: Record<Fate, string> = {
  read: 'Read',
  delivered: 'Delivered only',
  sent: 'Sent only',
  waiting: 'Waiting',
  other: 'Other',
  failed: 'Failed',
}

/** The counts of the API overlap (what was read was delivered too); these do not. */
export function fatesOf(counts: Counts): Record<Fate, number> {
  return {
    read: counts.read,
    delivered: counts.delivered - counts.read,
    sent: counts.sent - counts.delivered,
    waiting: counts.waiting,
    other: counts.expired + counts.cancelled + counts.uncertain,
    failed: counts.failed,
  }
}

const plain = new Intl.NumberFormat()
const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })

/** `12,345`. */
export function countWords(count: number): string {
  return plain.format(count)
}

/** For axes: `12K`. */
export function shortCount(count: number): string {
  return count < 10_000 ? plain.format(count) : short.format(count)
}

/** `92 %`; a part that is neither nothing nor all is never called so. Null where there is no whole. */
export function percent(part: number, whole: number): string | null {
  if (whole === 0) return null
  const share = Math.round((part / whole) * 100)
  if (share === 0 && part > 0) return 'under 1 %'
  if (share === 100 && part < whole) return 'over 99 %'
  return `${share} %`
}

/** `92 % of 340 sent`; `none sent` where there is nothing to be a part of. */
export function shareWords(part: number, whole: number, of: string): string {
  const share = percent(part, whole)
  return share ? `${share} of ${countWords(whole)} ${of}` : `none ${of}`
}

/** `0.8 s`, `4 s`, `12 min`: as exactly as a median deserves. */
export function delayWords(seconds: number): string {
  if (seconds < 10) return `${Math.max(0.1, seconds).toFixed(1)} s`
  if (seconds < 90) return `${Math.round(seconds)} s`
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}

const dayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' })
const fullDay = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
})

/** `24 Nov`, of a day that the API names `2026-11-24`. */
export function dayWords(day: string): string {
  return dayFormat.format(new Date(`${day}T00:00:00Z`))
}

/** `Tue, 24 Nov`. */
export function fullDayWords(day: string): string {
  return fullDay.format(new Date(`${day}T00:00:00Z`))
}
