// The dashboard of one person without a browser: its client and its live line, with a program's token for the cookie.
import { effect } from '@preact/signals'
import { createApi } from '../../web/api.ts'
import { createLive } from '../../web/live.ts'
import type { Person, TestApp } from './app.ts'

/** `start: false` leaves it to the test to start the live line. */
export function deskOf(t: Pick<TestApp, 'url'>, person: Pick<Person, 'token'>, { start = true } = {}) {
  const headers = { authorization: `Bearer ${person.token}` }
  let signedOut = 0
  const api = createApi({
    origin: t.url,
    fetcher: (path, init) => fetch(path, { ...init, headers: { ...init?.headers, ...headers } }),
    onSignedOut: () => {
      signedOut++
    },
  })
  const address = `${t.url.replace('http', 'ws')}/api/live`
  const live = createLive({ api, openSocket: () => new WebSocket(address, { headers } as never) })
  if (start) live.start()
  const part = { api, live, signedOut: () => signedOut }
  return { ...part, [Symbol.dispose]: () => live.stop() }
}

/** Resolves once `holds`, which reads signals, says yes. */
export function shows(holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (!holds()) return
      queueMicrotask(() => stop())
      resolve()
    })
  })
}
