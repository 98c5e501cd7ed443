// The last messages that failed: to whom, why, what to do, and the way to each.
import type { Message } from '../api.ts'
import { failureAdvice } from '../failure-words.ts'
import { fullTime, shortTime } from '../format.ts'
import { readableNumber } from '../number.ts'
import { paths } from '../paths.ts'
import { Icon } from './icon.tsx'
import { SectionHead } from './section-head.tsx'

export function LastFailures({ messages }: { messages: Message[] }) {
  return (
    <section class="card overflow-hidden min-w-0" aria-labelledby="failures">
      <SectionHead
        id="failures"
        title="Last failures"
        {...(messages.length > 0 && { to: `${paths.messages}?status=failed` })}
      />
      {messages.length === 0 ? (
        <p class="row gap-2 px-4 md:px-5 pb-5 text-sm text-ink-soft">
          <Icon name="check" size={18} class="text-good" />
          Nothing failed in the last fourteen days.
        </p>
      ) : (
        <ul>
          {messages.map((message) => (
            <li key={message.id}>
              <a class="list-row items-start!" href={`/messages/${message.id}`} data-failure={message.reason}>
                <span class="flex-1 min-w-0">
                  <span class="block text-sm font-semibold truncate num">
                    {readableNumber(message.receiver_number)}
                  </span>
                  <span class="block text-sm">{message.message ?? 'It failed.'}</span>
                  <span class="block text-sm text-ink-soft">{failureAdvice(message.reason)}</span>
                </span>
                <time
                  class="text-xs text-ink-faint num shrink-0 pt-0.5"
                  dateTime={message.created_at}
                  title={fullTime(message.created_at)}
                >
                  {shortTime(message.created_at)}
                </time>
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
