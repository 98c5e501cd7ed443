// What a phone can do, and what can befall it: scan, write, acknowledge, log a device out, lose its line.
import { randomUUID } from 'node:crypto'
import type { LineMessage, SocketState } from '../frames.ts'
import { connected, cutLines, pagesOf } from './connection.ts'
import { enterCode, scan, unlink } from './linking.ts'
import type { Happening, Memory, WireEntry } from './memory.ts'
import type { Page } from './page.ts'
import { pageOf } from './page-verbs.ts'
import type { PhoneSettings } from './settings.ts'
import { acknowledge, addGroup, type Delivery, deliver } from './wire.ts'

const NO_LIMIT_MS = 2 ** 31 - 1

export function phoneVerbs(memory: Memory) {
  const connectPage = async (page: Page) => {
    const owner = memory.ownerOf(page.device)
    if (owner) await connected(memory, page, owner.phone, owner.device)
  }
  return {
    /** Resolves once the page has its credentials on disk. */
    scan: (number: string, qr: string) => scan(memory, number, qr),
    enterCode: (number: string, code: string) => enterCode(memory, number, code),
    /** Answers the passkey prompt that a scan has led to (`set({ passkey: true })`). */
    async answerPasskey(number: string, allowed: boolean): Promise<void> {
      const page = await memory.until('a passkey prompt', () =>
        [...memory.pages.values()].find((p) => p.passkey),
      )
      page.passkey!(allowed)
      if (allowed) await memory.until('the link', () => memory.phone(number).devices.length > 0)
    },
    settings: (number: string): PhoneSettings => memory.phone(number).settings,
    /** Takes effect on live pages too: `ackEvents`, `state` and `line`. */
    async set(number: string, change: Partial<PhoneSettings>): Promise<PhoneSettings> {
      const phone = memory.phone(number)
      const before = phone.settings
      phone.settings = { ...before, ...change }
      memory.changed('phone', number)
      for (const page of pagesOf(memory, phone).filter((p) => p.isOpen)) {
        if (change.ackEvents !== undefined) await page.order('ackEvents', { on: change.ackEvents })
        if (change.state) await page.order('state', { state: change.state })
        if (change.state === null && before.state !== null) await connectPage(page)
        if (change.line === 'deaf') page.deaf = 'load'
      }
      if (change.line === 'down' || (change.line === 'up' && before.line !== 'up')) cutLines(memory, phone)
      return phone.settings
    },
    devices: (number: string): { id: string; linkedAt: string }[] =>
      memory.phone(number).devices.map(({ id, linkedAt }) => ({ id, linkedAt })),
    /** Logs out every device from the phone. Pages that are away hear it when they come back. */
    async logoutDevices(number: string): Promise<void> {
      const phone = memory.phone(number)
      for (const device of [...phone.devices]) await unlink(memory, phone, device, true)
    },
    waitForLinked: (number: string, timeoutMs?: number): Promise<boolean> =>
      memory.until(`${number} to be linked`, () => memory.phone(number).devices.length > 0, timeoutMs),
    waitForUnlinked: (number: string, timeoutMs?: number): Promise<boolean> =>
      memory.until(`${number} to be unlinked`, () => memory.phone(number).devices.length === 0, timeoutMs),
    /** A page of this phone in this state. */
    waitForState: (number: string, state: SocketState, timeoutMs?: number): Promise<boolean> =>
      memory.until(
        `${number} to be ${state}`,
        () => pagesOf(memory, memory.phone(number)).some((page) => page.isOpen && page.state === state),
        timeoutMs,
      ),
    waitForSynced: (number: string, timeoutMs?: number): Promise<boolean> =>
      memory.until(
        `${number} to be synced`,
        () => pagesOf(memory, memory.phone(number)).some((page) => page.isOpen && page.synced),
        timeoutMs,
      ),

    /** The sync that `set({ sync: 'held' })` held back; the setting becomes `listened`. */
    async sync(number: string): Promise<void> {
      const phone = memory.phone(number)
      phone.settings.sync = 'listened'
      memory.changed('phone', number)
      for (const page of pagesOf(memory, phone))
        if (page.isOpen) await page.order('sync', { how: 'listened' })
    },
    /** "Synced" once more, `times` over: the library fires `ready` for each. */
    resync: (number: string, times = 1): Promise<void> => pageOf(memory, number).order('resync', { times }),

    /** Somebody writes to this phone. Resolves when every page that is there has it. */
    deliver: (number: string, delivery: Delivery): Promise<{ id: string }> =>
      deliver(memory, memory.phone(number), delivery),
    /** The sender changes or takes back what was delivered before. Every page that is there has it afterwards. */
    editDelivered: (number: string, id: string, text: string): Promise<void> =>
      pageOf(memory, number).order('change', { id, change: { kind: 'edit', text } }),
    revokeDelivered: (number: string, id: string): Promise<void> =>
      pageOf(memory, number).order('change', { id, change: { kind: 'revoke' } }),
    /** Somebody reacts to a message of either side; an empty text takes it back. */
    react: (number: string, id: string, from: string, text: string): Promise<void> =>
      pageOf(memory, number).order('reaction', { id, from, text }),
    call: (number: string, from: string, isVideo = false): Promise<void> =>
      pageOf(memory, number).order('call', { id: randomUUID(), from, isVideo }),
    inbox: (number: string): LineMessage[] => memory.phone(number).inbox,
    waitForInbox: (number: string, text: string, timeoutMs?: number): Promise<LineMessage> =>
      memory.until(
        `"${text}" to arrive at ${number}`,
        () => memory.phone(number).inbox.find((message) => message.body === text),
        timeoutMs,
      ),
    /** 1 server, 2 device, 3 read, 4 played, −1 refused (with `error`). Resolves when pages that are there know it. */
    async ack(_number: string, id: string, ack: number, error: number | null = null): Promise<WireEntry> {
      const entry = memory.wire.get(id)
      if (!entry) throw new Error(`no message ${id} on the wire`)
      await acknowledge(memory, entry, ack, error)
      return entry
    },
    addGroup: (number: string, subject: string, members: string[], announce = false) =>
      addGroup(memory, memory.phone(number), subject, members, announce),

    /** Cuts the line of every page of this phone and lets none back until `restoreLine`. */
    async dropLine(number: string): Promise<void> {
      const phone = memory.phone(number)
      phone.settings.line = 'down'
      memory.changed('phone', number)
      cutLines(memory, phone)
      await memory.until('the line to be down', () => !pagesOf(memory, phone).some((page) => page.isOpen))
    },
    async restoreLine(number: string): Promise<void> {
      const phone = memory.phone(number)
      phone.settings.line = 'up'
      memory.changed('phone', number)
      const pages = pagesOf(memory, phone)
      for (const page of pages) page.deaf = 'no'
      cutLines(memory, phone)
    },
    /** The line stays open and nothing gets through any more: until the page reconnects, reloads, or `restoreLine`. */
    async halfOpen(number: string, heals: 'reconnect' | 'reload' | 'never' = 'reconnect'): Promise<void> {
      const phone = memory.phone(number)
      if (heals === 'never') phone.settings.line = 'deaf'
      for (const page of pagesOf(memory, phone)) page.deaf = heals === 'reconnect' ? 'line' : 'load'
      memory.changed('phone', number)
    },
    /** WhatsApp Web was opened elsewhere: CONFLICT, until this page takes over or is loaded anew. */
    openElsewhere: (number: string): Promise<void> =>
      pageOf(memory, number).order('state', { state: 'CONFLICT' }),

    /** Seen, typing, presence, dismissed dialogs, notifications of a pairing code: in the order they were heard. */
    happenings: (number: string): Happening[] => memory.happenings.filter((h) => h.number === number),
    waitForHappening: (
      number: string,
      what: Happening['what'],
      timeoutMs: number = NO_LIMIT_MS,
    ): Promise<Happening> =>
      memory.until(
        `${what} at ${number}`,
        () => memory.happenings.find((h) => h.number === number && h.what === what),
        timeoutMs,
      ),
  }
}
