// Ids of people, chats and messages (`Wid`, `MsgKey`) in the spelling of the build at hand.
import type { PageStart } from '../frames.ts'

declare global {
  var standInStart: PageStart
}

const { spelling } = globalThis.standInStart.build

/** `4915…@c.us`, `…@lid`, `…@g.us`, `status@broadcast`. */
export class Wid {
  [name: string]: unknown
  declare server: string
  declare user: string

  constructor(user: string, server: string) {
    this.server = server
    this.user = user
    this[spelling] = `${user}@${server}`
  }

  toString(): string {
    return `${this.user}@${this.server}`
  }

  /** Addresses of people are spelled `@s.whatsapp.net` on the real line. */
  toJid(): string {
    return this.server === 'c.us' ? `${this.user}@s.whatsapp.net` : this.toString()
  }

  equals(other: unknown): boolean {
    return String(other) === this.toString()
  }

  isUser(): boolean {
    return this.server === 'c.us' || this.server === 'lid'
  }

  isRegularUser(): boolean {
    return this.isUser()
  }

  isLid(): boolean {
    return this.server === 'lid'
  }

  isGroup(): boolean {
    return this.server === 'g.us'
  }

  isNewsletter(): boolean {
    return this.server === 'newsletter'
  }

  isBroadcast(): boolean {
    return this.server === 'broadcast'
  }

  isStatus(): boolean {
    return this.toString() === 'status@broadcast'
  }

  isBot(): boolean {
    return false
  }
}

/** From `user@server` text or anything that carries `user` and `server`. Throws as the real factory does. */
export function createWid(from: unknown): Wid {
  if (from instanceof Wid) return from
  if (typeof from === 'object' && from !== null && 'user' in from && 'server' in from) {
    return new Wid(String(from.user), String(from.server))
  }
  const match = /^([^@\s]+)@([a-z.]+)$/.exec(String(from))
  if (!match) throw new Error(`wid error: invalid wid: ${JSON.stringify(from)}`)
  const [user, server] = [match[1]!, match[2]!]
  return new Wid(user.replace(/:\d+$/, ''), server === 's.whatsapp.net' ? 'c.us' : server)
}

export function createUserWid(user: string, server = 'c.us'): Wid {
  return new Wid(user, server)
}

export function asUserWidOrThrow(wid: unknown): Wid {
  const user = createWid(wid)
  if (!user.isUser()) throw new Error(`asUserWidOrThrow: ${user} is no user`)
  return user
}

interface MsgKeyParts {
  id: string
  fromMe?: boolean
  remote?: unknown
  from?: unknown
  to?: unknown
  participant?: unknown
  selfDir?: 'in' | 'out'
}

/** `true_4915…@c.us_3EB0…`, with `_participant` in groups. */
export class MsgKey {
  [name: string]: unknown
  declare fromMe: boolean
  declare remote: Wid
  declare id: string
  declare participant: Wid | undefined

  constructor(parts: MsgKeyParts) {
    const out = parts.selfDir === 'out'
    this.fromMe = parts.fromMe ?? out
    this.remote = createWid(parts.remote ?? (out ? parts.to : parts.from))
    this.id = parts.id
    if (parts.participant) this.participant = createWid(parts.participant)
    this[spelling] = this.toString()
  }

  toString(): string {
    const tail = this.participant ? `_${this.participant}` : ''
    return `${this.fromMe}_${this.remote}_${this.id}${tail}`
  }

  equals(other: unknown): boolean {
    return String(other) === this.toString()
  }

  /** A web client's own ids: `3EB0` and 18 upper-case hex digits. */
  static async newId(): Promise<string> {
    const bytes = crypto.getRandomValues(new Uint8Array(9))
    return `3EB0${[...bytes]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase()}`
  }

  static fromString(text: string): MsgKey {
    const [fromMe, remote, id, participant] = text.split('_')
    if (!id || !remote || (fromMe !== 'true' && fromMe !== 'false')) throw new Error(`MsgKey: ${text}`)
    return new MsgKey({ fromMe: fromMe === 'true', remote, id, participant })
  }
}
