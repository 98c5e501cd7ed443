// Tells the parts of this process what was committed. A hint: the table is the truth, and a missed hint costs time only.
import type { EventRow } from './record.ts'

export type Listener = (event: EventRow) => void

export interface Hub {
  /** Call after the commit of the transaction that wrote the events. */
  publish(events: readonly (EventRow | null | undefined)[]): void
  /** Hears every event until the returned function is called. */
  subscribe(listener: Listener): () => void
}

/** `onError` hears what a listener throws; the others are told all the same. */
export function createHub(onError: (error: unknown) => void): Hub {
  const listeners = new Set<Listener>()
  return {
    publish(events) {
      for (const event of events) {
        if (!event) continue
        for (const listener of listeners) {
          try {
            listener(event)
          } catch (error) {
            onError(error)
          }
        }
      }
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
