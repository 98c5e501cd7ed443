// A message as the Cloud API writes it, read into what is queued here. Fields: "Messages" of Meta's Cloud API reference
// (developers.facebook.com/docs/whatsapp/cloud-api/reference/messages). What cannot be mapped is refused, never dropped.
import { type Choice, type Choices, numberedText } from '../rules/cloud-choices.ts'
import {
  type Fields,
  fieldsIn,
  isUuid,
  listIn,
  messageIdIn,
  numberIn,
  optionalText,
  refusal,
  textIn,
} from './fields.ts'

type FileType = 'image' | 'video' | 'audio' | 'document' | 'sticker'

/** Fields of `POST /api/messages/send`. */
export interface CloudContent {
  message: string
  file_id?: string
  file_url?: string
  file_name?: string
  as?: FileType | 'voice'
  location?: { latitude: number; longitude: number; name?: string; address?: string }
  contacts?: { name: string; vcard: string }[]
  cloud?: { choices?: Choices; callback_data?: string }
}

/** `content` of a template is read once the template is known. */
export type CloudMessage =
  | { type: 'template'; template: Fields }
  | { type: 'reaction'; messageId: string; emoji: string }
  | { type: 'content'; content: CloudContent }

const TEXT = 4_096
const FILE_TYPES = ['image', 'video', 'audio', 'document', 'sticker']

/** Throws a refusal. */
export function readMessage(body: Fields): CloudMessage {
  const type = optionalText(body, 'type', 'type', 50) ?? 'text'
  const of = () => fieldsIn(body, type)
  if (FILE_TYPES.includes(type)) return content(readFile(of(), type as FileType))
  switch (type) {
    case 'text':
      return content({ message: textIn(of(), 'body', "text['body']", TEXT) })
    case 'location':
      return content(readLocation(of()))
    case 'contacts':
      return content({ message: '', contacts: listIn(body, 'contacts', 'contacts', 50).map(readContact) })
    case 'interactive':
      return content(readInteractive(of()))
    case 'template':
      return { type: 'template', template: of() }
    case 'reaction': {
      const reaction = of()
      const messageId = messageIdIn(reaction, 'message_id', "reaction['message_id']")
      return {
        type: 'reaction',
        messageId,
        emoji: optionalText(reaction, 'emoji', "reaction['emoji']", 64) ?? '',
      }
    }
  }
  throw refusal(131051, `Message type ${type} cannot be sent through a linked phone.`)
}

function content(content: CloudContent): CloudMessage {
  return { type: 'content', content }
}

/** A file by the id of an upload, or by a link that is fetched before the answer. */
export function readFile(file: Fields, type: FileType): CloudContent {
  const id = optionalText(file, 'id', `${type}['id']`, 100)
  const link = optionalText(file, 'link', `${type}['link']`, 2_000)
  if ((id === undefined) === (link === undefined)) {
    throw refusal(131008, `Param ${type} needs either id or link.`)
  }
  if (id !== undefined && !isUuid(id))
    throw refusal(131009, `Param ${type}['id'] is no id of an uploaded file.`)
  const hasWords = type !== 'audio' && type !== 'sticker'
  const name = type === 'document' ? optionalText(file, 'filename', "document['filename']", 240) : undefined
  const caption = hasWords ? optionalText(file, 'caption', `${type}['caption']`, 1_024) : undefined
  return {
    message: caption ?? '',
    as: type === 'audio' && file.voice === true ? 'voice' : type,
    ...(id === undefined ? { file_url: link as string } : { file_id: id }),
    ...(name && { file_name: name }),
  }
}

function readLocation(location: Fields): CloudContent {
  const name = optionalText(location, 'name', "location['name']", 1_000)
  const address = optionalText(location, 'address', "location['address']", 1_000)
  return {
    message: '',
    location: {
      latitude: numberIn(location, 'latitude', "location['latitude']", 90),
      longitude: numberIn(location, 'longitude', "location['longitude']", 180),
      ...(name && { name }),
      ...(address && { address }),
    },
  }
}

