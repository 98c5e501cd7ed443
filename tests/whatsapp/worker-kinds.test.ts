// Every kind of message, out and in, through the real library in a real Chromium: one account for all of it.

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MessageContent, SendKind } from '../../src/rules/message-content.ts'
import { writeVcard } from '../../src/rules/vcard.ts'
import type { SendOutcome } from '../../workers/protocol.ts'
import { type AccountWorker, type Desk, newWhatsAppId, openDesk } from '../support/worker.ts'
import type { Phone } from './phone.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'

setDefaultTimeout(90_000)
const NUMBER = '491511111111'
const CHAT = `${NUMBER}@c.us`
/** One transparent pixel. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

let server: WhatsApp
let desk: Desk
let worker: AccountWorker
let phone: Phone
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'botwave-kinds-'))
  server = await startWhatsApp()
  desk = await openDesk(server.chromeFlags)
  worker = desk.open('kinds')
  phone = server.whatsapp.phone('491601000071')
  await worker.start()
  await phone.scan((await worker.heard('qr')).text)
  await worker.heard('ready')
})

afterAll(async () => {
  const [unknown, troubles] = [await server.whatsapp.unknownModules(), await server.whatsapp.troubles()]
  await desk[Symbol.asyncDispose]()
  await server.stop()
  await rm(dir, { recursive: true, force: true })
  expect([unknown, troubles]).toEqual([[], []])
})

interface Hand {
  kind: SendKind
  text?: string
  content?: MessageContent
  filePath?: string
  id?: string
}

function hand({ kind, text = '', content = {}, filePath, id = newWhatsAppId() }: Hand): Promise<SendOutcome> {
  const ask = { messageId: 'm', whatsappId: id, chatId: CHAT, text, kind, content }
  return worker.ask('send', filePath ? { ...ask, filePath } : ask)
}

async function write(bytes: Uint8Array | string): Promise<string> {
  const path = join(dir, crypto.randomUUID())
  await Bun.write(path, bytes)
  return path
}

const pixel = Buffer.from(PIXEL, 'base64')
const fileOf = (name: string, mime_type: string): MessageContent => ({
  file: { name, mime_type, size_bytes: null },
})

/** A recording of a tenth of a second, silent. */
function silence(): Uint8Array {
  const samples = new Uint8Array(1_600)
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + samples.length, 4)
  head.write('WAVEfmt ', 8)
  for (const [at, value] of [
    [16, 16],
    [24, 8_000],
    [28, 16_000],
    [40, samples.length],
  ] as const) {
    head.writeUInt32LE(value, at)
  }
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const) {
    head.writeUInt16LE(value, at)
  }
  head.write('data', 36)
  return Buffer.concat([head, samples])
}

test.each<[SendKind, string, string, Uint8Array, string]>([
  ['image', 'image', 'image/png', pixel, 'One pixel'],
  ['video', 'video', 'video/mp4', pixel, 'A film'],
  ['audio', 'audio', 'audio/mpeg', pixel, ''],
  ['voice', 'ptt', 'audio/wav', silence(), ''],
  ['document', 'document', 'image/png', pixel, 'As it is'],
  ['sticker', 'sticker', 'image/webp', pixel, ''],
  ['sticker', 'sticker', 'image/png', pixel, ''],
])('a file as %s goes out as %s of type %s, whole', async (kind, type, mime, bytes, text) => {
  const id = newWhatsAppId()
  const content = fileOf('näme.bin', mime)
  const filePath = await write(bytes)
  expect(await hand({ kind, text, content, filePath, id })).toMatchObject({ outcome: 'handed' })
  expect(await server.whatsapp.waitForWire({ id })).toMatchObject({ type, arrivals: 1, text })
  expect((await server.whatsapp.media(id))?.base64).toBe(Buffer.from(bytes).toString('base64'))
  if (kind === 'document') expect((await server.whatsapp.media(id))?.filename).toBe('näme.bin')
  // Once more under the same id: found, and neither uploaded nor sent again.
  expect(await hand({ kind, text, content, filePath, id })).toMatchObject({ outcome: 'handed' })
  expect((await server.whatsapp.wire({ id }))[0]?.arrivals).toBe(1)
})

test('a file that WhatsApp does not take is refused, certainly, and the next one goes', async () => {
  const content = fileOf('a.png', 'image/png')
  const filePath = await write(pixel)
  await server.whatsapp.set({ media: 'fails' })
  const id = newWhatsAppId()
  expect(await hand({ kind: 'image', content, filePath, id })).toEqual({
    outcome: 'refused',
    code: 'file_refused',
    retry: true,
  })
  await server.whatsapp.set({ media: 'up' })
  expect(await server.whatsapp.wire({ id })).toEqual([])
  expect(await hand({ kind: 'image', content, filePath, id })).toMatchObject({ outcome: 'handed' })
  expect(await hand({ kind: 'image', content, filePath: join(dir, 'gone') })).toMatchObject({
    outcome: 'refused',
  })
})

