// The history: every message under a filter that stands in the address, fresh while statuses change.

import { useEffect } from 'preact/hooks'
import { useLocation, useRoute } from 'preact-iso/router'
import { type MessageFilter, queryString } from '../api.ts'
import { useDesk } from '../desk.ts'
import { paths } from '../paths.ts'
import { accountName } from '../ui/account-bits.tsx'
import { useAction } from '../ui/dialog.tsx'
import { Empty, ProblemNote, Skeleton } from '../ui/feedback.tsx'
import { Icon } from '../ui/icon.tsx'
import { MessageRow } from '../ui/message-bits.tsx'
import { MessageDrawer } from '../ui/message-drawer.tsx'
import { MessageFilters } from '../ui/message-filters.tsx'
import { Page } from '../ui/shell.tsx'

export default function Messages() {
  const { accounts, messages } = useDesk()
  const { query, route } = useLocation()
  const { id } = useRoute().params
  const filter = readFilter(query)
  const inAddress = queryString(filter)
  useEffect(() => void accounts.load(), [])
  useEffect(() => {
    void messages.show(filter)
    return messages.rest
  }, [inAddress])

  return (
    <Page
      title="Messages"
      lead="All that went out and came in, from here and from the API."
      action={
        <a href={paths.compose} class="btn-primary">
          <Icon name="send" size={18} />
          New message
        </a>
      }
    >
      <div class="stack gap-4">
        <MessageFilters filter={filter} change={(next) => route(paths.messages + queryString(next), true)} />
        <ProblemNote problem={messages.problem.value} retry={messages.loadNewest} />
        <List inAddress={inAddress} />
      </div>
      {id && <MessageDrawer key={id} id={id} onClose={() => route(paths.messages + inAddress)} />}
    </Page>
  )
}

function List({ inAddress }: { inAddress: string }) {
  const { accounts, messages } = useDesk()
  const items = messages.items.value
  if (items === null) return messages.problem.value ? null : <Skeleton rows={6} height={60} />
  if (items.length === 0) return <Nothing filtered={inAddress !== ''} />
  const many = (accounts.items.value?.length ?? 0) > 1
  return (
    <div class="card overflow-hidden">
      <ul>
        {items.map((message) => (
          <li key={message.id}>
            <MessageRow
              message={message}
              href={`/messages/${message.id}${inAddress}`}
              via={many ? accountName(accounts.find(message.account_id ?? '')) : undefined}
            />
          </li>
        ))}
      </ul>
      {messages.next.value && <More />}
    </div>
  )
}

function More() {
  const { messages } = useDesk()
  const { busy, run } = useAction()
  return (
    <div class="p-3 grid shadow-[0_-1px_0_var(--line)]">
      <button type="button" class="btn-quiet" disabled={busy} onClick={() => run(messages.loadMore)}>
        {busy ? 'Loading…' : 'Show older messages'}
      </button>
    </div>
  )
}

function Nothing({ filtered }: { filtered: boolean }) {
  return (
    <div class="card">
      {filtered ? (
        <Empty
          icon="search"
          title="Nothing matches"
          action={
            <a href={paths.messages} class="btn-plain">
              Show all messages
            </a>
          }
        >
          No message fits these filters. A search in the text looks at the last 90 days.
        </Empty>
      ) : (
        <Empty
          icon="chat"
          title="No messages yet"
          action={
            <a href={paths.compose} class="btn-primary">
              Write the first one
            </a>
          }
        >
          Each message you send shows up here, with its way from waiting to read.
        </Empty>
      )}
    </div>
  )
}

const filterNames = ['status', 'account_id', 'direction', 'q', 'number', 'from', 'to', 'source'] as const

function readFilter(query: Record<string, string>): MessageFilter {
  return Object.fromEntries(filterNames.flatMap((name) => (query[name] ? [[name, query[name]]] : [])))
}
