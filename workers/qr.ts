// The QR codes of one link: which are worth showing, until when each is good, and when there were enough. Pure.

import { DEADLINES, type Deadlines } from './deadlines.ts'

/** After so many WhatsApp wants to be asked again. */
const MOST = 6

export class QrRound {
  #shown: string[] = []
  /** Milliseconds since 1970; 0 before the first. */
  expiresAtMs = 0
  #deadlines: Deadlines

  constructor(deadlines: Deadlines = DEADLINES) {
    this.#deadlines = deadlines
  }

  /** Takes the next text; null for one that must not be shown, `over` when six have been. */
  take(text: string, nowMs: number): { text: string; expiresAt: string } | 'over' | null {
    // With its first field empty (said after pairing by some builds) it cannot be scanned.
    if (!/^[^,]{10,},/.test(text) || /^(undefined|null),/.test(text) || this.#shown.includes(text))
      return null
    if (this.#shown.length >= MOST) return 'over'
    this.#shown.push(text)
    const { qrFirstMs, qrLaterMs } = this.#deadlines
    this.expiresAtMs = nowMs + (this.#shown.length === 1 ? qrFirstMs : qrLaterMs)
    return { text, expiresAt: new Date(this.expiresAtMs).toISOString() }
  }

  hasGood(nowMs: number): boolean {
    return nowMs < this.expiresAtMs
  }

  /** The one on show has died, and nothing came after it. */
  isLate(nowMs: number): boolean {
    return this.expiresAtMs > 0 && nowMs > this.expiresAtMs + this.#deadlines.qrLateMs
  }

  /** All six shown, and the page has stopped (`idle`) or the last is past its time. */
  isOver(nowMs: number, idle: boolean): boolean {
    return this.#shown.length >= MOST && (idle || !this.hasGood(nowMs))
  }
}