test('a page that says nothing although the file went out: found, and out once', async () => {
  const id = newWhatsAppId()
  await phone.failNextSend({ when: 'after', how: 'throw', error: 'anything' })
  const content = fileOf('b.png', 'image/png')
  const outcome = await hand({ kind: 'image', text: 'Loud', content, filePath: await write(pixel), id })
  expect(outcome).toMatchObject({ outcome: 'handed' })
  expect((await server.whatsapp.waitForWire({ id })).arrivals).toBe(1)
})

test('a place, a poll, one card, two cards', async () => {
  const ids = [newWhatsAppId(), newWhatsAppId(), newWhatsAppId(), newWhatsAppId()] as const
  const location = { latitude: 52.5, longitude: 13.4, name: 'Berlin', url: 'https://example.com/b' }
  const poll = { question: 'Tea?', options: ['Yes', 'No'], multiple: false }
  const card = (name: string) => ({ name, vcard: writeVcard(name, [NUMBER]) })
  const sent = [
    await hand({ kind: 'location', content: { location }, id: ids[0] }),
    await hand({ kind: 'poll', content: { poll }, id: ids[1] }),
    await hand({ kind: 'contact', content: { contacts: [card('Ann, A.')] }, id: ids[2] }),
    await hand({ kind: 'contact', content: { contacts: [card('Ann'), card('Bo')] }, id: ids[3] }),
  ]
  expect(sent.map(({ outcome }) => outcome)).toEqual(['handed', 'handed', 'handed', 'handed'])
  const wire = await Promise.all(ids.map((id) => server.whatsapp.waitForWire({ id })))
  expect(wire.map(({ type }) => type)).toEqual(['location', 'poll_creation', 'vcard', 'multi_vcard'])
  expect(wire[0]?.extra).toMatchObject({ lat: 52.5, lng: 13.4, loc: 'Berlin' })
  expect(wire[1]?.extra).toMatchObject({ pollName: 'Tea?', pollSelectableOptionsCount: 1 })
  expect(wire[2]?.text).toContain(`waid=${NUMBER}`)
  expect(wire[3]?.extra.vcardList).toHaveLength(2)
})

test('an answer to a message and people named in it', async () => {
  const { id: theirs } = await phone.deliver({ from: NUMBER, text: 'A question' })
  const question = await worker.heard('incoming', (message) => message.text === 'A question')
  const id = newWhatsAppId()
  const content = { quoted: question.whatsappId, mentions: [CHAT] }
  expect(await hand({ kind: 'text', text: `Yes @${NUMBER}`, content, id })).toMatchObject({
    outcome: 'handed',
  })
  const { extra } = await server.whatsapp.waitForWire({ id })
  expect(extra.quotedStanzaID).toBe(theirs)
  expect(extra.mentionedJidList).toHaveLength(1)
  const nothing = { quoted: 'false_1@lid_NONE' }
  expect(await hand({ kind: 'text', text: 'To nothing', content: nothing })).toEqual({
    outcome: 'refused',
    code: 'quoted_not_found',
    retry: false,
  })
})

test('a reaction, an edit and a deletion show at the message, and what is too late is said to be', async () => {
  const id = newWhatsAppId()
  await worker.send(CHAT, 'Frist', id)
  await server.whatsapp.waitForWire({ id, ack: 2 })
  const target = { target: id }
  expect(await hand({ kind: 'reaction', content: { ...target, emoji: '👍' } })).toMatchObject({
    outcome: 'handed',
  })
  expect(await hand({ kind: 'reaction', content: { ...target, emoji: '' } })).toMatchObject({
    outcome: 'handed',
  })
  expect(await hand({ kind: 'edit', text: 'First', content: target })).toMatchObject({ outcome: 'handed' })
  expect(await hand({ kind: 'delete', content: target })).toMatchObject({ outcome: 'handed' })
  expect(await hand({ kind: 'delete', content: target })).toMatchObject({ outcome: 'handed' })
  const done = (await phone.happenings()).filter((happening) => happening.id === id)
  expect(done.map(({ what, text }) => [what, text])).toEqual([
    ['reacted', '👍'],
    ['reacted', ''],
    ['edited', 'First'],
    ['revoked', ''],
  ])
  const late = await hand({ kind: 'edit', text: 'Third', content: target })
  expect(late).toEqual({ outcome: 'refused', code: 'too_late', retry: false })
  const nowhere = await hand({ kind: 'edit', text: 'x', content: { target: newWhatsAppId() } })
  expect(nowhere).toEqual({ outcome: 'refused', code: 'target_not_found', retry: false })
})

