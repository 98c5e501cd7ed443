// A list of messages under a filter, kept fresh while statuses change, and one message in full.
import { signal } from '@preact/signals'
import {
  type Api,
  type ApiProblem,
  asProblem,
  type LiveEvent,
  type Message,
  type MessageDetail,
  type MessageFilter,
} from '../api.ts'
import type { Live } from '../live.ts'
import { createSoon } from './soon.ts'

export type Messages = ReturnType<typeof createMessages>

/** @param limit how many a page holds. */
export function createMessages(api: Api, live: Pick<Live, 'onBegin' | 'onEvent'>, { limit = 40 } = {}) {
  /** Null until the first answer to this filter. */
  const items = signal<Message[] | null>(null)
  const next = signal<string | null>(null)
  const problem = signal<ApiProblem | null>(null)
  const detail = signal<MessageDetail | null>(null)
  const detailProblem = signal<ApiProblem | null>(null)
  let filter: MessageFilter = {}
  let detailId: string | null = null
  let wanted = false

  /** Shows the newest page for a filter. The answer to an older question is dropped. */
  async function show(newFilter: MessageFilter) {
    filter = newFilter
    wanted = true
    items.value = null
    await loadNewest()
  }

  async function loadNewest() {
    const asked = filter
    try {
      const page = await api.listMessages({ ...asked, limit })
      if (asked !== filter) return
      const first = items.value === null
      items.value = first ? page.items : merge(page.items, items.value ?? [])
      if (first) next.value = page.next
      problem.value = null
    } catch (error) {
      if (asked === filter) problem.value = asProblem(error)
    }
  }

  async function loadMore() {
    const asked = filter
    if (!next.value) return
    try {
      const page = await api.listMessages({ ...asked, limit, after: next.value })
      if (asked !== filter) return
      items.value = [...(items.value ?? []), ...page.items]
      next.value = page.next
    } catch (error) {
      problem.value = asProblem(error)
    }
  }

  const refreshSoon = createSoon(loadNewest, 700)
  const refreshDetailSoon = createSoon(loadDetail, 300)

  live.onBegin(() => {
    if (wanted) void refreshSoon()
    if (detail.value) void refreshDetailSoon()
  })
  live.onEvent((event) => {
    if (!event.type.startsWith('message.')) return
    if (event.message_id === detailId) void refreshDetailSoon()
    if (!wanted) return
    items.value = items.value && withStatus(items.value, event)
    void refreshSoon()
  })

  async function open(id: string) {
    detailId = id
    detail.value = null
    detailProblem.value = null
    await loadDetail()
  }

  async function loadDetail() {
    const id = detailId
    if (!id) return
    try {
      const found = await api.findMessage(id)
      if (id === detailId) detail.value = found
    } catch (error) {
      if (id === detailId) detailProblem.value = asProblem(error)
    }
  }

  function close() {
    detailId = null
    detail.value = null
  }

  async function cancel(id: string) {
    await api.cancelMessage(id)
    await Promise.all([loadDetail(), wanted ? loadNewest() : null])
  }

  /** Nobody looks at the list any more: events need not refresh it. */
  function rest() {
    wanted = false
  }

  function clear() {
    rest()
    close()
    items.value = null
    next.value = null
    problem.value = null
  }

  return {
    items,
    next,
    problem,
    detail,
    detailProblem,
    show,
    loadNewest,
    loadMore,
    open,
    close,
    cancel,
    rest,
    clear,
  }
}

/** The newest page over what is shown already: new ones come first, known ones are replaced where they stand. */
export function merge(newest: Message[], shown: Message[]): Message[] {
  const fresh = new Set(newest.map((message) => message.id))
  const last = newest.at(-1)
  // What the newest page would hold and does not, no longer belongs under the filter.
  const older = shown.filter(
    (message) => !fresh.has(message.id) && last !== undefined && message.created_at <= last.created_at,
  )
  return [...newest, ...older]
}

/** The status an event tells of, at once; the refresh that follows brings the rest. */
function withStatus(items: Message[], event: LiveEvent): Message[] {
  const status = event.data.status
  if (typeof status !== 'string' || !items.some((message) => message.id === event.message_id)) return items
  return items.map((message) =>
    message.id === event.message_id ? { ...message, status: status as Message['status'] } : message,
  )
}
