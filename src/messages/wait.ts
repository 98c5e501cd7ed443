// Waits, without a connection or a transaction, until a message was sent or is settled.
import type { Hub } from '../events/hub.ts'
import { isSettled } from '../rules/delivery-state.ts'

/** Longest wait, in seconds: below the time at which an idle request is cut. */
export const MAX_WAIT_S = 25

/** Subscribe before the message is committed, so that nothing is missed; always call `cancel`. */
export function watchMessages(hub: Hub): {
  /** The status once `id` is settled, or null after `seconds`. */
  settled(id: string, seconds: number): Promise<string | null>
  cancel(): void
} {
  const seen = new Map<string, string>()
  let heard: ((id: string, status: string) => void) | null = null
  const unsubscribe = hub.subscribe(({ type, message_id: id, data }) => {
    if (type !== 'message.status' || !id || typeof data.status !== 'string' || !isSettled(data.status)) return
    seen.set(id, data.status)
    heard?.(id, data.status)
  })

  return {
    settled(id, seconds) {
      const already = seen.get(id)
      if (already) return Promise.resolve(already)
      return new Promise((resolve) => {
        const timer = setTimeout(() => resolve(null), Math.min(seconds, MAX_WAIT_S) * 1000)
        heard = (settledId, status) => {
          if (settledId !== id) return
          clearTimeout(timer)
          resolve(status)
        }
      })
    },
    cancel: unsubscribe,
  }
}
