// What WhatsApp's servers and the phones know: phones, linked devices, numbers, the wire. On disk when given a folder.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Deed, Group, LineMessage } from '../frames.ts'
import { MediaStore } from './media.ts'
import type { Page } from './page.ts'
import { DEFAULT_PHONE, DEFAULT_SETTINGS, type PhoneSettings, type Settings } from './settings.ts'

export interface Device {
  id: string
  token: string
  linkedAt: string
  /** Messages this device has not confirmed yet. */
  queue: LineMessage[]
}

export interface Phone {
  number: string
  lid: string
  devices: Device[]
  groups: Group[]
  settings: PhoneSettings
  /** What arrived at this phone, newest last. */
  inbox: LineMessage[]
}

/** What the world knows of a number; by default every number is on WhatsApp. */
export interface NumberFacts {
  registered: boolean
  hasLid: boolean
  /** Pages are told who writes by LID only, as of members of large groups. */
  hidesNumber: boolean
  /** Messages to it are refused with this code (463: new chats refused), or null. */
  refuse: number | null
  name: string | null
}

/** A message that reached the server. */
export interface WireEntry {
  id: string
  /** Digits of the account that sent it. */
  from: string
  /** As the page named it. */
  chat: string
  /** Digits, or a group's id. */
  to: string
  type: string
  text: string
  /** ISO 8601, of the first arrival. */
  at: string
  /** How often this id arrived. The receiver sees it once. */
  arrivals: number
  ack: number
  /** The server's reason when it refused. */
  error: number | null
  /** The highest ack the sender's page has confirmed. */
  ackTold: number
  extra: Record<string, unknown>
}

export interface Happening {
  number: string
  chat: string
  what:
    | 'seen'
    | 'composing'
    | 'recording'
    | 'paused'
    | 'available'
    | 'unavailable'
    | 'dismissed'
    | 'notified'
    | Deed
  /** The message it was done to, and what was said. */
  id?: string
  text?: string
  at: string
}

type Kind = 'phone' | 'number' | 'wire'

export class Memory {
  settings: Settings = DEFAULT_SETTINGS
  phones = new Map<string, Phone>()
  numbers = new Map<string, NumberFacts>()
  wire = new Map<string, WireEntry>()
  happenings: Happening[] = []
  /** By page load. */
  pages = new Map<string, Page>()
  unknownModules = new Set<string>()
  troubles: string[] = []
  /** Counts changes, for whoever watches from afar. */
  version = 0
  #byLid = new Map<string, string>()
  #waiting = new Set<() => void>()
  #journal: string | null = null

  readonly media: MediaStore

  /** With a folder, what a former process kept in it is known again. */
  constructor(dir: string | null) {
    this.media = new MediaStore(dir && join(dir, 'media'))
    const journal = dir && join(dir, 'journal.jsonl')
    if (journal && existsSync(journal)) {
      for (const line of readFileSync(journal, 'utf8').split('\n')) {
        if (line) this.#restore(JSON.parse(line) as [Kind, string, unknown])
      }
    }
    this.#journal = journal
  }

  phone(number: string): Phone {
    const known = this.phones.get(number)
    if (known) return known
    const made: Phone = {
      number,
      lid: this.lid(number),
      devices: [],
      groups: [],
      settings: { ...DEFAULT_PHONE, name: `Phone ${number.slice(-4)}` },
      inbox: [],
    }
    this.phones.set(number, made)
    return made
  }

  facts(number: string): NumberFacts {
    const known = this.numbers.get(number)
    if (known) return known
    const plausible = /^\d{7,15}$/.test(number)
    return { registered: plausible, hasLid: true, hidesNumber: false, refuse: null, name: null }
  }

  /** The phone a device belongs to, while it is linked. */
  ownerOf(deviceId: string | null): { phone: Phone; device: Device } | null {
    if (!deviceId) return null
    for (const phone of this.phones.values()) {
      const device = phone.devices.find((d) => d.id === deviceId)
      if (device) return { phone, device }
    }
    return null
  }

  /** Digits behind `…@lid`, `…@c.us` or plain digits. LIDs are reckoned from numbers, so only known ones come back. */
  numberOf(chat: string): string | null {
    const [user, server] = chat.split('@') as [string, string | undefined]
    if (server !== 'lid') return user
    return this.#byLid.get(user) ?? null
  }

  lid(number: string): string {
    const lid = lidOf(number)
    this.#byLid.set(lid, number)
    return lid
  }

  /** Call after every change: keeps it (when it has a name) and wakes who waits. */
  changed(kind?: Kind, key?: string): void {
    if (kind && key && this.#journal) {
      const value = { phone: this.phones, number: this.numbers, wire: this.wire }[kind].get(key)
      appendFileSync(this.#journal, `${JSON.stringify([kind, key, value])}\n`)
    }
    this.version++
    for (const look of [...this.#waiting]) look()
  }

  /** The first truthy answer of `look`, asked again after every change. Rejects after `timeoutMs`, naming `what`. */
  until<T>(what: string, look: () => T, timeoutMs = 20_000): Promise<NonNullable<T>> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(check)
        reject(new Error(`waited ${timeoutMs} ms for ${what}`))
      }, timeoutMs)
      const check = () => {
        const found = look()
        if (!found) return
        clearTimeout(timer)
        this.#waiting.delete(check)
        resolve(found)
      }
      this.#waiting.add(check)
      check()
    })
  }

  #restore([kind, key, value]: [Kind, string, unknown]): void {
    if (kind === 'phone') this.phones.set(key, value as Phone)
    if (kind === 'number') this.numbers.set(key, value as NumberFacts)
    if (kind === 'wire') this.wire.set(key, value as WireEntry)
    if (kind !== 'wire') this.lid(key)
    if (kind === 'wire') this.lid((value as WireEntry).to)
  }
}

/** Fifteen digits that cannot be taken for the number they stand for. The real ones are not reckoned from anything. */
function lidOf(number: string): string {
  const digits = BigInt(`0x${Bun.hash(number).toString(16)}`) % 10n ** 14n
  return `7${digits.toString().padStart(14, '0')}`
}
