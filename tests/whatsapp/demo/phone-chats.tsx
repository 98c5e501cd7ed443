// The chats of the phone: what the account sent, with ticks to set by hand, and what the other side answers.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { ChatMessage, PhoneState } from './phone-page.ts'
import { press } from './press.ts'

interface ChatListProps {
  phone: PhoneState
  people: Record<string, string>
  onOpen: (peer: string) => void
}

export function ChatList({ phone, people, onOpen }: ChatListProps) {
  const started = new Set(phone.chats.map(({ peer }) => peer))
  const others = Object.entries(people).filter(([number]) => !started.has(number) && number !== phone.number)
  return (
    <>
      <h1>Chats</h1>
      {phone.chats.map(({ peer, name, messages }) => (
        <button type="button" class="chat" key={peer} onClick={() => onOpen(peer)}>
          <Avatar name={name} />
          <span>
            <strong>{name}</strong>
            <small>
              {messages.at(-1)?.mine && <Ticks message={messages.at(-1)!} />} {messages.at(-1)?.text}
            </small>
          </span>
          <time>{clock(messages.at(-1)?.at)}</time>
        </button>
      ))}
      {others.length > 0 && <h2>Somebody writes first</h2>}
      {others.map(([number, name]) => (
        <button type="button" class="chat" key={number} onClick={() => onOpen(number)}>
          <Avatar name={name} />
          <span>
            <strong>{name}</strong>
            <small>+{number}</small>
          </span>
        </button>
      ))}
      <label class="row">
        Other sides acknowledge
        <select
          value={phone.settings.acks}
          onChange={(event) => press('acks', phone.number, event.currentTarget.value)}
        >
          <option value="none">by hand</option>
          <option value="server">✓ sent</option>
          <option value="delivered">✓✓ delivered</option>
          <option value="read">✓✓ read</option>
        </select>
      </label>
    </>
  )
}

interface ChatViewProps {
  phone: PhoneState
  peer: string
  name: string
  messages: ChatMessage[]
  onBack: () => void
}

export function ChatView({ phone, peer, name, messages, onBack }: ChatViewProps) {
  const text = useSignal('')
  const end = useRef<HTMLDivElement>(null)
  // A new message scrolls the chat down.
  useEffect(() => end.current?.scrollIntoView(), [messages.length])
  return (
    <section class="screen conversation">
      <div class="with">
        <button type="button" aria-label="Back" onClick={onBack}>
          ‹
        </button>
        <Avatar name={name} />
        <strong>{name}</strong>
      </div>
      <div class="bubbles">
        {messages.map((message) => (
          <div class={message.mine ? 'bubble mine' : 'bubble'} key={message.id}>
            <p>{message.text}</p>
            <small>
              {clock(message.at)} {message.mine && <Ticks message={message} />}
            </small>
            {message.mine && message.ack >= 0 && message.ack < 3 && (
              <span class="acks">
                {[
                  [1, '✓'],
                  [2, '✓✓'],
                  [3, 'read'],
                ]
                  .filter(([ack]) => (ack as number) > message.ack)
                  .map(([ack, label]) => (
                    <button
                      type="button"
                      key={ack}
                      onClick={() => press('ack', phone.number, message.id, String(ack))}
                    >
                      {label}
                    </button>
                  ))}
              </span>
            )}
          </div>
        ))}
        <div ref={end} />
      </div>
      <form
        class="composer"
        onSubmit={async (event) => {
          event.preventDefault()
          if (text.value.trim() && (await press('deliver', phone.number, peer, text.value))) text.value = ''
        }}
      >
        <input
          aria-label={`Write as ${name}`}
          placeholder={`Write as ${name}`}
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
        <button type="submit" aria-label="Send">
          ➤
        </button>
      </form>
    </section>
  )
}

function Ticks({ message: { ack, error } }: { message: ChatMessage }) {
  if (ack < 0) return <span class="tick bad">refused{error ? ` (${error})` : ''}</span>
  const [mark, meaning] = [
    ['🕓', 'waiting'],
    ['✓', 'sent'],
    ['✓✓', 'delivered'],
    ['✓✓', 'read'],
    ['✓✓', 'played'],
  ][ack] as [string, string]
  return (
    <span class={ack >= 3 ? 'tick read' : 'tick'} title={meaning}>
      {mark}
    </span>
  )
}

function Avatar({ name }: { name: string }) {
  return (
    <span class="avatar" aria-hidden="true">
      {name.replace('+', '').slice(0, 1).toUpperCase()}
    </span>
  )
}

function clock(at: string | undefined): string {
  return at ? new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }) : ''
}