test('seen and typing', async () => {
  expect(await worker.ask('typing', { chatId: CHAT, state: 'typing' })).toEqual({ done: true })
  await phone.waitForHappening('composing')
  expect(await worker.ask('typing', { chatId: CHAT, state: 'recording' })).toEqual({ done: true })
  await phone.waitForHappening('recording')
  expect(await worker.ask('typing', { chatId: CHAT, state: 'stopped' })).toEqual({ done: true })
  await phone.waitForHappening('paused')
  expect(await worker.ask('seen', { chatId: CHAT })).toEqual({ done: true })
  await phone.waitForHappening('seen')
})

test('files come in described, and are fetched byte for byte; one that is gone is missing', async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(2_500_000))
  const media = { base64: Buffer.from(bytes).toString('base64'), mimetype: 'image/png', filename: 'big.png' }
  await phone.deliver({ from: NUMBER, name: 'Ann', text: 'Look', media })
  const heard = await worker.heard('incoming', (message) => message.text === 'Look')
  expect(heard).toMatchObject({
    kind: 'image',
    fromNumber: NUMBER,
    fromName: 'Ann',
    caughtUp: false,
    content: {
      file: { name: 'big.png', mime_type: 'image/png', size_bytes: bytes.length, state: 'pending' },
    },
  })
  expect(heard.fromLid).toEndWith('@lid')
  const path = join(dir, 'fetched')
  const { whatsappId } = heard
  const sha256 = new Bun.CryptoHasher('sha256').update(bytes).digest('hex')
  expect(await worker.ask('fetchFile', { whatsappId, path, maxBytes: 5_000_000 })).toEqual({
    fetched: true,
    sizeBytes: bytes.length,
    sha256,
  })
  expect(await Bun.file(path).bytes()).toEqual(bytes)
  expect(await worker.ask('fetchFile', { whatsappId, path, maxBytes: 1_000 })).toEqual({
    fetched: false,
    why: 'too_large',
  })
  expect(await worker.ask('fetchFile', { whatsappId: 'false_1@lid_NO', path, maxBytes: 1_000 })).toEqual({
    fetched: false,
    why: 'missing',
  })
})

test('what others place, card, record, change, take back and react with is heard, each once', async () => {
  const from = worker.signals.length
  await phone.deliver({ from: NUMBER, text: '', type: 'location', extra: { lat: 1.5, lng: -2, loc: 'Here' } })
  await phone.deliver({
    from: NUMBER,
    text: writeVcard('Ann', [NUMBER]),
    type: 'vcard',
    extra: { vcardFormattedName: 'Ann' },
  })
  const recording = { base64: 'AAAA', mimetype: 'audio/ogg; codecs=opus' }
  await phone.deliver({ from: NUMBER, text: '', type: 'ptt', media: recording, extra: { duration: '3' } })
  const { id } = await phone.deliver({ from: NUMBER, text: 'Wierd' })
  await phone.editDelivered(id, 'Weird')
  await phone.react(id, NUMBER, '🎉')
  await phone.revokeDelivered(id)
  await phone.resync(2)
  await worker.heard('incoming', (message) => message.kind === 'delete', from)
  const heard = worker.signals.slice(from).flatMap((s) => (s.name === 'incoming' ? [s.data as never] : []))
  const whole = worker.all('incoming').slice(-heard.length)
  expect(whole.map(({ kind }) => kind)).toEqual([
    'location',
    'contact',
    'voice',
    'text',
    'edit',
    'reaction',
    'delete',
  ])
  expect(whole[0]?.content.location).toEqual({ latitude: 1.5, longitude: -2, name: 'Here', url: null })
  expect(whole[1]?.content.contacts?.[0]).toMatchObject({ name: 'Ann' })
  expect(whole[2]?.content.file).toMatchObject({ seconds: 3, mime_type: 'audio/ogg; codecs=opus' })
  const target = whole[3]?.whatsappId as string
  expect(whole[4]).toMatchObject({ text: 'Weird', content: { target } })
  expect(whole[5]).toMatchObject({ content: { target, emoji: '🎉' }, fromNumber: NUMBER })
  expect(whole[6]).toMatchObject({ content: { target } })
  expect(new Set(whole.map(({ whatsappId }) => whatsappId)).size).toBe(whole.length)
})

test('a group: who wrote it, by number and LID, is not the group', async () => {
  const group = await phone.addGroup('Friends', [NUMBER])
  await phone.deliver({ from: NUMBER, text: 'To all', group: group.id })
  const heard = await worker.heard('incoming', (message) => message.text === 'To all')
  expect(heard).toMatchObject({ chatId: group.id, fromNumber: NUMBER })
  expect(heard.authorId).not.toBe(group.id)
})
