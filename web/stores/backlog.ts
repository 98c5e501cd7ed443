// What waits, account by account, and about when the last of it goes: a person's own or everybody's.
import { computed, signal } from '@preact/signals'
import { type Api, type ApiProblem, asProblem } from '../api.ts'
import type { Backlog } from '../calls/figures.ts'
import type { Live } from '../live.ts'
import { createSoon } from './soon.ts'

export type BacklogStore = ReturnType<typeof createBacklog>

interface BacklogOptions {
  all?: boolean
  /** Without it nothing refreshes by itself. */
  live?: Pick<Live, 'onBegin' | 'onEvent'>
  gapMs?: number
}

export function createBacklog(
  api: Pick<Api, 'listQueue'>,
  { all = false, live, gapMs = 2_000 }: BacklogOptions = {},
) {
  /** Null until the first answer. */
  const items = signal<Backlog[] | null>(null)
  const problem = signal<ApiProblem | null>(null)
  const totals = computed(() => sumUp(items.value ?? []))
  let wanted = false
  let asked = 0
  let answered = 0

  /** An answer that was overtaken by that to a later question is dropped. */
  async function load() {
    wanted = true
    const turn = ++asked
    try {
      const answer = await api.listQueue(all ? { all } : {})
      if (turn < answered) return
      answered = turn
      items.value = answer.items
      problem.value = null
    } catch (error) {
      if (turn >= answered) problem.value = asProblem(error)
    }
  }

  const loadSoon = createSoon(load, gapMs)
  live?.onBegin(() => wanted && void loadSoon())
  // Messages that come or go, and accounts that begin or cease to work, change when it is done.
  live?.onEvent((event) => wanted && /^(message|account)\./.test(event.type) && void loadSoon())

  function rest() {
    wanted = false
  }

  function clear() {
    rest()
    answered = ++asked
    items.value = null
    problem.value = null
  }

  return { items, problem, totals, load, rest, clear }
}

export interface BacklogTotals {
  queued: number
  /** Of those, the ones of which nobody can say when they go. */
  stuck: number
  /** About when the last of the others goes. */
  lastAt: string | null
  scheduled: number
  nextScheduledAt: string | null
  lastScheduledAt: string | null
}

export function sumUp(items: Backlog[]): BacklogTotals {
  const sum = (pick: (item: Backlog) => number) => items.reduce((total, item) => total + pick(item), 0)
  const times = (pick: (item: Backlog) => string | null) => items.flatMap((item) => pick(item) ?? []).sort()
  return {
    queued: sum((item) => item.queued),
    stuck: sum((item) => (item.expected_at ? 0 : item.queued)),
    lastAt: times((item) => item.expected_at).at(-1) ?? null,
    scheduled: sum((item) => item.scheduled),
    nextScheduledAt: times((item) => item.next_scheduled_at)[0] ?? null,
    lastScheduledAt: times((item) => item.last_scheduled_at).at(-1) ?? null,
  }
}
