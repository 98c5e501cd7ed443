// Tallies of messages summed up: by day of a time zone, by account, by person, by reason.
import type { AccountTally, QuarterTally, Tally } from './store.ts'

/** Each later one is part of the earlier: what was read was delivered, what was delivered was sent. */
export interface Counts {
  /** Handed in, whatever became of it. */
  accepted: number
  sent: number
  delivered: number
  read: number
  failed: number
  /** Not settled yet. */
  waiting: number
  expired: number
  cancelled: number
  uncertain: number
  /** Written by others. */
  received: number
}

const COUNTED: Record<string, (keyof Counts)[]> = {
  scheduled: ['waiting'],
  queued: ['waiting'],
  sending: ['waiting'],
  sent: ['sent'],
  delivered: ['sent', 'delivered'],
  read: ['sent', 'delivered', 'read'],
  played: ['sent', 'delivered', 'read'],
  failed: ['failed'],
  expired: ['expired'],
  cancelled: ['cancelled'],
  uncertain: ['uncertain'],
}

export function sum(tallies: Tally[]): Counts {
  const counts: Counts = {
    accepted: 0,
    sent: 0,
    delivered: 0,
    read: 0,
    failed: 0,
    waiting: 0,
    expired: 0,
    cancelled: 0,
    uncertain: 0,
    received: 0,
  }
  for (const { status, count } of tallies) {
    const names: (keyof Counts)[] =
      status === 'received' ? ['received'] : ['accepted', ...(COUNTED[status] ?? [])]
    for (const name of names) counts[name] += count
  }
  return counts
}

const DAY_MS = 86_400_000

/** Every day of the range as its time zone names them (2026-11-24), also those without a message. */
export function sumDays(
  quarters: QuarterTally[],
  { from, to, timeZone }: { from: Date; to: Date; timeZone: string },
): ({ day: string } & Counts)[] {
  // Sweden writes dates as ISO does.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' })
  const byDay = Map.groupBy(quarters, ({ quarter }) => format.format(quarter))
  const last = format.format(new Date(to.getTime() - 1))
  const days: string[] = []
  // Dates are counted on in UTC, where every day has 24 hours.
  for (let at = Date.parse(`${format.format(from)}T00:00:00Z`); ; at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10)
    days.push(day)
    if (day >= last) break
  }
  return days.map((day) => ({ day, ...sum(byDay.get(day) ?? []) }))
}

/** So many accounts, people and reasons: those with the most messages. */
const LARGEST = 100

/** The largest groups first. */
export function sumBy<K>(
  tallies: AccountTally[],
  keyOf: (tally: AccountTally) => K,
): { of: K; counts: Counts }[] {
  const sizeOf = ({ counts }: { counts: Counts }) => counts.accepted + counts.received
  return [...Map.groupBy(tallies, keyOf)]
    .map(([of, group]) => ({ of, counts: sum(group) }))
    .sort((a, b) => sizeOf(b) - sizeOf(a))
    .slice(0, LARGEST)
}

/** Why messages failed, the most frequent first. */
export function sumFailures(tallies: AccountTally[]): { reason: string; count: number }[] {
  const failed = tallies.filter(({ status }) => status === 'failed')
  return sumBy(failed, ({ reason }) => reason ?? 'unknown').map(({ of, counts }) => ({
    reason: of,
    count: counts.failed,
  }))
}
