// The QR codes of one link: which are worth showing, until when each is good, and when there were enough. Pure.

/** WhatsApp gives the first a minute and each later one 20 s; after the sixth it wants to be asked again. */
const FIRST_LIFE_MS = 60_000
const LATER_LIFE_MS = 20_000
const MOST = 6

export class QrRound {
  #shown: string[] = []
  /** Milliseconds since 1970; 0 before the first. */
  expiresAtMs = 0

  /** Takes the next text; null for one that must not be shown, `over` when six have been. */
  take(text: string, nowMs: number): { text: string; expiresAt: string } | 'over' | null {
    // With its first field empty (said after pairing by some builds) it cannot be scanned.
    if (!/^[^,]{10,},/.test(text) || /^(undefined|null),/.test(text) || this.#shown.includes(text))
      return null
    if (this.#shown.length >= MOST) return 'over'
    this.#shown.push(text)
    this.expiresAtMs = nowMs + (this.#shown.length === 1 ? FIRST_LIFE_MS : LATER_LIFE_MS)
    return { text, expiresAt: new Date(this.expiresAtMs).toISOString() }
  }

  hasGood(nowMs: number): boolean {
    return nowMs < this.expiresAtMs
  }

  /** All six shown, and the page has stopped (`idle`) or the last is past its time. */
  isOver(nowMs: number, idle: boolean): boolean {
    return this.#shown.length >= MOST && (idle || !this.hasGood(nowMs))
  }
}
