// Today against yesterday: each number with what it is a part of.
import type { Counts, Day } from '../calls/figures.ts'
import { countWords, shareWords } from '../figures.ts'
import { shortTime } from '../format.ts'
import { SectionHead } from './section-head.tsx'

interface TodayProps {
  /** The last is today. */
  days: Day[]
  /** Yesterday until this time of day. */
  byNow: Counts | null
}

const cells: [
  of: 'sent' | 'delivered' | 'read' | 'failed',
  word: string,
  share: (counts: Counts) => string,
][] = [
  ['sent', 'Sent', ({ sent, accepted }) => shareWords(sent, accepted, 'accepted')],
  ['delivered', 'Delivered', ({ delivered, sent }) => shareWords(delivered, sent, 'sent')],
  ['read', 'Read', ({ read, delivered }) => shareWords(read, delivered, 'delivered')],
  ['failed', 'Failed', ({ failed, accepted }) => shareWords(failed, accepted, 'accepted')],
]

export function Today({ days, byNow }: TodayProps) {
  const today = days.at(-1)
  const yesterday = days.at(-2)
  if (!today) return null
  const now = shortTime(new Date().toISOString())
  return (
    <section class="card overflow-hidden" aria-labelledby="today">
      <SectionHead id="today" title="Today" />
      <dl class="figure-cells">
        {cells.map(([of, word, share]) => (
          <div key={of} class="stack px-4 md:px-5 py-4">
            <dt class="row gap-2 text-sm text-ink-soft">
              <span class={`swatch fate-${of}`} />
              {word}
            </dt>
            <dd class="text-2xl font-semibold tracking-tight num">{countWords(today[of])}</dd>
            <dd class="text-sm text-ink-soft num">{share(today)}</dd>
            {yesterday && (
              <dd
                class="hint num flex flex-wrap gap-x-1.5"
                title={`Yesterday: ${countWords(yesterday[of])}, ${share(yesterday)}${byNow ? `. Until ${now}: ${countWords(byNow[of])}, ${share(byNow)}` : ''}.`}
              >
                <span class="whitespace-nowrap">Yesterday {countWords(yesterday[of])}</span>
                {byNow && yesterday[of] > 0 && (
                  <span class="whitespace-nowrap">({countWords(byNow[of])} by now)</span>
                )}
              </dd>
            )}
          </div>
        ))}
      </dl>
    </section>
  )
}
