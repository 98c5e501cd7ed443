// What happened, in the shape in which Meta's Cloud API tells it: "Webhooks payload examples" of its documentation
// (developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples). Null: it has no word for that.
import { type Choices, findChoice } from './cloud-choices.ts'
import { cloudErrorEntry, cloudErrorOfReason } from './cloud-errors.ts'
import type { MessageContent } from './message-content.ts'
import { explainMessage } from './message-reasons.ts'

/** An event with the message and the account it is about. Of the message: columns of `message_logs`. */
export interface CloudEvent {
  type: string
  at: Date
  user_id: string
  account_id: string | null
  account_phone: string | null
  data: { status?: unknown; reason?: unknown; has_file?: unknown; state?: unknown }
  message: CloudMessageRow | null
  /** In hex, of the file that came with it. */
  file_sha256: string | null
  /** What a received message answers; see `findAnswered`. */
  answered: {
    quoted_direction: 'in' | 'out' | null
    choices: Choices | null
    choices_id: string | null
  } | null
}

export interface CloudMessageRow {
  id: string
  direction: 'in' | 'out'
  receiver_number: string
  chat_id: string
  message_body: string
  kind: string
  content: MessageContent
  file_id: string | null
  sender_name: string | null
  /** ISO 8601. */
  sent_at: string | null
  created_at: string
}

export function cloudPayload(event: CloudEvent): object | null {
  const { message, account_id, account_phone } = event
  if (!message || !account_id) return null
  const told = message.direction === 'in' ? tellMessage(event, message) : tellStatus(event, message)
  if (!told) return null
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: account_phone ?? '', phone_number_id: account_id },
    ...told,
  }
  return {
    object: 'whatsapp_business_account',
    entry: [{ id: event.user_id, changes: [{ value, field: 'messages' }] }],
  }
}

/** Status of ours → theirs. What waits, and what is uncertain, is told by none. */
const STATUSES: Record<string, string> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  played: 'read',
  failed: 'failed',
  expired: 'failed',
  cancelled: 'failed',
}

function tellStatus({ type, at, data }: CloudEvent, message: CloudMessageRow): object | null {
  const status = type === 'message.status' ? STATUSES[String(data.status)] : undefined
  if (!status) return null
  const callback = message.content.cloud?.callback_data
  const reason = typeof data.reason === 'string' ? data.reason : null
  return {
    statuses: [
      {
        id: idOf(message.id),
        status,
        timestamp: seconds(at),
        recipient_id: waIdOf(message.chat_id),
        ...(callback !== undefined && { biz_opaque_callback_data: callback }),
        ...(status === 'failed' && {
          errors: [cloudErrorEntry(cloudErrorOfReason(reason), explainMessage(reason) ?? 'It was not sent.')],
        }),
      },
    ],
  }
}

/** One with a file is told when the file is here, or will not come: only then has it an id. */
function tellMessage(event: CloudEvent, message: CloudMessageRow): object | null {
  const { type, data } = event
  const isNow = type === 'message.file' || (type === 'message.received' && data.has_file !== true)
  if (!isNow) return null
  const from = waIdOf(message.receiver_number)
  const when = new Date(message.sent_at ?? message.created_at)
  const context = contextOf(event, message)
  return {
    contacts: [{ profile: { name: message.sender_name ?? '' }, wa_id: from }],
    messages: [
      {
        from,
        id: idOf(message.id),
        timestamp: seconds(when),
        ...(message.chat_id.endsWith('@g.us') && { group_id: message.chat_id }),
        ...(context && { context }),
        ...contentOf(event, message),
      },
    ],
  }
}

function contextOf({ answered, account_phone }: CloudEvent, { content, receiver_number }: CloudMessageRow) {
  if (content.quoted_id) {
    const isOurs = answered?.quoted_direction === 'out'
    return { from: isOurs ? (account_phone ?? '') : waIdOf(receiver_number), id: idOf(content.quoted_id) }
  }
  return content.forwarded ? { forwarded: true } : null
}

function contentOf(event: CloudEvent, message: CloudMessageRow): object {
  const { kind, message_body: text, content } = message
  switch (kind) {
    case 'text':
      return choiceOf(event, text) ?? { type: 'text', text: { body: text } }
    case 'location': {
      const [name, ...address] = content.location?.name?.split('\n') ?? []
      const { latitude, longitude, url } = content.location ?? {}
      const more = { ...(name && { name }), ...(address.length > 0 && { address: address.join('\n') }) }
      return { type: 'location', location: { latitude, longitude, ...more, ...(url && { url }) } }
    }
    case 'contact':
      return { type: 'contacts', contacts: (content.contacts ?? []).map(readCard) }
    case 'reaction': {
      const message_id = content.target_id ? idOf(content.target_id) : (content.target ?? '')
      return { type: 'reaction', reaction: { message_id, ...(content.emoji && { emoji: content.emoji }) } }
    }
  }
  if (content.file) return fileOf(event, message)
  return unsupported('The Cloud API has no such message.')
}

function fileOf(
  { file_sha256 }: CloudEvent,
  { kind, message_body: text, content, file_id }: CloudMessageRow,
) {
  if (!file_id) {
    const error = cloudErrorEntry(131052, 'The file of this message could not be fetched.')
    return { type: 'unsupported', errors: [error] }
  }
  const type = kind === 'voice' ? 'audio' : kind
  const file = {
    ...(text && { caption: text }),
    ...(kind === 'document' && content.file?.name && { filename: content.file.name }),
    mime_type: content.file?.mime_type,
    ...(file_sha256 && { sha256: base64(file_sha256) }),
    id: file_id,
    ...(type === 'audio' && { voice: kind === 'voice' }),
  }
  return { type, [type]: file }
}

function unsupported(details: string) {
  return { type: 'unsupported', errors: [cloudErrorEntry(131051, details)] }
}

/** The choice that the answer names, of what was put to this person. */
function choiceOf({ answered, account_phone }: CloudEvent, text: string): object | null {
  const { choices, choices_id } = answered ?? {}
  const choice = choices && findChoice(choices, text)
  if (!choice || !choices_id) return null
  const context = { from: account_phone ?? '', id: idOf(choices_id) }
  const { id, title, description } = choice
  if (choices.kind === 'button') return { context, type: 'button', button: { payload: id, text: title } }
  const reply =
    choices.kind === 'list_reply' ? { id, title, ...(description && { description }) } : { id, title }
  return { context, type: 'interactive', interactive: { type: choices.kind, [choices.kind]: reply } }
}

/** The name and the numbers of a vCard. */
function readCard({ name, vcard }: { name: string; vcard: string }) {
  const phones = [...vcard.matchAll(/^(?:[\w-]+\.)?TEL([^:\r\n]*):([^\r\n]*)/gim)].map(
    ([, options = '', phone]) => {
      const waId = /waid=(\d+)/i.exec(options)?.[1]
      return { phone: phone?.trim(), ...(waId && { wa_id: waId }) }
    },
  )
  return { name: { formatted_name: name, first_name: name }, ...(phones.length > 0 && { phones }) }
}

/** How a message is called towards programs. */
function idOf(id: string): string {
  return `wamid.${id}`
}

/** Digits of a number; of a person whose number WhatsApp does not tell, those of their LID. A group keeps its id. */
function waIdOf(address: string): string {
  return address.endsWith('@g.us') ? address : address.replace(/@.*$/, '').replace(/\D/g, '')
}

function seconds(at: Date): string {
  return String(Math.floor(at.getTime() / 1000))
}

function base64(hex: string): string {
  return btoa(String.fromCharCode(...(hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))))
}
