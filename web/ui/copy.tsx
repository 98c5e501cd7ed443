// Copies a text. On plain http there is no clipboard for pages, so an older way stands behind it.
import { useEffect, useState } from 'preact/hooks'
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

/** Whether the text is on the clipboard now. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

/** Inside an open dialog everything else is inert, so the helper field goes into it. */
function copyBySelection(text: string): boolean {
  const place = document.querySelector('dialog[open]') ?? document.body
  const field = document.createElement('textarea')
  field.value = text
  field.readOnly = true
  field.className = 'seen-by-readers'
  place.append(field)
  field.select()
  const copied = document.execCommand('copy')
  field.remove()
  return copied
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
