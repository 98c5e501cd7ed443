// The wire: every message that reached the server, its acknowledgements, and what comes in for a phone.
import { randomBytes } from 'node:crypto'
import type { Group, LineMessage } from '../frames.ts'
import { pagesOf } from './connection.ts'
import type { Memory, Phone, WireEntry } from './memory.ts'
import type { Page } from './page.ts'

const LEVELS = { none: 0, server: 1, delivered: 2, read: 3 } as const

/** A page handed a message over. An id that was here before is acknowledged again and reaches nobody twice. */
export async function arrived(memory: Memory, phone: Phone, page: Page, message: LineMessage): Promise<void> {
  const known = memory.wire.get(message.id)
  if (known) {
    known.arrivals++
    memory.changed('wire', known.id)
    if (known.ack !== 0) await tellAck(memory, page, known, known.ack)
    return
  }
  const isGroup = message.chat.endsWith('@g.us')
  const to = isGroup ? message.chat : (memory.numberOf(message.chat) ?? message.chat)
  const entry: WireEntry = {
    id: message.id,
    from: phone.number,
    chat: message.chat,
    to,
    type: message.type,
    text: message.body || String(message.extra.caption ?? ''),
    at: new Date().toISOString(),
    arrivals: 1,
    ack: 0,
    error: null,
    ackTold: 0,
    extra: message.extra,
  }
  memory.wire.set(entry.id, entry)
  memory.changed('wire', entry.id)

  const facts = memory.facts(to)
  if (!isGroup && (facts.refuse !== null || !facts.registered))
    return acknowledge(memory, entry, -1, facts.refuse ?? 404)
  forward(memory, phone, entry, message, isGroup)
  for (let ack = 1; ack <= LEVELS[phone.settings.acks]; ack++) await acknowledge(memory, entry, ack)
}

/** Moves a message's ack; it only goes forward, except for a refusal. The sender's pages are told. */
export async function acknowledge(
  memory: Memory,
  entry: WireEntry,
  ack: number,
  error: number | null = null,
): Promise<void> {
  if (ack > 0 && ack <= entry.ack) return
  entry.ack = ack
  entry.error = error
  memory.changed('wire', entry.id)
  const phone = memory.phones.get(entry.from)
  for (const page of phone ? pagesOf(memory, phone) : []) await tellAck(memory, page, entry, ack)
}

/** A page that is away hears it with its next line. */
export async function tellAck(memory: Memory, page: Page, entry: WireEntry, ack: number): Promise<void> {
  await page
    .order('ack', { id: entry.id, ack, error: entry.error })
    .then(() => {
      entry.ackTold = ack
      memory.changed('wire', entry.id)
    })
    .catch(() => {})
}

export interface Delivery {
  /** Digits. */
  from: string
  text: string
  type?: string
  /** A group's id; without it the chat is the sender's own. */
  group?: string
  id?: string
  name?: string
  /** A picture, a document, …: `type` says how it is shown, `text` is its caption. */
  media?: { base64: string; mimetype: string; filename?: string }
  extra?: Record<string, unknown>
}

/** Somebody writes to this phone. Returns the bare id; pages that are away get it with their next line. */
export async function deliver(memory: Memory, phone: Phone, delivery: Delivery): Promise<{ id: string }> {
  // Ids of Android phones are longer than those of web clients.
  const id = delivery.id ?? randomBytes(16).toString('hex').toUpperCase()
  if (delivery.name)
    memory.numbers.set(delivery.from, { ...memory.facts(delivery.from), name: delivery.name })
  const message: LineMessage = {
    id,
    chat: delivery.group ?? `${delivery.from}@c.us`,
    author: delivery.from,
    type: delivery.type ?? (delivery.media ? kindOf(delivery.media.mimetype) : 'chat'),
    body: delivery.media ? '' : delivery.text,
    t: Math.floor(Date.now() / 1000),
    extra: {
      notifyName: memory.facts(delivery.from).name ?? '',
      ...(delivery.media && (await mediaFields(memory, delivery.media, delivery.text))),
      ...delivery.extra,
    },
  }
  await reach(memory, phone, message)
  return { id }
}

async function mediaFields(
  memory: Memory,
  { base64, mimetype, filename }: NonNullable<Delivery['media']>,
  caption: string,
): Promise<Record<string, unknown>> {
  const bytes = new Uint8Array(Buffer.from(base64, 'base64'))
  const { directPath, filehash } = await memory.media.keep({ bytes, type: mimetype })
  return {
    directPath,
    filehash,
    encFilehash: filehash,
    mediaKey: filehash,
    mimetype,
    size: bytes.length,
    caption,
    filename,
  }
}

function kindOf(mimetype: string): string {
  const kind = mimetype.split('/')[0]!
  return ['image', 'video', 'audio'].includes(kind) ? kind : 'document'
}

export async function tellIncoming(memory: Memory, page: Page, message: LineMessage): Promise<void> {
  const facts = memory.facts(message.author)
  const lid = facts.hasLid ? memory.lid(message.author) : null
  const told = lid && facts.hidesNumber ? byLidOnly(message, `${lid}@lid`) : { message, lid }
  await page.order('incoming', { ...told, name: facts.name }).catch(() => {})
}

function byLidOnly(message: LineMessage, lid: string): { message: LineMessage; lid: null } {
  const chat = message.chat.endsWith('@g.us') ? message.chat : lid
  return { message: { ...message, chat, author: lid }, lid: null }
}

export async function addGroup(
  memory: Memory,
  phone: Phone,
  subject: string,
  members: string[],
  announce: boolean,
): Promise<Group> {
  const group: Group = {
    id: `1203630${randomBytes(5).readUIntBE(0, 5).toString().padStart(11, '0').slice(-11)}@g.us`,
    subject,
    members: [phone.number, ...members],
    announce,
  }
  for (const member of group.members) {
    if (member !== phone.number && !memory.phones.has(member)) continue
    const theirs = memory.phone(member)
    theirs.groups.push(group)
    memory.changed('phone', member)
    for (const page of pagesOf(memory, theirs)) await page.order('group', { group }).catch(() => {})
  }
  return group
}

/** What one linked account sends to a number whose phone is in this world too arrives there. */
function forward(
  memory: Memory,
  from: Phone,
  entry: WireEntry,
  message: LineMessage,
  isGroup: boolean,
): void {
  const group = isGroup ? from.groups.find((g) => g.id === entry.to) : null
  const receivers = group ? group.members.filter((m) => m !== from.number) : [entry.to]
  for (const number of receivers) {
    const phone = memory.phones.get(number)
    if (!phone) continue
    const chat = group ? group.id : `${from.number}@c.us`
    void reach(memory, phone, {
      ...message,
      chat,
      author: from.number,
      extra: { notifyName: from.settings.name },
    })
  }
}

async function reach(memory: Memory, phone: Phone, message: LineMessage): Promise<void> {
  phone.inbox.push(message)
  for (const device of phone.devices) device.queue.push(message)
  memory.changed('phone', phone.number)
  for (const page of pagesOf(memory, phone)) if (page.isOpen) await tellIncoming(memory, page, message)
}
