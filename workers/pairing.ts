// Pairing codes of one run: asked for no more often than WhatsApp grants them.

import { detailOf, within } from './deadline.ts'

const LIFE_MS = 180_000
const GAP_MS = 60_000
const PER_HOUR = 5
const HOUR_MS = 3_600_000
const ANSWER_MS = 30_000

export class PairingError extends Error {
  override name = 'PairingError'

  constructor(
    readonly code: 'rate_limited' | 'refused_by_whatsapp',
    message: string,
  ) {
    super(message)
  }
}

export class Pairing {
  #request: (phone: string) => Promise<string>
  #askedAtMs: number[] = []
  #expiresAtMs = 0
  /** The last request got no code. */
  wasRefused = false

  constructor(request: (phone: string) => Promise<string>) {
    this.#request = request
  }

  get wasAsked(): boolean {
    return this.#askedAtMs.length > 0
  }

  hasGood(nowMs: number): boolean {
    return nowMs < this.#expiresAtMs
  }

  /** `phone` in digits. Rejects with `PairingError`, or as the page call does. */
  async ask(phone: string, nowMs: number): Promise<{ code: string; expiresAt: string }> {
    if (!/^\d{7,15}$/.test(phone))
      throw new PairingError('refused_by_whatsapp', 'a phone number in digits is needed')
    this.#askedAtMs = this.#askedAtMs.filter((at) => at > nowMs - HOUR_MS)
    const last = this.#askedAtMs.at(-1) ?? 0
    if (nowMs - last < GAP_MS || this.#askedAtMs.length >= PER_HOUR) {
      throw new PairingError('rate_limited', 'one code a minute and five an hour')
    }
    this.#askedAtMs.push(nowMs)
    const code = await within(ANSWER_MS, 'pairing code', this.#request(phone)).catch((error) => {
      const detail = detailOf(error)
      this.wasRefused = true
      const isRate = /rate|overlimit|429/i.test(detail)
      throw new PairingError(isRate ? 'rate_limited' : 'refused_by_whatsapp', detail)
    })
    this.wasRefused = false
    this.#expiresAtMs = Date.now() + LIFE_MS
    return { code, expiresAt: new Date(this.#expiresAtMs).toISOString() }
  }
}
