// The dashboard's live view: the socket makes it instant, the poll by cursor makes it certain, each event counts once.
import { afterEach, expect, test } from 'bun:test'
import { effect } from '@preact/signals'
import { createApi, type LiveEvent } from '../../web/api.ts'
import { createLive, type Live, type LiveMode, type LiveOptions } from '../../web/live.ts'

interface Backend {
  server: Bun.Server<undefined>
  /** Puts it where the cursor finds it; tells the sockets too unless `quietly`. */
  happen(id: string, options?: { quietly?: boolean }): void
  sockets: Set<Bun.ServerWebSocket<undefined>>
  /** Answers an upgrade with a refusal. */
  refuseSockets: boolean
  /** Resolves when the events were asked for the next time. */
  asked(): Promise<void>
}

const open: { stop(): unknown }[] = []
afterEach(() => {
  for (const part of open.splice(0).reverse()) part.stop()
})

function startBackend(port = 0): Backend {
  const events: LiveEvent[] = []
  const sockets: Backend['sockets'] = new Set()
  let asked = Promise.withResolvers<void>()
  const server = Bun.serve({
    port,
    hostname: '127.0.0.1',
    fetch(request, server) {
      const url = new URL(request.url)
      if (url.pathname === '/api/live') {
        if (!backend.refuseSockets && server.upgrade(request)) return
        return new Response(null, { status: 500 })
      }
      asked.resolve()
      asked = Promise.withResolvers()
      const after = url.searchParams.get('after')
      if (after === 'latest') return Response.json({ items: [], next: `${events.length}` })
      const limit = Number(url.searchParams.get('limit'))
      const items = events.slice(Number(after ?? 0), Number(after ?? 0) + limit)
      return Response.json({ items, next: `${Number(after ?? 0) + items.length}` })
    },
    websocket: {
      open(socket) {
        sockets.add(socket)
        socket.send(JSON.stringify({ type: 'hello', version: 'x', cursor: `${events.length}` }))
      },
      close: (socket) => void sockets.delete(socket),
      message() {},
    },
  })
  const backend: Backend = {
    server,
    sockets,
    refuseSockets: false,
    asked: () => asked.promise,
    happen(id, { quietly = false } = {}) {
      const event = {
        id,
        type: 'message.status',
        at: new Date().toISOString(),
        account_id: null,
        message_id: 'm',
        data: {},
      }
      events.push(event)
      if (!quietly) for (const socket of sockets) socket.send(JSON.stringify({ type: 'event', event }))
    },
  }
  open.push({ stop: () => server.stop(true) })
  return backend
}

function openLive(backend: Backend, options: Partial<LiveOptions> = {}) {
  const { port } = backend.server
  const heard: string[] = []
  let changed = Promise.withResolvers<void>()
  const live = createLive({
    api: createApi({ origin: `http://127.0.0.1:${port}` }),
    openSocket: () => new WebSocket(`ws://127.0.0.1:${port}/api/live`),
    pollMs: 10,
    safetyPollMs: 100_000,
    reconnectMs: { first: 10, most: 20 },
    ...options,
  })
  live.onEvent((event) => {
    heard.push(event.id)
    changed.resolve()
    changed = Promise.withResolvers()
  })
  open.push(live)
  const begun = new Promise<void>((resolve) => live.onBegin(resolve))
  live.start()
  const hears = async (...ids: string[]) => {
    while (!ids.every((id) => heard.includes(id))) await changed.promise
    expect(heard).toEqual([...new Set(heard)])
  }
  return { live, heard, begun, hears }
}

function becomes(live: Live, mode: LiveMode): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (live.mode.value !== mode) return
      queueMicrotask(() => stop())
      resolve()
    })
  })
}

test('an event comes by the socket at once, and once, though the poll brings it again', async () => {
  const backend = startBackend()
  const { live, heard, begun, hears } = openLive(backend, { safetyPollMs: 10 })
  await becomes(live, 'live')
  await begun
  backend.happen('a')
  await hears('a')
  const asked = backend.asked()
  await asked
  await backend.asked()
  expect(heard).toEqual(['a'])
})

test('what the socket dropped comes with the safety poll', async () => {
  const backend = startBackend()
  const { live, begun, hears } = openLive(backend, { safetyPollMs: 10 })
  await becomes(live, 'live')
  // Only behind the first place that it knows is anything news.
  await begun
  backend.happen('dropped', { quietly: true })
  await hears('dropped')
  expect(live.mode.value).toBe('live')
})

test('without a socket the poll goes on and the page says so; when it opens again nothing was missed', async () => {
  const backend = startBackend()
  backend.refuseSockets = true
  const { live, hears } = openLive(backend)
  await becomes(live, 'polling')
  backend.happen('polled')
  await hears('polled')
  backend.refuseSockets = false
  await becomes(live, 'live')
  for (const socket of backend.sockets) socket.terminate()
  backend.happen('in the gap', { quietly: true })
  await hears('in the gap')
  await becomes(live, 'live')
})

test('a server that is gone is told, and found again by itself', async () => {
  const first = startBackend()
  const { live, hears } = openLive(first)
  await becomes(live, 'live')
  const { port } = first.server
  await first.server.stop(true)
  await becomes(live, 'offline')
  const second = startBackend(port)
  await becomes(live, 'live')
  second.happen('b')
  await hears('b')
})

test('a socket that falls silent is closed and opened again', async () => {
  const backend = startBackend()
  const { live } = openLive(backend, { silenceMs: 30 })
  await becomes(live, 'live')
  const [silent] = backend.sockets
  await becomes(live, 'polling')
  await becomes(live, 'live')
  expect(backend.sockets.has(silent!)).toBe(false)
})

test('what happened before the page opened is not told again, and more than a page of news is read to its end', async () => {
  const backend = startBackend()
  backend.refuseSockets = true
  backend.happen('old')
  const { live, heard, hears } = openLive(backend)
  await becomes(live, 'polling')
  for (let n = 0; n < 250; n++) backend.happen(`new ${n}`)
  await hears('new 249')
  expect(heard).toEqual(Array.from({ length: 250 }, (_, n) => `new ${n}`))
})
