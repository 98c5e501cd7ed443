// Whether numbers are on WhatsApp and under which chat id, remembered for a while.

interface Known {
  chatId: string | null
  untilMs: number
}

const REGISTERED_MS = 24 * 3_600_000
/** Short: somebody may install WhatsApp because they were told to. */
const ABSENT_MS = 10 * 60_000
const MOST = 20_000

export class Numbers {
  #known = new Map<string, Known>()
  #ask: (digits: string) => Promise<string | null>

  /** `ask` looks a number up in the page and rejects when it cannot. */
  constructor(ask: (digits: string) => Promise<string | null>) {
    this.#ask = ask
  }

  /** Chat id, or null for a number that is not on WhatsApp. Rejects as `ask` does. */
  async resolve(digits: string): Promise<string | null> {
    const known = this.#known.get(digits)
    if (known && known.untilMs > Date.now()) return known.chatId

    const chatId = await this.#ask(digits)
    if (this.#known.size >= MOST) this.#known.delete(this.#known.keys().next().value ?? '')
    this.#known.set(digits, { chatId, untilMs: Date.now() + (chatId ? REGISTERED_MS : ABSENT_MS) })
    return chatId
  }

  /** A new page load knows nobody: it has to look up again before it can open a chat. */
  forget(): void {
    this.#known.clear()
  }
}
