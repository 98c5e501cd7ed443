// Makes of a request what the message is: its kind, its text and what it carries, every part checked.
import type { AsPerson } from '../database/tenancy.ts'
import { type FileSource, findFile, noteFileUsed, type StoredFile, type Upload } from '../files/store.ts'
import { Problem } from '../http/problem.ts'
import { kindOf, whyNotAs } from '../rules/file-type.ts'
import type { Card, FileKind, MessageContent, Place, SendKind } from '../rules/message-content.ts'
import { explainRecipient, parseRecipient, type Recipient } from '../rules/phone.ts'
import { writeVcard } from '../rules/vcard.ts'
import { findMessage, type Message } from './store.ts'

/** What a request may carry besides number and text; at most one of file, location, contacts and poll. */
export interface Carried {
  file_id?: string | undefined
  file_url?: string | undefined
  file_name?: string | undefined
  as?: FileKind | undefined
  location?:
    | { latitude: number; longitude: number; name?: string; address?: string; url?: string }
    | undefined
  contacts?: { name: string; numbers?: string[]; vcard?: string }[] | undefined
  poll?: { question: string; options: string[]; multiple?: boolean } | undefined
  reply_to?: string | undefined
  mentions?: string[] | undefined
  /** Kept with it for the Cloud API's dialect. */
  cloud?: MessageContent['cloud']
  /** A file that came with the request. */
  upload?: Upload | undefined
}

/** A message as it is queued. */
export interface Composed {
  kind: SendKind
  text: string
  content: MessageContent
  fileId: string | null
  /** The account of the message that is answered, or null. */
  accountId: string | null
  /** It was not accepted: what was kept for it goes again. */
  undo(): Promise<void>
}

export interface ComposeParts {
  asPerson: AsPerson
  files: FileSource
  defaultCountry: string | null
}

export interface ComposeFrom {
  userId: string
  accountIds: string[] | null
}

/** WhatsApp's own limit for a text, in UTF-16 code units. */
const MAX_TEXT = 65_536
const MAX_MENTIONS = 256
const NOTHING = async () => {}

/** Throws a `Problem` and leaves nothing behind. The file is fetched last: everything else is right by then. */
export async function composeMessage(
  parts: ComposeParts,
  { message, ...carried }: Carried & { message: string },
  recipient: Recipient,
  from: ComposeFrom,
): Promise<Composed> {
  if (message.length > MAX_TEXT) throw new Problem('message_too_long')
  const found = ['file_id', 'file_url', 'upload', 'location', 'contacts', 'poll'] as const
  const given = found.filter((name) => carried[name] !== undefined)
  if (given.length > 1) {
    throw new Problem('too_much_carried', `Send ${given.join(' and ')} as messages of their own.`)
  }
  const mentions = readMentions(carried.mentions, parts.defaultCountry)
  const quoted = carried.reply_to ? await findQuoted(parts, carried.reply_to, recipient, from) : null
  const shared: MessageContent = {
    ...(mentions.length > 0 && { mentions }),
    ...(quoted && { quoted: quoted.whatsapp_id as string, quoted_id: quoted.id }),
    ...(carried.cloud && { cloud: carried.cloud }),
  }
  const base = { text: message, fileId: null, accountId: quoted?.account_id ?? null, undo: NOTHING }
  const special = readSpecial(carried, parts.defaultCountry)
  if (special) {
    if (message.trim() !== '') throw new Problem('text_not_possible')
    return { ...base, text: '', kind: special.kind, content: { ...shared, ...special.content } }
  }
  if (given.length === 0) {
    if (carried.as || carried.file_name) throw new Problem('file_missing')
    if (message.trim() === '') throw new Problem('message_empty')
    return { ...base, kind: 'text', content: shared }
  }
  const { file, undo } = await takeFile(parts, carried, from)
  try {
    const { kind, content } = describeFile(file, carried, message)
    return { ...base, kind, fileId: file.id, undo, content: { ...shared, file: content } }
  } catch (error) {
    await undo()
    throw error
  }
}

/** The same message again, as it lies in the table. */
export function recompose({ kind, message_body, content, file_id, account_id }: Message): Composed {
  if (content.file && !file_id) throw new Problem('file_not_found', 'The file of this message was removed.')
  return {
    kind: kind as SendKind,
    text: message_body,
    content,
    fileId: file_id,
    accountId: account_id,
    undo: NOTHING,
  }
}

