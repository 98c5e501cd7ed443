// Messages handed over that no server has confirmed: tells when a line that looks alive is dead. Pure: time comes in.

import { DEADLINES, type Deadlines } from './deadlines.ts'

/** What to try for a line through which nothing goes, one after the other. */
export type Rescue = 'reconnect' | 'reload' | 'give_up'

export class HeldBack {
  #sinceMs = new Map<string, number>()
  #tried = 0
  #ladder: [afterMs: number, rescue: Rescue][]

  constructor({ heldReconnectMs, heldReloadMs, heldGiveUpMs }: Deadlines = DEADLINES) {
    this.#ladder = [
      [heldReconnectMs, 'reconnect'],
      [heldReloadMs, 'reload'],
      [heldGiveUpMs, 'give_up'],
    ]
  }

  add(whatsappId: string, nowMs: number): void {
    this.#sinceMs.set(whatsappId, nowMs)
  }

  /** Any word of a server about any message: the line works. */
  heard(whatsappId: string, ack: number): void {
    if (ack === 0) return
    this.#sinceMs.delete(whatsappId)
    this.#tried = 0
  }

  /** The ids to ask about before doing what `next` says: events get lost. */
  get ids(): string[] {
    return [...this.#sinceMs.keys()]
  }

  /** Something was tried for the line, and no server has said a word since. */
  get isRescuing(): boolean {
    return this.#tried > 0 && this.#sinceMs.size > 0
  }

  /** The next rescue that is due, once each. */
  next(nowMs: number): Rescue | null {
    const step = this.#ladder[this.#tried]
    const oldestMs = Math.min(...this.#sinceMs.values())
    if (!step || nowMs - oldestMs < step[0]) return null
    this.#tried++
    return step[1]
  }

  /** While the page itself says that it is offline there is nothing to find out. */
  offline(nowMs: number): void {
    for (const id of this.#sinceMs.keys()) this.#sinceMs.set(id, nowMs)
    this.#tried = 0
  }
}
