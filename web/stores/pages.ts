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
  /** The last question, while its answer is awaited. The answer to an older one is dropped. */
  let asking: object | null = null

  /** Shows the first page under a filter. */
  async function show(newFilter: Filter) {
    filter = newFilter
    items.value = null
    next.value = null
    await reload()
  }

  /** Reads the first page anew, in place of all that is shown. */
  async function reload() {
    await ask({ limit }, (page) => page.items)
  }

  /** Looks again at all that is shown, as far as one answer reaches, unless something is asked already. */
  async function refresh() {
    const shown = items.value?.length ?? 0
    if (asking || shown > MOST) return
    await ask({ limit: Math.max(limit, shown) }, (page) => page.items)
  }

  async function loadMore() {
    if (!next.value) return
    await ask({ after: next.value, limit }, (page) => [...(items.value ?? []), ...page.items])
  }

  async function ask(page: { after?: string; limit: number }, shown: (page: ListPage<Item>) => Item[]) {
    const question = {}
    asking = question
    try {
      const answer = await read({ ...filter, ...page })
      if (question !== asking) return
      items.value = shown(answer)
      next.value = answer.next
      problem.value = null
    } catch (error) {
      if (question === asking) problem.value = asProblem(error)
    } finally {
      if (question === asking) asking = null
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
    asking = null
    items.value = null
    next.value = null
    problem.value = null
  }

  return { items, next, problem, show, reload, refresh, loadMore, patch, drop, clear }
}
