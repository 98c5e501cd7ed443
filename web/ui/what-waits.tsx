// What waits and when it will be done, account by account.
import type { Backlog } from '../calls/figures.ts'
import { countWords } from '../figures.ts'
import { fullTime, relativeTime, shortTime } from '../format.ts'
import { paths } from '../paths.ts'
import type { BacklogTotals } from '../stores/backlog.ts'
import { SectionHead } from './section-head.tsx'

/** So many accounts are named. */
const SHOWN = 5

interface WhatWaitsProps {
  items: Backlog[]
  totals: BacklogTotals
  /** Whose accounts they are is said too, and no list is led to: that is their owners'. */
  everybody?: boolean
  /** There is room for the accounts beside the sum. */
  wide?: boolean
}

export function WhatWaits({ items, totals, everybody = false, wide = false }: WhatWaitsProps) {
  const { queued, scheduled } = totals
  return (
    <section class="card min-w-0 stack" aria-labelledby="queue">
      <SectionHead
        id="queue"
        title="Queue"
        {...(queued > 0 && !everybody && { to: `${paths.messages}?status=queued` })}
      />
      <div class={`px-4 md:px-5 pb-5 grid gap-x-10 gap-y-4 ${wide ? 'md:grid-cols-2' : ''}`}>
        <div class="stack">
          <p class="text-2xl font-semibold tracking-tight num">{countWords(queued)}</p>
          <p class="text-sm text-ink-soft">
            {queued === 0 ? (
              'Nothing waits: what you send goes out as soon as it may.'
            ) : (
              <WhenDone totals={totals} />
            )}
          </p>
          {scheduled > 0 && <Scheduled totals={totals} everybody={everybody} />}
        </div>
        {queued > 0 && (items.length > 1 || totals.stuck > 0 || items[0]?.reason) && (
          <ul class="stack gap-3">
            {items
              .filter((item) => item.queued > 0)
              .slice(0, SHOWN)
              .map((item) => (
                <Row key={item.account_id} item={item} everybody={everybody} />
              ))}
          </ul>
        )}
      </div>
    </section>
  )
}

function WhenDone({ totals: { queued, stuck, lastAt } }: { totals: BacklogTotals }) {
  const wait = queued === 1 ? 'message waits' : 'messages wait'
  if (!lastAt) return <>{wait}; nobody can say how long.</>
  const rest = stuck > 0 ? `, but for ${countWords(stuck)} that cannot go yet` : ''
  return (
    <>
      {wait}. The last goes at about <Moment at={lastAt} />
      {rest}.
    </>
  )
}

function Scheduled({ totals, everybody }: { totals: BacklogTotals; everybody: boolean }) {
  const { scheduled, nextScheduledAt, lastScheduledAt } = totals
  const words = `${countWords(scheduled)} scheduled`
  return (
    <p class="mt-3 text-sm text-ink-soft num">
      {everybody ? words : <a href={`${paths.messages}?status=scheduled`}>{words}</a>}
      {nextScheduledAt && (
        <>
          : next <Moment at={nextScheduledAt} />
        </>
      )}
      {scheduled > 1 && lastScheduledAt && (
        <>
          , last <Moment at={lastScheduledAt} />
        </>
      )}
    </p>
  )
}

function Row({ item, everybody }: { item: Backlog; everybody: boolean }) {
  return (
    <li class="text-sm">
      <p class="row gap-3">
        <span class="font-medium truncate flex-1">{item.name || 'New account'}</span>
        <span class="num text-ink-soft">{countWords(item.queued)}</span>
      </p>
      {everybody && <p class="text-ink-soft truncate">{item.user_email}</p>}
      <p class="text-ink-faint num">
        {item.message}
        {item.expected_at && (
          <>
            {' '}
            Done at about <Moment at={item.expected_at} />.
          </>
        )}
      </p>
    </li>
  )
}

function Moment({ at }: { at: string }) {
  return (
    <time class="num whitespace-nowrap" dateTime={at} title={`${fullTime(at)}, ${relativeTime(at)}`}>
      {shortTime(at)}
    </time>
  )
}
