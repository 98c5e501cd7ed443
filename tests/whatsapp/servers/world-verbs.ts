// What a test may do to the servers as a whole: settings, numbers, the wire, pages that are nobody's yet.
import type { SocketState } from '../frames.ts'
import type { Memory, NumberFacts, WireEntry } from './memory.ts'
import type { Page } from './page.ts'
import { changed, type Settings, type SettingsChange } from './settings.ts'

export interface PageSummary {
  load: string
  openedAt: string
  open: boolean
  state: SocketState
  synced: boolean
  /** Digits of the phone it is linked to. */
  number: string | null
  /** What its QR says at the moment, null when it shows none. */
  qr: string | null
  /** A pairing code it shows, and the number it is for. */
  code: string | null
  codeFor: string | null
  passkeyAsked: boolean
  /** How many lines it has had so far: one more with every reconnect. */
  lines: number
}

export interface PageWish {
  /** Newer than this page load. */
  after?: string
  number?: string
  state?: SocketState
  synced?: boolean
  passkeyAsked?: boolean
  /** At least so many. */
  lines?: number
}

export interface WireWish {
  id?: string
  from?: string
  to?: string
  text?: string
  /** At least this ack. */
  ack?: number
  arrivals?: number
}

export function worldVerbs(memory: Memory) {
  return {
    settings: (): Settings => memory.settings,
    set(change: SettingsChange): Settings {
      memory.settings = changed(memory.settings, change)
      memory.changed()
      return memory.settings
    },
    /** Says what is so about a number; without `facts` only tells. */
    number(number: string, facts: Partial<NumberFacts> = {}): NumberFacts {
      memory.numbers.set(number, { ...memory.facts(number), ...facts })
      memory.changed('number', number)
      return memory.facts(number)
    },
    /** How many changes there were; with `after`, waits for more, but no longer than `timeoutMs`. */
    version: (after = -1, timeoutMs = 20_000): Promise<number> =>
      memory
        .until('a change', () => memory.version > after, timeoutMs)
        .then(
          () => memory.version,
          () => memory.version,
        ),
    /** Phones that were named so far, with how many devices each has linked. */
    phones: (): { number: string; name: string; devices: number; acks: string }[] =>
      [...memory.phones.values()].map(({ number, settings, devices }) => ({
        number,
        name: settings.name,
        devices: devices.length,
        acks: settings.acks,
      })),
    /** Names by number, as far as `number` gave any. */
    people: (): Record<string, string> =>
      Object.fromEntries([...memory.numbers].flatMap(([number, { name }]) => (name ? [[number, name]] : []))),
    pages: (): PageSummary[] => [...memory.pages.values()].map((page) => summary(memory, page)),
    /** The newest page that answers the wish; waits for one. */
    waitForPage: (wish: PageWish = {}, timeoutMs?: number): Promise<PageSummary> =>
      memory.until(`a page ${JSON.stringify(wish)}`, () => findPage(memory, wish), timeoutMs),
    /** The text of a QR that some page shows now (of one page, when named); waits for one. */
    waitForQr: (load?: string, timeoutMs?: number): Promise<string> =>
      memory.until(
        'a QR',
        () =>
          [...memory.pages.values()]
            .filter((p) => !load || p.load === load)
            .map(qrOf)
            .find(Boolean),
        timeoutMs,
      ),
    /** Every message that reached the server and answers the wish, oldest first. */
    wire: (wish: WireWish = {}): WireEntry[] =>
      [...memory.wire.values()].filter((entry) => answers(entry, wish)),
    waitForWire: (wish: WireWish, timeoutMs?: number): Promise<WireEntry> =>
      memory.until(
        `a message ${JSON.stringify(wish)} on the wire`,
        () => [...memory.wire.values()].find((entry) => answers(entry, wish)),
        timeoutMs,
      ),
    /** What was uploaded with a message on the wire. */
    async media(id: string): Promise<{ base64: string; mimetype: string; filename: string | null } | null> {
      const extra = memory.wire.get(id)?.extra ?? {}
      const medium = extra.directPath ? await memory.media.get(String(extra.directPath).slice(3)) : null
      if (!medium) return null
      const filename = typeof extra.filename === 'string' ? extra.filename : null
      return { base64: Buffer.from(medium.bytes).toString('base64'), mimetype: medium.type, filename }
    },
    /** Modules the library asked for and this page does not have. Empty for everything the README calls covered. */
    unknownModules: (): string[] => [...memory.unknownModules],
    troubles: (): string[] => memory.troubles,
  }
}

function findPage(memory: Memory, wish: PageWish): PageSummary | undefined {
  const after = wish.after ? [...memory.pages.keys()].indexOf(wish.after) : -1
  return [...memory.pages.values()]
    .slice(after + 1)
    .map((page) => summary(memory, page))
    .findLast(
      (page) =>
        page.open &&
        (wish.number === undefined || page.number === wish.number) &&
        (wish.state === undefined || page.state === wish.state) &&
        (wish.synced === undefined || page.synced === wish.synced) &&
        (wish.lines === undefined || page.lines >= wish.lines) &&
        (wish.passkeyAsked === undefined || page.passkeyAsked === wish.passkeyAsked),
    )
}

function summary(memory: Memory, page: Page): PageSummary {
  return {
    load: page.load,
    openedAt: page.openedAt,
    open: page.isOpen,
    state: page.state,
    synced: page.synced,
    number: memory.ownerOf(page.device)?.phone.number ?? null,
    qr: qrOf(page),
    code: page.offer?.code ?? null,
    codeFor: page.offer?.phone ?? null,
    passkeyAsked: page.passkey !== null,
    lines: page.lines,
  }
}

function qrOf(page: Page): string | null {
  if (!page.isOpen || !page.ref || !page.keys) return null
  return [page.ref.text, page.keys.static, page.keys.identity, page.keys.adv, '1'].join(',')
}

function answers(entry: WireEntry, wish: WireWish): boolean {
  return (
    (wish.id === undefined || entry.id === wish.id) &&
    (wish.from === undefined || entry.from === wish.from) &&
    (wish.to === undefined || entry.to === wish.to) &&
    (wish.text === undefined || entry.text === wish.text) &&
    (wish.ack === undefined || entry.ack >= wish.ack) &&
    (wish.arrivals === undefined || entry.arrivals >= wish.arrivals)
  )
}
