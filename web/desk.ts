// Puts the parts of the dashboard together, once, and hands them to every screen.
import { effect, untracked } from '@preact/signals'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { createApi } from './api.ts'
import { createLive } from './live.ts'
import { createSession } from './session.ts'
import { createAccounts } from './stores/accounts.ts'
import { createActivity } from './stores/activity.ts'
import { createBacklog } from './stores/backlog.ts'
import { createCompose } from './stores/compose.ts'
import { createEverybody } from './stores/everybody.ts'
import { createFigures } from './stores/figures.ts'
import { createKeys } from './stores/keys.ts'
import { createMessages } from './stores/messages.ts'
import { createNotices } from './stores/notices.ts'
import { createPeople } from './stores/people.ts'
import { createProfile } from './stores/profile.ts'
import { createSettings } from './stores/settings.ts'
import { createWebhooks } from './stores/webhooks.ts'

export type Desk = ReturnType<typeof createDesk>

export function createDesk() {
  const api = createApi({ onSignedOut: () => session.expire() })
  const session = createSession(api)
  const live = createLive({ api, openSocket: () => new WebSocket(socketAddress()) })
  const accounts = createAccounts(api, live)
  const messages = createMessages(api, live)
  const recent = createMessages(api, live, { limit: 6 })
  const failures = createMessages(api, live, { limit: 5 })
  const figures = createFigures(api, { live })
  const backlog = createBacklog(api, { live })
  const everybodysFigures = createFigures(api)
  const everybodysBacklog = createBacklog(api, { all: true })
  const compose = createCompose(api, live)
  const keys = createKeys(api)
  const settings = createSettings(api)
  const profile = createProfile(api)
  const people = createPeople(api)
  const everybody = createEverybody(api)
  const activity = createActivity(api)
  const webhooks = createWebhooks(api)
  const notices = createNotices()

  const mine = [
    accounts,
    messages,
    recent,
    failures,
    figures,
    backlog,
    everybodysFigures,
    everybodysBacklog,
    compose,
    keys,
    settings,
    profile,
    people,
    everybody,
    activity,
    webhooks,
  ]

  /** What one person saw is gone before the next signs in. */
  effect(() => (session.phase.value === 'in' ? untracked(open) : untracked(close)))
  function open() {
    live.start()
    return session.keepAlive()
  }
  function close() {
    live.stop()
    for (const store of mine) store.clear()
  }
  addEventListener('online', live.wake)
  addEventListener('offline', live.lose)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && live.wake())

  return {
    api,
    session,
    live,
    accounts,
    messages,
    recent,
    failures,
    figures,
    backlog,
    everybodysFigures,
    everybodysBacklog,
    compose,
    keys,
    settings,
    profile,
    people,
    everybody,
    activity,
    webhooks,
    notices,
  }
}

function socketAddress() {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/live`
}

export const DeskContext = createContext<Desk | null>(null)

export function useDesk(): Desk {
  return useContext(DeskContext)!
}
