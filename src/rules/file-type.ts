// What a file is called and what type it has, of what somebody says about it.
import type { FileKind } from './message-content.ts'

/** No folders, no control characters, nothing that turns the writing direction; at most 255 characters. */
export function nameOf(said: string | undefined | null): string | null {
  const last = (said ?? '').toWellFormed().split(/[/\\]/).at(-1) ?? ''
  const clean = last.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '').trim()
  return clean === '' || clean === '.' || clean === '..' ? null : clean.slice(-255)
}

const UNKNOWN = 'application/octet-stream'

/** Types by the end of a name, for senders that say nothing better. */
const BY_ENDING: Record<string, string> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
  mp4: 'video/mp4',
  '3gp': 'video/3gpp',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  aac: 'audio/aac',
  amr: 'audio/amr',
  ogg: 'audio/ogg',
  oga: 'audio/ogg',
  opus: 'audio/ogg',
  wav: 'audio/wav',
  pdf: 'application/pdf',
  txt: 'text/plain',
  csv: 'text/csv',
  json: 'application/json',
  html: 'text/html',
  htm: 'text/html',
  xml: 'application/xml',
  vcf: 'text/vcard',
  zip: 'application/zip',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  ppt: 'application/vnd.ms-powerpoint',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
}

/** The type said, without parameters; where none is said, the one that the name ends in. */
export function typeOf(said: string | null | undefined, name: string | null): string {
  const plain = (said ?? '').split(';')[0]!.trim().toLowerCase()
  const isType = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/.test(plain)
  if (isType && plain !== UNKNOWN) return plain
  const ending = /\.([a-z0-9]{1,5})$/i.exec(name ?? '')?.[1]?.toLowerCase() ?? ''
  return BY_ENDING[ending] ?? UNKNOWN
}

/** How WhatsApp shows a file of this type where its sender does not choose. */
export function kindOf(mimeType: string): FileKind {
  if (/^image\/(jpeg|png|gif|webp)$/.test(mimeType)) return 'image'
  if (/^video\/(mp4|3gpp|quicktime|webm)$/.test(mimeType)) return 'video'
  return mimeType.startsWith('audio/') ? 'audio' : 'document'
}

/** Why a file of this type cannot be sent as `kind`; null when it can. */
export function whyNotAs(kind: FileKind, mimeType: string): string | null {
  const needs: Partial<Record<FileKind, RegExp>> = {
    image: /^image\/(?!svg)/,
    video: /^video\//,
    audio: /^audio\//,
    voice: /^audio\//,
    sticker: /^image\/(webp|png|jpeg)$/,
  }
  const needed = needs[kind]
  return !needed || needed.test(mimeType) ? null : `A file of type ${mimeType} cannot be sent as ${kind}.`
}
