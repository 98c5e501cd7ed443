// What a message can carry besides its text, in one shape for both directions. Fields that are absent do not apply.
import type { Choices } from './cloud-choices.ts'

/** Kinds that BotWave hands over. */
export const SEND_KINDS = [
  'text',
  'image',
  'video',
  'audio',
  'voice',
  'document',
  'sticker',
  'location',
  'contact',
  'poll',
  'reaction',
  'edit',
  'delete',
] as const
export type SendKind = (typeof SEND_KINDS)[number]

/** Kinds that carry a file. */
export const FILE_KINDS = ['image', 'video', 'audio', 'voice', 'document', 'sticker'] as const
export type FileKind = (typeof FILE_KINDS)[number]

/** As kept in `message_logs.content` and answered by the API. */
export interface MessageContent {
  file?: FileContent
  location?: Place
  contacts?: Card[]
  poll?: { question: string; options: string[]; multiple: boolean }
  /** Of a reaction; empty: it was taken back. */
  emoji?: string
  /** WhatsApp id of the message that a reaction, an edit or a deletion is about, and our id where we have it. */
  target?: string
  target_id?: string
  /** WhatsApp id of the message that this one answers, and our id where we have it. */
  quoted?: string
  quoted_id?: string
  /** Chat ids of the people named in the text. */
  mentions?: string[]
  forwarded?: boolean
  /** Of one that came by the Cloud API's dialect: what an answer can choose, and the word to repeat in its statuses. */
  cloud?: { choices?: Choices; callback_data?: string }
}

export interface FileContent {
  name: string | null
  mime_type: string
  size_bytes: number | null
  /** Length of a recording or a film. */
  seconds?: number
  /** Of one that came in: `pending` until it is fetched; the others say why there is none. */
  state?: 'pending' | 'kept' | 'failed' | 'too_large'
}

export interface Place {
  latitude: number
  longitude: number
  name: string | null
  url: string | null
}

export interface Card {
  name: string
  vcard: string
}

export function isFileKind(kind: string): kind is FileKind {
  return (FILE_KINDS as readonly string[]).includes(kind)
}

/**
 * Handed over twice these come to the same as once, so what could not be proved is simply done again; and WhatsApp
 * acknowledges none of them.
 */
export function isChange(kind: string): boolean {
  return kind === 'reaction' || kind === 'edit' || kind === 'delete'
}

/** Without what PostgreSQL takes in no text: NUL, and half of a surrogate pair. */
export function storable<T>(value: T): T {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '') as T
  if (Array.isArray(value)) return value.map(storable) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, storable(inner)])) as T
}
