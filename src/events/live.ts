// The socket of the dashboard: tells each person at once what was committed for them. Lossy; the events are the truth.
import { Elysia, t } from 'elysia'
import type { Sql } from 'postgres'
import { listLivingSessions } from '../auth/store.ts'
import type { AsPerson } from '../database/tenancy.ts'
import type { Guard } from '../http/guard.ts'
import type { Role } from '../rules/roles.ts'
import type { Hub } from './hub.ts'
import { findLatestCursor } from './store.ts'
import { formatCursor, viewEvent } from './view.ts'

/** What the socket says. `cursor`: where to go on reading events after a gap. */
export type LiveMessage =
  | { type: 'hello'; version: string; cursor: string | null }
  | { type: 'event'; event: ReturnType<typeof viewEvent> }
  | { type: 'offer'; account_id: string }
  | { type: 'ping' }

export interface Live {
  /** There is something new to scan or type for an account, or nothing any more. */
  offer(userId: string, accountId: string): void
  /** Closes every socket of a person: their role or status was changed here. */
  closeOf(userId: string): void
  /** Closes the sockets of sessions that are over, and under maintenance those of everybody but admins. The interval does it every second; tests need not wait. */
  closeEnded(): Promise<void>
  stop(): void
}

interface Socket {
  userId: string
  role: Role
  sessionId: string
  send(message: LiveMessage): void
  close(code: number, reason: string): void
}

const PING_MS = 20_000
/** Close codes: the session is over, or changed so much that it has to be opened anew; the program is going away. */
const OVER = [4001, 'over'] as const
const STOPPING = [1012, 'restart'] as const
/** What ends a session, changes a role or begins maintenance ends open sockets within a second, the query included. */
const CHECK_MS = 600

export interface LiveParts {
  /** Sees everybody's rows. */
  sql: Sql
  hub: Hub
  /** Whether only admins may be here right now. */
  isMaintenance: () => Promise<boolean>
}

export function createLive({ sql, hub, isMaintenance }: LiveParts) {
  const sockets = new Map<string, Socket>()
  const tell = (userId: string, message: LiveMessage) => {
    for (const socket of sockets.values()) if (socket.userId === userId) socket.send(message)
  }
  const unsubscribe = hub.subscribe((event) =>
    tell(event.user_id, { type: 'event', event: viewEvent(event) }),
  )
  const pings = setInterval(() => {
    for (const socket of sockets.values()) socket.send({ type: 'ping' })
  }, PING_MS)

  let checking = false
  const checks = setInterval(async () => {
    if (checking) return
    checking = true
    // A database that is away says nothing about sessions; the next turn asks again.
    await live.closeEnded().catch(() => {})
    checking = false
  }, CHECK_MS)

  const live: Live = {
    offer: (userId, accountId) => tell(userId, { type: 'offer', account_id: accountId }),
    closeOf: (userId) => {
      for (const socket of sockets.values()) if (socket.userId === userId) socket.close(...OVER)
    },
    closeEnded: async () => {
      if (sockets.size === 0) return
      if (await isMaintenance()) {
        for (const socket of sockets.values()) if (socket.role !== 'admin') socket.close(...OVER)
      }
      const sessions = new Set([...sockets.values()].map((socket) => socket.sessionId))
      const living = await listLivingSessions(sql, [...sessions])
      const roles = new Map(living.map(({ id, role }) => [id, role]))
      for (const socket of sockets.values()) {
        // Opened while that was asked: looked at in the next turn.
        if (sessions.has(socket.sessionId) && roles.get(socket.sessionId) !== socket.role)
          socket.close(...OVER)
      }
    },
    stop: () => {
      clearInterval(pings)
      clearInterval(checks)
      unsubscribe()
      for (const socket of sockets.values()) socket.close(...STOPPING)
    },
  }
  return { live, sockets }
}

export function liveRoutes(parts: {
  asPerson: AsPerson
  guard: Guard
  version: string
  sockets: Map<string, Socket>
}) {
  const { asPerson, guard, version, sockets } = parts
  return new Elysia({ name: 'live', normalize: false }).use(guard).ws('/api/live', {
    detail: {
      tags: ['Events'],
      summary: 'A WebSocket that tells at once what /api/events will list',
      description: 'A hint: it may miss or repeat something, the cursor of /api/events never does.',
    },
    who: 'session',
    // Nothing is expected from the browser; whatever comes is ignored.
    body: t.Any(),
    idleTimeout: 60,
    maxPayloadLength: 1024,
    open: async (ws) => {
      const { caller } = ws.data
      const socket: Socket = {
        userId: caller.userId,
        role: caller.role,
        sessionId: caller.sessionId as string,
        // 0: dropped. The client sees that its cursor did not move and reads the events.
        send: (message) => void ws.send(JSON.stringify(message)),
        close: (code, reason) => ws.close(code, reason),
      }
      sockets.set(ws.id, socket)
      const { userId } = caller
      const cursor = await asPerson(userId, (tx) => findLatestCursor(tx, userId)).then(
        formatCursor,
        () => null,
      )
      socket.send({ type: 'hello', version, cursor })
    },
    message: () => {},
    close: (ws) => {
      sockets.delete(ws.id)
    },
  })
}
