// A list that is read page by page under a filter.
import { type ReadonlySignal, signal } from '@preact/signals'
import { type ApiProblem, asProblem } from '../api.ts'

export interface ListPage<Item> {
  items: Item[]
  next: string | null
}

/** What the API gives at once. */
const MOST = 100

/** What a screen needs to show such a list. */
export interface ShownPages<Item> {
  items: ReadonlySignal<Item[] | null>
  next: ReadonlySignal<string | null>
  problem: ReadonlySignal<ApiProblem | null>
  reload: () => Promise<void>
  loadMore: () => Promise<void>
}

/** @param read asks for one page; it may keep what else stands in the answer, such as counts. */
export function createPages<Item extends object, Filter extends object>(
  read: (query: Filter & { after?: string; limit: number }) => Promise<ListPage<Item>>,
  { limit = 40 } = {},
) {
  /** Null until the first answer to this filter. */
  const items = signal<Item[] | null>(null)
  const next = signal<string | null>(null)
  const problem = signal<ApiProblem | null>(null)
  let filter = {} as Filter
  let asked = 0

  /** Shows the first page under a filter. The answer to an older question is dropped. */
  async function show(newFilter: Filter) {
    filter = newFilter
    items.value = null
    next.value = null
    await reload()
  }

  /** Reads the first page anew, in place of all that is shown. */
  async function reload() {
    const question = ++asked
    try {
      const page = await read({ ...filter, limit })
      if (question !== asked) return
      items.value = page.items
      next.value = page.next
      problem.value = null
    } catch (error) {
      if (question === asked) problem.value = asProblem(error)
    }
  }

  /** Looks again at all that is shown, as far as one answer reaches. A failure shows what is there already. */
  async function refresh() {
    const shown = items.value?.length ?? 0
    if (shown > MOST) return
    const question = ++asked
    try {
      const page = await read({ ...filter, limit: Math.max(limit, shown) })
      if (question !== asked) return
      items.value = page.items
      next.value = page.next
    } catch (error) {
      asProblem(error)
    }
  }

  async function loadMore() {
    if (!next.value) return
    const question = ++asked
    try {
      const page = await read({ ...filter, after: next.value, limit })
      if (question !== asked) return
      items.value = [...(items.value ?? []), ...page.items]
      next.value = page.next
      problem.value = null
    } catch (error) {
      if (question === asked) problem.value = asProblem(error)
    }
  }

  /** Puts `change` over the item that `is` it. */
  function patch(is: (item: Item) => boolean, change: Partial<Item>) {
    items.value = items.value?.map((item) => (is(item) ? { ...item, ...change } : item)) ?? null
  }

  function drop(is: (item: Item) => boolean) {
    items.value = items.value?.filter((item) => !is(item)) ?? null
  }

  function clear() {
    asked++
    items.value = null
    next.value = null
    problem.value = null
  }

  return { items, next, problem, show, reload, refresh, loadMore, patch, drop, clear }
}
