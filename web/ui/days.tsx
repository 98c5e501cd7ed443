// Days by what became of their messages: the chart, its key with numbers, and the same as a table.
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'
import type { Counts, Day, Figures } from '../calls/figures.ts'
import { countWords, delayWords, FATES, fatesOf, fateWords, fullDayWords, percent } from '../figures.ts'
import type { DayChartProps } from './day-chart.tsx'
import { Icon } from './icon.tsx'
import { SectionHead } from './section-head.tsx'

interface DaysProps {
  title: string
  figures: Pick<Figures, 'days' | 'total' | 'median_delivery_s'>
}

export function Days({ title, figures: { days, total, median_delivery_s } }: DaysProps) {
  const [pointed, setPointed] = useState<number | null>(null)
  const day = pointed === null ? undefined : days[pointed]
  const counts = day ?? total
  return (
    <section class="card min-w-0 overflow-hidden" aria-labelledby="days">
      <SectionHead id="days" title={title} />
      <p class="hint num px-4 md:px-5 pb-3">
        {day ? fullDayWords(day.day) : 'All days together'}: {countWords(counts.accepted)}{' '}
        {counts.accepted === 1 ? 'message' : 'messages'}, by what became of them
      </p>
      <Key counts={counts} />
      {total.accepted === 0 ? (
        <p class="day-chart grid place-items-center text-center text-ink-soft mx-5">
          Nothing was sent in these days.
        </p>
      ) : (
        <figure class="px-3 sm:px-5" aria-label={`${title}, as a chart. The table below has the numbers.`}>
          <div aria-hidden="true">
            <Chart days={days} onPoint={setPointed} />
          </div>
        </figure>
      )}
      <Table title={title} days={days} total={total}>
        {median_delivery_s === null
          ? 'Nothing was delivered.'
          : `Half of what was delivered was on the phone within ${delayWords(median_delivery_s)}.`}
      </Table>
    </section>
  )
}

/** What each colour stands for, with its number and what part of all it is. */
function Key({ counts }: { counts: Counts }) {
  const fates = fatesOf(counts)
  return (
    <dl class="fate-key px-4 md:px-5 pb-2">
      {FATES.map((fate) => (
        <div key={fate}>
          <dt
            class="row gap-1.5 text-xs text-ink-soft"
            title={fate === 'other' ? 'Expired, cancelled or uncertain' : undefined}
          >
            <span class={`swatch fate-${fate}`} />
            {fateWords[fate]}
          </dt>
          <dd class="text-sm font-semibold num">
            {countWords(fates[fate])}{' '}
            <span class="font-normal text-ink-faint">{percent(fates[fate], counts.accepted)}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}

type Drawn = (props: DayChartProps) => ReturnType<typeof Days>

/** Its script comes when it is wanted; without it the table still tells everything. */
function Chart(props: DayChartProps) {
  const [chart, setChart] = useState<{ Drawn: Drawn } | 'coming' | 'failed'>('coming')
  useEffect(() => {
    let left = false
    import('./day-chart.tsx').then(
      (module) => left || setChart({ Drawn: module.default }),
      () => left || setChart('failed'),
    )
    return () => {
      left = true
    }
  }, [])
  if (chart === 'coming') return <div class="day-chart bone" />
  if (chart === 'failed') {
    return (
      <p class="day-chart grid place-items-center text-center text-ink-soft">
        The chart could not be loaded. The table has the same numbers.
      </p>
    )
  }
  return <chart.Drawn {...props} />
}

const columns: [of: keyof Counts, word: string][] = [
  ['accepted', 'Accepted'],
  ['sent', 'Sent'],
  ['delivered', 'Delivered'],
  ['read', 'Read'],
  ['waiting', 'Waiting'],
  ['failed', 'Failed'],
  ['expired', 'Expired'],
  ['cancelled', 'Cancelled'],
  ['uncertain', 'Uncertain'],
]

interface TableProps {
  title: string
  days: Day[]
  total: Counts
  /** Stands beside the word that opens it. */
  children: ComponentChildren
}

function Table({ title, days, total, children }: TableProps) {
  const [open, setOpen] = useState(false)
  const id = useId()
  return (
    <>
      <div class="flex flex-wrap items-center gap-x-3 px-4 md:px-5 pt-2 pb-4">
        <p class="flex-1 min-w-50 text-sm text-ink-soft num">{children}</p>
        <button
          type="button"
          class="btn-quiet -mx-4"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
        >
          <Icon name="list" size={16} />
          {open ? 'Hide the table' : 'As a table'}
        </button>
      </div>
      <section
        id={id}
        hidden={!open}
        class="overflow-x-auto"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse scrolls it sideways by keyboard
        tabIndex={0}
        aria-label={`${title}, as a table`}
      >
        <table class="figure-table">
          <caption class="hint">
            Sent counts what was delivered too, and delivered what was read. Other, above, is what expired,
            was cancelled or is uncertain.
          </caption>
          <thead>
            <tr>
              <th scope="col">Day</th>
              {columns.map(([of, word]) => (
                <th key={of} scope="col">
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {days.toReversed().map((day) => (
              <Row key={day.day} head={fullDayWords(day.day)} counts={day} />
            ))}
          </tbody>
          <tfoot>
            <Row head="Together" counts={total} />
          </tfoot>
        </table>
      </section>
    </>
  )
}

function Row({ head, counts }: { head: string; counts: Counts }) {
  return (
    <tr>
      <th scope="row">{head}</th>
      {columns.map(([of]) => (
        <td key={of} class={counts[of] === 0 ? 'text-ink-faint' : ''}>
          {countWords(counts[of])}
        </td>
      ))}
    </tr>
  )
}
