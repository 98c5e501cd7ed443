// The chat as the other side will see it, and how far the message just sent has come.
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { MessageDetail } from '../api.ts'
import { useDesk } from '../desk.ts'
import { shortTime } from '../format.ts'
import { checkNumber, readableNumber } from '../number.ts'
import { Icon } from './icon.tsx'
import { needsWords } from './message-bits.tsx'
import { MessageState, Ticks } from './status.tsx'

export function ComposePreview() {
  const { compose, session } = useDesk()
  const sent = compose.sent.value
  const section = useRef<HTMLElement>(null)
  // On a phone the chat lies below the form: what was just sent is brought into sight.
  useEffect(() => {
    if (sent) section.current?.scrollIntoView({ block: 'nearest' })
  }, [sent?.id])
  const draft = compose.text.value
  const checked = checkNumber(compose.number.value, session.facts.value?.default_country ?? null)
  const to = checked && 'to' in checked ? checked.to : compose.number.value.trim()

  return (
    <section ref={section} class="card overflow-hidden lg:sticky lg:top-10 scroll-mb-24" aria-label="Preview">
      <header class="row gap-3 px-5 py-4">
        <span class="avatar tone-neutral w-10! h-10!">
          <Icon name="chat" />
        </span>
        <p class="min-w-0">
          <span class="block font-semibold text-sm truncate num">
            {to || readableNumber(sent?.receiver_number ?? '') || 'Recipient'}
          </span>
          <span class="block text-xs text-ink-faint">Preview</span>
        </p>
      </header>
      <div class="chat-ground rounded-none! stack gap-2 p-4 min-h-64 justify-end">
        {sent && (
          <Bubble foot={<Sent sent={sent} />} status={sent.status}>
            {sent.message_body}
          </Bubble>
        )}
        {draft ? (
          <Bubble foot={<span>{compose.sendAt.value ? shortTime(compose.sendAt.value) : 'now'}</span>}>
            {draft}
          </Bubble>
        ) : (
          !sent && <p class="hint text-center pb-20">What you write shows up here as you type.</p>
        )}
      </div>
      {sent && <SentFoot sent={sent} />}
    </section>
  )
}

function Bubble({
  children,
  foot,
  status,
}: {
  children: ComponentChildren
  foot: ComponentChildren
  status?: string
}) {
  return (
    <div class="bubble rise" data-bubble={status ?? 'draft'}>
      {children}
      <div class="bubble-foot num">{foot}</div>
    </div>
  )
}

function Sent({ sent }: { sent: MessageDetail }) {
  return (
    <>
      {shortTime(sent.sent_at ?? sent.created_at)}
      <Ticks status={sent.status} />
    </>
  )
}

function SentFoot({ sent }: { sent: MessageDetail }) {
  return (
    <div class="p-5 stack gap-2" role="status">
      <div class="flex flex-wrap items-center gap-3">
        <MessageState status={sent.status} />
        <span class="flex-1" />
        <a href={`/messages/${sent.id}`} class="text-sm font-medium">
          Details
        </a>
      </div>
      {sent.message && needsWords(sent) && <p class="text-sm text-ink-soft">{sent.message}</p>}
      {sent.expected_at && ['queued', 'scheduled'].includes(sent.status) && (
        <p class="hint">Expected to go {shortTime(sent.expected_at)}.</p>
      )}
    </div>
  )
}
