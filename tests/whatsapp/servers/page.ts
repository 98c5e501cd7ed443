// One page load as the servers see it: its line, its state, its refs, and the orders it has to confirm.
import type { ServerWebSocket } from 'bun'
import type { FromPage, OrderName, Orders, SocketState, ToPage } from '../frames.ts'

export interface LineData {
  load: string
  device: string | null
  token: string | null
  /** The TCP port at the browser's end: the way to its process. */
  peerPort: number
}
export type Line = ServerWebSocket<LineData>

export interface PairingOffer {
  phone: string
  code: string
  until: number
}

export class Page {
  readonly load: string
  readonly openedAt = new Date().toISOString()
  line: Line | null = null
  peerPort = 0
  /** How many lines this page load has had. */
  lines = 0
  /** The device it has proved to be, or null. */
  device: string | null = null
  keys: { static: string; identity: string; adv: string } | null = null
  /** As the page last reported it. */
  state: SocketState = 'UNLAUNCHED'
  synced = false
  ref: { text: string; until: number } | null = null
  refTimer: Timer | null = null
  /** Runs out when "What's new" is left standing. */
  patience: Timer | null = null
  offer: PairingOffer | null = null
  /** Nothing gets through on lines of this page load, or only on this one line. */
  deaf: 'no' | 'line' | 'load' = 'no'
  /** Set while a scan waits for a passkey. */
  passkey: ((allowed: boolean) => void) | null = null
  #orders = new Map<number, { resolve: () => void; reject: (error: Error) => void }>()
  #lastToken = 0

  constructor(load: string) {
    this.load = load
  }

  get isOpen(): boolean {
    return this.line !== null
  }

  /** Resolves when the page has done it; rejects when it could not or went away. */
  order<N extends OrderName>(name: N, args: Orders[N]): Promise<void> {
    const token = ++this.#lastToken
    return new Promise((resolve, reject) => {
      this.#orders.set(token, { resolve, reject })
      if (this.say({ kind: 'order', token, name, args })) return
      this.#orders.delete(token)
      reject(new Error(`the page has no line (${name})`))
    })
  }

  say(frame: ToPage): boolean {
    if (!this.line || this.deaf !== 'no') return false
    this.line.send(JSON.stringify(frame))
    return true
  }

  confirmed({ token, error }: Extract<FromPage, { kind: 'done' }>): void {
    const order = this.#orders.get(token)
    this.#orders.delete(token)
    if (error) order?.reject(new Error(error))
    else order?.resolve()
  }

  lost(): void {
    this.line = null
    if (this.refTimer) clearTimeout(this.refTimer)
    this.refTimer = null
    if (this.patience) clearTimeout(this.patience)
    this.ref = null
    for (const order of this.#orders.values()) order.reject(new Error('the page went away'))
    this.#orders.clear()
  }
}
