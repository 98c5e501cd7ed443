// Passes on what others wrote, each message once: the page repeats itself after a re-sync.

import type { Tell } from './link.ts'
import type { IncomingMessage } from './protocol.ts'

/** Repeats come soon after; the main thread knows the older ones by id. */
const REMEMBERED = 5_000

export class Hearing {
  #heard = new Set<string>()
  #tell: Tell

  constructor(tell: Tell) {
    this.#tell = tell
  }

  incoming(message: IncomingMessage): void {
    if (this.#heard.has(message.whatsappId)) return
    if (this.#heard.size >= REMEMBERED) this.#heard.delete(this.#heard.values().next().value ?? '')
    this.#heard.add(message.whatsappId)
    this.#tell('incoming', message)
  }
}