/** As a vCard 3.0 (RFC 2426), the form in which WhatsApp itself carries contacts. */
function readContact(contact: Fields, at: number): { name: string; vcard: string } {
  const path = `contacts[${at}]`
  const name = textIn(
    fieldsIn(contact, 'name', `${path}['name']`),
    'formatted_name',
    `${path}['name']['formatted_name']`,
    200,
  )
  const many = (field: string) =>
    contact[field] === undefined ? [] : listIn(contact, field, `${path}['${field}']`, 20)
  const phones = many('phones').map((phone, one) => {
    const text = textIn(phone, 'phone', `${path}['phones'][${one}]['phone']`, 50)
    const waId = optionalText(phone, 'wa_id', `${path}['phones'][${one}]['wa_id']`, 20)?.replace(/\D/g, '')
    return `TEL;type=CELL${waId ? `;waid=${waId}` : ''}:${escaped(text)}`
  })
  const emails = many('emails').map(
    (email, one) => `EMAIL:${escaped(textIn(email, 'email', `${path}['emails'][${one}]['email']`, 200))}`,
  )
  const urls = many('urls').map(
    (url, one) => `URL:${escaped(textIn(url, 'url', `${path}['urls'][${one}]['url']`, 500))}`,
  )
  const company = contact.org === undefined ? undefined : fieldsIn(contact, 'org', `${path}['org']`)
  const org = company && optionalText(company, 'company', `${path}['org']['company']`, 200)
  const lines = [`FN:${escaped(name)}`, `N:;${escaped(name)};;;`, ...(org ? [`ORG:${escaped(org)}`] : [])]
  const all = ['BEGIN:VCARD', 'VERSION:3.0', ...lines, ...phones, ...emails, ...urls, 'END:VCARD']
  return { name, vcard: all.join('\n') }
}

/** RFC 2426, 4: what would end a value or a line. */
function escaped(text: string): string {
  return text.replace(/[\\,;]/g, '\\$&').replace(/\r?\n|\r/g, '\\n')
}

function readInteractive(interactive: Fields): CloudContent {
  const type = textIn(interactive, 'type', "interactive['type']", 50)
  const body = textIn(
    fieldsIn(interactive, 'body', "interactive['body']"),
    'text',
    "interactive['body']['text']",
  )
  const footer =
    interactive.footer === undefined
      ? undefined
      : optionalText(
          fieldsIn(interactive, 'footer', "interactive['footer']"),
          'text',
          "interactive['footer']['text']",
          60,
        )
  const action = fieldsIn(interactive, 'action', "interactive['action']")
  const { words, file } = readHeader(interactive)
  if (type === 'cta_url') {
    const parameters = fieldsIn(action, 'parameters', "interactive['action']['parameters']")
    const path = "interactive['action']['parameters']"
    const label = textIn(parameters, 'display_text', `${path}['display_text']`, 100)
    const link = `${label}: ${textIn(parameters, 'url', `${path}['url']`, 2_000)}`
    return { ...file, message: numberedText([words, body, link, footer], []) }
  }
  const options = type === 'button' ? readButtons(action) : type === 'list' ? readRows(action) : null
  if (!options)
    throw refusal(131051, `Interactive messages of the type ${type} cannot be sent through a linked phone.`)
  const ids = options.map(({ id }) => id)
  if (new Set(ids).size < ids.length) throw refusal(131009, 'The ids of the choices differ from one another.')
  const kind = type === 'button' ? 'button_reply' : 'list_reply'
  const message = numberedText([words, body, footer], options)
  return { ...file, message, cloud: { choices: { kind, options } } }
}

function readHeader(interactive: Fields): { words?: string; file?: CloudContent } {
  if (interactive.header === undefined) return {}
  const header = fieldsIn(interactive, 'header', "interactive['header']")
  const type = textIn(header, 'type', "interactive['header']['type']", 20)
  if (type === 'text') return { words: textIn(header, 'text', "interactive['header']['text']", 60) }
  if (type !== 'image' && type !== 'video' && type !== 'document') {
    throw refusal(131009, "Param interactive['header']['type'] is text, image, video or document.")
  }
  return { file: readFile(fieldsIn(header, type, `interactive['header']['${type}']`), type) }
}

function readButtons(action: Fields): Choice[] {
  const path = "interactive['action']['buttons']"
  return listIn(action, 'buttons', path, 3).map((button, at) => {
    const reply = fieldsIn(button, 'reply', `${path}[${at}]['reply']`)
    return {
      id: textIn(reply, 'id', `${path}[${at}]['reply']['id']`, 256),
      title: textIn(reply, 'title', `${path}[${at}]['reply']['title']`, 20),
    }
  })
}

/** Ten rows in all sections together. */
function readRows(action: Fields): Choice[] {
  const path = "interactive['action']['sections']"
  const rows = listIn(action, 'sections', path, 10).flatMap((section, at) =>
    listIn(section, 'rows', `${path}[${at}]['rows']`, 10).map((row, one) => {
      const where = `${path}[${at}]['rows'][${one}]`
      const description = optionalText(row, 'description', `${where}['description']`, 72)
      return {
        id: textIn(row, 'id', `${where}['id']`, 200),
        title: textIn(row, 'title', `${where}['title']`, 24),
        ...(description && { description }),
      }
    }),
  )
  if (rows.length > 10) throw refusal(131009, `Param ${path} has at most 10 rows in all.`)
  return rows
}
