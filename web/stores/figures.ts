// What became of messages day by day until now, and yesterday until this time of day: a person's own or everybody's.
import { signal } from '@preact/signals'
import { type Api, type ApiProblem, asProblem } from '../api.ts'
import type { Counts, Figures } from '../calls/figures.ts'
import type { Live } from '../live.ts'
import { createSoon } from './soon.ts'

export type FiguresStore = ReturnType<typeof createFigures>

export interface FiguresFilter {
  /** Today and those before it. */
  days: number
  all?: boolean
  user_id?: string
  account_id?: string
}

interface FiguresOptions {
  /** Without it nothing refreshes by itself: the live line tells people of their own messages only. */
  live?: Pick<Live, 'onBegin' | 'onEvent'>
  now?: () => Date
  timeZone?: string
  /** Between two looks while messages move. */
  gapMs?: number
}

export function createFigures(
  api: Pick<Api, 'readFigures'>,
  { live, now = () => new Date(), timeZone = localZone(), gapMs = 5_000 }: FiguresOptions = {},
) {
  /** Null until the first answer to this filter. The last of its days is today. */
  const figures = signal<Figures | null>(null)
  /** Yesterday until this time of day: what today can be held against. */
  const byNow = signal<Counts | null>(null)
  const problem = signal<ApiProblem | null>(null)
  let filter: FiguresFilter = { days: 14 }
  let wanted = false
  let asked = 0
  let answered = 0

  async function show(newFilter: FiguresFilter) {
    filter = newFilter
    wanted = true
    figures.value = null
    byNow.value = null
    await load()
  }

  /** The answer to a filter that was left, or overtaken by that to a later question, is dropped. */
  async function load() {
    const turn = ++asked
    const asking = filter
    const isLate = () => asking !== filter || turn < answered
    const at = now()
    const { days, ...whose } = asking
    const ask = (from: Date, to?: Date) =>
      api.readFigures({
        ...whose,
        from: from.toISOString(),
        ...(to && { to: to.toISOString() }),
        time_zone: timeZone,
      })
    const yesterday = startOfDay(at, -1)
    const thisTime = new Date(yesterday)
    thisTime.setHours(at.getHours(), at.getMinutes(), at.getSeconds(), 999)
    try {
      const [range, earlier] = await Promise.all([ask(startOfDay(at, 1 - days)), ask(yesterday, thisTime)])
      if (isLate()) return
      answered = turn
      figures.value = range
      byNow.value = earlier.total
      problem.value = null
    } catch (error) {
      if (!isLate()) problem.value = asProblem(error)
    }
  }

  const loadSoon = createSoon(load, gapMs)
  live?.onBegin(() => wanted && void loadSoon())
  live?.onEvent((event) => wanted && event.type.startsWith('message.') && void loadSoon())

  /** Nobody looks any more: events need not refresh it. */
  function rest() {
    wanted = false
  }

  function clear() {
    rest()
    filter = { ...filter }
    figures.value = null
    byNow.value = null
    problem.value = null
  }

  return { figures, byNow, problem, show, load, rest, clear }
}

/** Midnight where the reader is, so many days from `at`. */
export function startOfDay(at: Date, days = 0): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + days)
}

function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC'
}
