// Who or what the messages were of: the largest first, each with a bar of what became of them and the same in words.
import type { Counts } from '../calls/figures.ts'
import { countWords, FATES, fatesOf, shareWords } from '../figures.ts'
import { SectionHead } from './section-head.tsx'

export interface Share {
  id: string
  name: string
  below?: string | null
  href?: string
  counts: Counts
}

interface SharesProps {
  id: string
  title: string
  /** The largest first. */
  shares: Share[]
}

/** So many have a row; the rest are summed up in a sentence. */
const SHOWN = 8

export function Shares({ id, title, shares }: SharesProps) {
  const most = Math.max(1, ...shares.map(({ counts }) => counts.accepted))
  const rest = shares.slice(SHOWN)
  const restCount = rest.reduce((sum, { counts }) => sum + counts.accepted, 0)
  return (
    <section class="card min-w-0 overflow-hidden" aria-labelledby={id}>
      <SectionHead id={id} title={title} />
      {shares.length === 0 && (
        <p class="px-4 md:px-5 pb-5 text-sm text-ink-soft">Nobody sent anything in these days.</p>
      )}
      <ul>
        {shares.slice(0, SHOWN).map((share) => (
          <li key={share.id}>
            <Row share={share} most={most} />
          </li>
        ))}
      </ul>
      {rest.length > 0 && (
        <p class="hint num px-4 md:px-5 py-4">
          And {countWords(rest.length)} more with {countWords(restCount)} messages together.
        </p>
      )}
    </section>
  )
}

function Row({ share: { name, below, href, counts }, most }: { share: Share; most: number }) {
  const Box = href ? 'a' : 'div'
  return (
    <Box class="list-row" {...(href && { href })}>
      <span class="flex-1 min-w-0 stack gap-1.5">
        <span class="flex items-baseline gap-3 text-sm">
          <span class="flex-1 min-w-0 truncate">
            <span class="font-semibold">{name}</span>
            {below && <span class="text-ink-faint"> · {below}</span>}
          </span>
          <span class="num font-semibold">{countWords(counts.accepted)}</span>
        </span>
        <FateBar counts={counts} most={most} />
        <span class="text-sm text-ink-soft num">
          {shareWords(counts.delivered, counts.sent, 'sent')}
          {counts.sent > 0 && ' delivered'}
          {counts.failed > 0 && `, ${shareWords(counts.failed, counts.accepted, 'accepted')} failed`}
        </span>
      </span>
    </Box>
  )
}

/** Only a picture of the words beside it. */
function FateBar({ counts, most }: { counts: Counts; most: number }) {
  const fates = fatesOf(counts)
  return (
    <span class="fate-bar" style={{ width: `${(counts.accepted / most) * 100}%` }} aria-hidden="true">
      {FATES.filter((fate) => fates[fate] > 0).map((fate) => (
        <span key={fate} class={`fate-${fate}`} style={{ flexGrow: fates[fate] }} />
      ))}
    </span>
  )
}
