// Hears the product's socket: each committed event and each new QR, with the moment at which it came.
import type { Stage } from './stage.ts'

export interface Heard {
  type: string
  account_id?: string
  event?: {
    type: string
    account_id: string | null
    message_id: string | null
    data: { status?: string; state?: string }
  }
  /** `performance.now()`. */
  atMs: number
}

export interface Live {
  /** The first message that answers, from the `from`th on; waits for it. `mark()` says where now is. */
  heard(test: (heard: Heard) => boolean, from?: number): Promise<Heard>
  mark(): number
}

const LIMIT_MS = 60_000

export async function openLive(undo: AsyncDisposableStack, { url, token }: Stage): Promise<Live> {
  const all: Heard[] = []
  const waiting = new Set<() => void>()
  const headers = { authorization: `Bearer ${token}` }
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/live`, { headers } as never)
  undo.defer(() => socket.close())
  socket.onmessage = (message) => {
    all.push({ ...JSON.parse(String(message.data)), atMs: performance.now() })
    for (const look of [...waiting]) look()
  }
  const live: Live = {
    mark: () => all.length,
    heard: (test, from = 0) =>
      new Promise((resolve, reject) => {
        let next = from
        const timer = setTimeout(() => {
          waiting.delete(look)
          reject(new Error(`not heard in ${LIMIT_MS} ms; last: ${JSON.stringify(all.slice(-5))}`))
        }, LIMIT_MS)
        const look = () => {
          for (; next < all.length; next++) {
            if (!test(all[next]!)) continue
            clearTimeout(timer)
            waiting.delete(look)
            return resolve(all[next]!)
          }
        }
        waiting.add(look)
        look()
      }),
  }
  await live.heard((heard) => heard.type === 'hello')
  return live
}

/** The event by which an account came into a state. */
export function isState(accountId: string, state: string) {
  return ({ event }: Heard) =>
    event?.type === 'account.state' && event.account_id === accountId && event.data.state === state
}

/** The event by which a message came into a status. */
export function isStatus(messageId: string, ...statuses: string[]) {
  return ({ event }: Heard) =>
    event?.type === 'message.status' &&
    event.message_id === messageId &&
    statuses.includes(event.data.status ?? '')
}
