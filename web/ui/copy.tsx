// Copies a text, and says whether that worked.
import { useEffect, useState } from 'preact/hooks'
import { copyText } from '../copy-text.ts'
import { Icon } from './icon.tsx'

export function CopyButton({
  text,
  label = 'Copy',
  class: look = 'btn-plain',
}: {
  text: string
  label?: string
  class?: string
}) {
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null)
  useEffect(() => {
    if (!outcome) return
    const timer = setTimeout(() => setOutcome(null), 2500)
    return () => clearTimeout(timer)
  }, [outcome])
  return (
    <button
      type="button"
      class={look}
      onClick={async () => setOutcome((await copyText(text)) ? 'copied' : 'failed')}
    >
      <Icon name={outcome === 'copied' ? 'check' : 'copy'} size={18} />
      <span aria-live="polite">
        {outcome === 'copied' ? 'Copied' : outcome === 'failed' ? 'Select and copy it' : label}
      </span>
    </button>
  )
}

/** A text to take away: shown whole, selectable, with its button. */
export function CopyBox({ text, label }: { text: string; label: string }) {
  return (
    <div class="well row gap-2 p-2 pl-3.5">
      <code class="flex-1 min-w-0 code break-all select-all py-1">{text}</code>
      <CopyButton text={text} label={label} class="btn-plain shrink-0" />
    </div>
  )
}
