// Why messages failed: the most frequent reason first, each with its part of all that failed.
import type { Figures } from '../calls/figures.ts'
import { countWords, shareWords } from '../figures.ts'
import { SectionHead } from './section-head.tsx'

export function WhyFailed({ failures, failed }: { failures: Figures['failures']; failed: number }) {
  return (
    <section class="card min-w-0 overflow-hidden" aria-labelledby="why-failed">
      <SectionHead id="why-failed" title="Why messages failed" />
      {failures.length === 0 && (
        <p class="px-4 md:px-5 pb-5 text-sm text-ink-soft">Nothing failed in these days.</p>
      )}
      <ul>
        {failures.map(({ reason, message, count }) => (
          <li key={reason}>
            <div class="list-row">
              <span class="flex-1 min-w-0 stack gap-1.5">
                <span class="flex items-baseline gap-3 text-sm">
                  <span class="flex-1 font-semibold">{message ?? reason.replaceAll('_', ' ')}</span>
                  <span class="num font-semibold">{countWords(count)}</span>
                </span>
                <span
                  class="fate-bar fate-failed"
                  style={{ width: `${(count / Math.max(1, failed)) * 100}%` }}
                  aria-hidden="true"
                />
                <span class="text-sm text-ink-soft num">{shareWords(count, failed, 'failed')}</span>
              </span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  )
}
