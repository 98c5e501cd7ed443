// What happens, as it happens: a socket makes it instant, a poll by cursor makes it certain.
import { signal } from '@preact/signals'
import { type Api, asProblem, type LiveEvent } from './api.ts'

/** `live`: the socket is open. `polling`: only the poll works. `offline`: neither does. */
export type LiveMode = 'connecting' | 'live' | 'polling' | 'offline'

type Frame =
  | { type: 'hello'; cursor?: string | null }
  | { type: 'ping' }
  | { type: 'event'; event: LiveEvent }
  | { type: 'offer'; account_id: string }

export interface LiveOptions {
  api: Pick<Api, 'listEvents'>
  openSocket: () => WebSocket
  /** How often to ask while the socket is closed. */
  pollMs?: number
  /** How often to ask while it is open: it may drop a frame, the cursor never does. */
  safetyPollMs?: number
  /** A socket that says nothing for so long is taken for dead; the server pings more often than that. */
  silenceMs?: number
  reconnectMs?: { first: number; most: number }
}

export type Live = ReturnType<typeof createLive>

/** Starts nothing; `start()` does. Listeners hear each event once, whichever way it came. */
export function createLive({
  api,
  openSocket,
  pollMs = 2000,
  safetyPollMs = 20_000,
  silenceMs = 60_000,
  reconnectMs = { first: 1000, most: 30_000 },
}: LiveOptions) {
  const mode = signal<LiveMode>('connecting')
  const eventListeners = new Set<(event: LiveEvent) => void>()
  const offerListeners = new Set<(accountId: string) => void>()
  const beginListeners = new Set<() => void>()
  const known = createMemory(2000)
  let running = false
  let cursor: string | undefined
  let socket: WebSocket | null = null
  let failures = 0
  let pollTimer: ReturnType<typeof setTimeout> | undefined
  let socketTimer: ReturnType<typeof setTimeout> | undefined
  let silenceTimer: ReturnType<typeof setTimeout> | undefined

  function start() {
    if (running) return
    running = true
    connect()
    void poll()
  }

  function stop() {
    running = false
    clearTimeout(pollTimer)
    clearTimeout(socketTimer)
    clearTimeout(silenceTimer)
    socket?.close()
    socket = null
    cursor = undefined
    mode.value = 'connecting'
  }

  /** Tries at once instead of at the next turn: the network is back, the page is looked at again. */
  function wake() {
    if (!running) return
    if (!socket) connect()
    void poll()
  }

  /** The network is gone: a socket that still looks open would be noticed only by its silence. */
  function lose() {
    socket?.close()
    void poll()
  }

  function connect() {
    clearTimeout(socketTimer)
    const opened = openSocket()
    socket = opened
    opened.onopen = () => {
      failures = 0
      listenForSilence()
      mode.value = 'live'
    }
    opened.onmessage = (message) => {
      listenForSilence()
      receive(JSON.parse(String(message.data)))
    }
    opened.onclose = () => {
      if (socket !== opened) return
      socket = null
      clearTimeout(silenceTimer)
      if (!running) return
      if (mode.value === 'live') mode.value = 'polling'
      const wait = Math.min(reconnectMs.most, reconnectMs.first * 2 ** failures++)
      socketTimer = setTimeout(connect, wait * (0.75 + Math.random() / 2))
      void poll()
    }
  }

  function listenForSilence() {
    clearTimeout(silenceTimer)
    silenceTimer = setTimeout(lose, silenceMs)
  }

  function receive(frame: Frame) {
    if (frame.type === 'event') return tell(frame.event)
    if (frame.type === 'offer') for (const listener of offerListeners) listener(frame.account_id)
    if (frame.type !== 'hello') return
    begin(frame.cursor)
    void poll()
  }

  /** Reads on from the cursor to the end, then plans the next turn. Only one runs at a time. */
  let polling = false
  async function poll() {
    if (polling) return
    polling = true
    clearTimeout(pollTimer)
    try {
      await readOn()
      if (mode.value !== 'live') mode.value = isOpen() ? 'live' : 'polling'
    } catch (error) {
      // A server that refuses, for its maintenance say, is there.
      if (!isOpen()) mode.value = asProblem(error).status === 0 ? 'offline' : 'polling'
    }
    polling = false
    if (running) pollTimer = setTimeout(poll, isOpen() ? safetyPollMs : pollMs)
  }

  async function readOn() {
    // Without a cursor the list starts at the newest: what was before is in the pages already.
    if (cursor === undefined) begin((await api.listEvents({ after: 'latest' })).next)
    for (let more = true; more && running; ) {
      const page = await api.listEvents({ after: cursor, limit: 100 })
      for (const event of page.items) tell(event)
      more = page.items.length === 100
      cursor = page.next ?? cursor
    }
  }

  /** What pages asked for before is perhaps older than this place, and no event will tell. */
  function begin(at: string | null | undefined) {
    if (!running || cursor !== undefined || !at) return
    cursor = at
    for (const listener of beginListeners) listener()
  }

  function tell(event: LiveEvent) {
    if (known.has(event.id)) return
    known.add(event.id)
    for (const listener of eventListeners) listener(event)
  }

  function isOpen() {
    return socket?.readyState === WebSocket.OPEN
  }

  return {
    mode,
    start,
    stop,
    wake,
    lose,
    /** Returns the function that ends it. */
    onEvent: (listener: (event: LiveEvent) => void) => listen(eventListeners, listener),
    /** From now on every event is told: whoever has shown something already looks once more. */
    onBegin: (listener: () => void) => listen(beginListeners, listener),
    /** An account has something new to scan or type, or nothing any more. */
    onOffer: (listener: (accountId: string) => void) => listen(offerListeners, listener),
  }
}

function listen<T>(listeners: Set<T>, listener: T) {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** The last `size` ids. */
function createMemory(size: number) {
  const ids = new Set<string>()
  return {
    has: (id: string) => ids.has(id),
    add(id: string) {
      ids.add(id)
      if (ids.size > size) ids.delete(ids.values().next().value as string)
    },
  }
}
