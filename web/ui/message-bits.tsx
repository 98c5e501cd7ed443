// A message in a list: to whom, the beginning of its text, when, and how far it got.
import type { Message } from '../api.ts'
import { fullTime, shortTime } from '../format.ts'
import { readableNumber } from '../number.ts'
import { MessageState } from './status.tsx'

/** @param href where it leads; @param via a word on the account, shown where there is more than one. */
export function MessageRow({
  message,
  href,
  via,
}: {
  message: Message
  href: string
  via?: string | undefined
}) {
  const incoming = message.direction === 'in'
  return (
    <a class="list-row" href={href} data-message={message.id}>
      <span class="flex-1 min-w-0">
        <span class="row gap-2">
          <span class="font-semibold text-sm truncate num">
            {incoming && <span class="font-normal text-ink-faint">from </span>}
            {readableNumber(message.receiver_number)}
          </span>
          {via && <span class="hidden sm:inline text-xs text-ink-faint truncate">{via}</span>}
        </span>
        <span class="block text-sm text-ink-soft truncate">{message.message_body}</span>
        {message.message && needsWords(message) && (
          <span class="block text-xs text-ink-faint truncate">{message.message}</span>
        )}
      </span>
      <span class="stack items-end gap-1.5 shrink-0">
        <MessageState status={message.status} />
        <time
          class="text-xs text-ink-faint num"
          dateTime={message.created_at}
          title={fullTime(message.created_at)}
        >
          {shortTime(message.created_at)}
        </time>
      </span>
    </a>
  )
}

/** A waiting or failed message says why; one on its way needs no words. */
export function needsWords({ status }: Pick<Message, 'status'>): boolean {
  return ['scheduled', 'queued', 'failed', 'expired', 'uncertain'].includes(status)
}