async function takeFile(
  { asPerson, files }: ComposeParts,
  { file_id, file_url, upload }: Carried,
  { userId, accountIds }: ComposeFrom,
): Promise<{ file: StoredFile; undo: () => Promise<void> }> {
  if (file_id) {
    const file = await asPerson(userId, async (tx) => {
      const found = await findFile(tx, userId, file_id, accountIds)
      if (found) await noteFileUsed(tx, userId, file_id)
      return found
    })
    if (!file) throw new Problem('file_not_found')
    return { file, undo: NOTHING }
  }
  const file = upload ? await files.keep(userId, upload) : await files.fetch(userId, file_url as string)
  return { file, undo: () => files.remove(userId, file.id) }
}

function describeFile({ name, mime_type, size_bytes }: StoredFile, { as, file_name }: Carried, text: string) {
  const kind = as ?? kindOf(mime_type)
  const wrong = whyNotAs(kind, mime_type)
  if (wrong) throw new Problem('file_type_wrong', wrong)
  const hasNoWords = kind === 'sticker' || kind === 'voice' || kind === 'audio'
  if (hasNoWords && text.trim() !== '') throw new Problem('text_not_possible')
  return { kind, content: { name: file_name ?? name, mime_type, size_bytes: Number(size_bytes) } }
}

async function findQuoted(
  { asPerson }: ComposeParts,
  id: string,
  { number, chatId }: Recipient,
  { userId, accountIds }: ComposeFrom,
): Promise<Message> {
  const message = await asPerson(userId, (tx) => findMessage(tx, userId, id))
  if (!message || (accountIds && !accountIds.includes(message.account_id ?? ''))) {
    throw new Problem('message_not_found', 'You have no message with the id in reply_to.')
  }
  if (!message.whatsapp_id) throw new Problem('message_not_sent')
  if (message.chat_id !== chatId && message.receiver_number !== number) throw new Problem('reply_elsewhere')
  return message
}

function readMentions(numbers: string[] = [], country: string | null): string[] {
  if (numbers.length > MAX_MENTIONS)
    throw new Problem('invalid_request', `mentions: at most ${MAX_MENTIONS}.`)
  return [...new Set(numbers.map((number) => readNumber(number, country).chatId))]
}

function readSpecial(
  { location, contacts, poll }: Carried,
  country: string | null,
): { kind: SendKind; content: MessageContent } | null {
  if (location) return { kind: 'location', content: { location: readPlace(location) } }
  if (contacts) {
    return { kind: 'contact', content: { contacts: contacts.map((card) => readCard(card, country)) } }
  }
  return poll ? { kind: 'poll', content: { poll: readPoll(poll) } } : null
}

function readPlace({ latitude, longitude, name, address, url }: NonNullable<Carried['location']>): Place {
  const words = [name, address].map((word) => word?.trim()).filter(Boolean)
  if (url && !/^https?:\/\//i.test(url))
    throw new Problem('invalid_request', 'location.url: begins with https://.')
  return { latitude, longitude, name: words.join('\n') || null, url: url ?? null }
}

function readCard(
  { name, numbers = [], vcard }: NonNullable<Carried['contacts']>[number],
  country: string | null,
): Card {
  if (vcard) {
    if (!/^BEGIN:VCARD\r?\n[\s\S]+\nEND:VCARD\s*$/i.test(vcard)) throw new Problem('vcard_invalid')
    return { name: name.trim(), vcard }
  }
  if (numbers.length === 0) throw new Problem('vcard_invalid', 'A contact has a number or a vcard.')
  const digits = numbers.map((number) => readNumber(number, country).number.slice(1))
  return { name: name.trim(), vcard: writeVcard(name.trim(), digits) }
}

/** WhatsApp shows two to twelve options, each different. */
function readPoll({ question, options, multiple = false }: NonNullable<Carried['poll']>) {
  const clean = options.map((option) => option.trim())
  if (question.trim() === '' || clean.includes('')) throw new Problem('poll_invalid')
  if (clean.length < 2 || clean.length > 12 || new Set(clean).size < clean.length) {
    throw new Problem('poll_invalid')
  }
  return { question: question.trim(), options: clean, multiple }
}

/** A person's number; a chat id is one too, unless it is a group's. */
function readNumber(input: string, country: string | null): Recipient {
  const read = parseRecipient(input, country)
  if (typeof read === 'string') {
    throw new Problem('invalid_number', explainRecipient(read), { fields: { reason: read } })
  }
  if (read.chatId.endsWith('@g.us')) throw new Problem('invalid_number', 'This is a group, not a person.')
  return read
}
