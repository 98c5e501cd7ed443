// A list that is read page by page: its skeleton, its rows, its end, and what it says when there are none.
import type { ComponentChildren } from 'preact'
import type { ShownPages } from '../stores/pages.ts'
import { useAction } from './dialog.tsx'
import { Empty, ProblemNote, Skeleton } from './feedback.tsx'

interface PagedListProps<Item> {
  pages: ShownPages<Item>
  /** What "more" is called: `people`, `older entries`. */
  more: string
  filtered: boolean
  /** Shown when there is nothing at all. */
  none: ComponentChildren
  /** Leads back to everything. */
  clear: () => void
  keyOf: (item: Item) => string
  row: (item: Item) => ComponentChildren
}

export function PagedList<Item>({ pages, more, filtered, none, clear, keyOf, row }: PagedListProps<Item>) {
  const { busy, run } = useAction()
  const items = pages.items.value
  const problem = pages.problem.value
  if (items === null) {
    return problem ? (
      <ProblemNote problem={problem} retry={pages.reload} />
    ) : (
      <Skeleton rows={5} height={68} />
    )
  }
  return (
    <>
      <ProblemNote problem={problem} retry={pages.reload} />
      <div class="card overflow-hidden">
        {items.length === 0 ? (
          filtered ? (
            <NoMatch clear={clear} />
          ) : (
            none
          )
        ) : (
          <ul>
            {items.map((item) => (
              <li key={keyOf(item)}>{row(item)}</li>
            ))}
          </ul>
        )}
        {pages.next.value && (
          <div class="p-3 grid shadow-[0_-1px_0_var(--line)]">
            <button type="button" class="btn-quiet" disabled={busy} onClick={() => run(pages.loadMore)}>
              {busy ? 'Loading…' : `Show more ${more}`}
            </button>
          </div>
        )}
      </div>
    </>
  )
}

function NoMatch({ clear }: { clear: () => void }) {
  return (
    <Empty
      icon="search"
      title="Nothing matches"
      action={
        <button type="button" class="btn-plain" onClick={clear}>
          Show all
        </button>
      }
    >
      Nothing fits these filters.
    </Empty>
  )
}
