// The phone of the demo: linked devices, chats with their ticks, and the troubles a phone can make.
import { computed, signal } from '@preact/signals'
import { render } from 'preact'
import { ChatList, ChatView } from './phone-chats.tsx'
import { Devices } from './phone-devices.tsx'
import type { DemoState, PhoneState } from './phone-page.ts'
import { Troubles } from './phone-troubles.tsx'
import { notice } from './press.ts'

type Tab = 'chats' | 'devices' | 'troubles'

const state = signal<DemoState | null>(null)
const chosen = signal<string | null>(null)
const tab = signal<Tab>('devices')
const openChat = signal<string | null>(null)

const phone = computed<PhoneState | null>(() => {
  const phones = state.value?.phones ?? []
  return phones.find(({ number }) => number === chosen.value) ?? phones[0] ?? null
})

async function follow(): Promise<never> {
  for (;;) {
    try {
      const answer = await fetch(`/state?after=${state.value?.version ?? -1}`)
      state.value = (await answer.json()) as DemoState
    } catch {
      // The demo was ended or is being started again.
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  }
}

function App() {
  const now = phone.value
  if (!state.value || !now) return <main class="desk" />
  const chat = now.chats.find(({ peer }) => peer === openChat.value)
  const known = openChat.value && state.value.people[openChat.value]
  return (
    <main class="desk">
      <div class="phone">
        <header class="bar">
          <select
            aria-label="Phone"
            value={now.number}
            onChange={(event) => {
              chosen.value = event.currentTarget.value
              openChat.value = null
            }}
          >
            {state.value.phones.map(({ number, shown }) => (
              <option key={number} value={number}>
                {shown}
              </option>
            ))}
          </select>
          <span class={now.devices.length ? 'pill on' : 'pill'}>
            {now.devices.length ? (now.pageState ?? 'not connected').toLowerCase() : 'not linked'}
          </span>
        </header>
        {openChat.value ? (
          <ChatView
            phone={now}
            peer={openChat.value}
            name={chat?.name ?? known ?? `+${openChat.value}`}
            messages={chat?.messages ?? []}
            onBack={() => (openChat.value = null)}
          />
        ) : (
          <section class="screen">
            {tab.value === 'chats' && (
              <ChatList phone={now} people={state.value.people} onOpen={(peer) => (openChat.value = peer)} />
            )}
            {tab.value === 'devices' && <Devices phone={now} waiting={state.value.waiting} />}
            {tab.value === 'troubles' && <Troubles phone={now} />}
          </section>
        )}
        {notice.value && (
          <p class="notice" role="alert">
            {notice.value}
          </p>
        )}
        {!openChat.value && (
          <nav class="tabs">
            {(['chats', 'devices', 'troubles'] as const).map((name) => (
              <button
                key={name}
                type="button"
                aria-current={tab.value === name ? 'page' : undefined}
                onClick={() => (tab.value = name)}
              >
                {{ chats: 'Chats', devices: 'Devices', troubles: 'Troubles' }[name]}
                {name === 'devices' && state.value!.waiting.length > 0 && (
                  <span class="count">{state.value!.waiting.length}</span>
                )}
              </button>
            ))}
          </nav>
        )}
      </div>
    </main>
  )
}

render(<App />, document.getElementById('phone')!)
void follow()
