// What else the library does with messages, media and people, against the stand-in.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { rejects } from 'node:assert'
import WhatsAppWeb from 'whatsapp-web.js'
import { type Library, linkLibrary, makeProfiles } from './library.ts'
import type { Phone } from './phone.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'

setDefaultTimeout(90_000)
const CUSTOMER = '491511111111'
/** One transparent pixel. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
let server: WhatsApp
let profiles: Awaited<ReturnType<typeof makeProfiles>>
let library: Library
let phone: Phone
let chat: string

beforeAll(async () => {
  server = await startWhatsApp()
  profiles = await makeProfiles()
  phone = server.whatsapp.phone('491500000051')
  library = await linkLibrary(server, phone, profiles.dir, 'operations')
  chat = (await library.client.getNumberId(CUSTOMER))!._serialized
})

afterAll(async () => {
  await library.close()
  expect(await server.whatsapp.unknownModules()).toEqual([])
  expect(await server.whatsapp.troubles()).toEqual([])
  await server.stop()
  await profiles.remove()
})

test('media out: a picture with a caption, a document with its name; refused uploads throw', async () => {
  const picture = new WhatsAppWeb.MessageMedia('image/png', PIXEL, 'pixel.png')
  const sent = await library.client.sendMessage(chat, picture, { caption: 'One pixel' })
  expect(sent).toMatchObject({ type: 'image', hasMedia: true, body: 'One pixel' })
  await server.whatsapp.waitForWire({ id: sent.id.id, text: 'One pixel' })
  expect(await server.whatsapp.media(sent.id.id)).toMatchObject({ base64: PIXEL, mimetype: 'image/png' })

  const document = await library.client.sendMessage(chat, picture, { sendMediaAsDocument: true })
  await server.whatsapp.waitForWire({ id: document.id.id })
  expect(await server.whatsapp.media(document.id.id)).toMatchObject({ base64: PIXEL, filename: 'pixel.png' })

  await server.whatsapp.set({ media: 'fails' })
  await rejects(library.client.sendMessage(chat, picture, { caption: 'refused' }), /media upload failed: 503/)
  await server.whatsapp.set({ media: 'up' })
  expect(await server.whatsapp.wire({ text: 'refused' })).toEqual([])
})

test('media in: it is announced, and downloaded when asked for', async () => {
  await phone.deliver({
    from: CUSTOMER,
    text: 'Look',
    media: { base64: PIXEL, mimetype: 'image/png', filename: 'look.png' },
  })
  const [message] = (await library.heard('message', (m: { type: string }) => m.type === 'image')) as [
    WhatsAppWeb.Message,
  ]
  expect(message).toMatchObject({ body: 'Look', hasMedia: true })
  expect(await message.downloadMedia()).toMatchObject({
    data: PIXEL,
    mimetype: 'image/png',
    filename: 'look.png',
  })
})

test('reactions, edits, revokes, stars, forwards and info, from this side', async () => {
  const sent = await library.client.sendMessage(chat, 'Frist')
  await server.whatsapp.waitForWire({ id: sent.id.id, ack: 2 })
  const { id } = sent.id
  await sent.react('👍')
  await phone.waitForHappening('reacted')
  expect(await sent.edit('First')).toMatchObject({ body: 'First' })
  await sent.star()
  await sent.unstar()
  expect(await sent.getInfo()).toMatchObject({ read: [] })
  await sent.forward(chat)
  await server.whatsapp.waitForWire({ text: 'First' })
  await sent.delete(true)
  await phone.waitForHappening('revoked')
  const done = (await phone.happenings()).filter((h) => h.id === id)
  expect(done.map(({ what, text }) => [what, text])).toEqual([
    ['reacted', '👍'],
    ['edited', 'First'],
    ['starred', ''],
    ['unstarred', ''],
    ['revoked', ''],
  ])
})

test('reactions, edits, revokes and calls, from the other side', async () => {
  const { id } = await phone.deliver({ from: CUSTOMER, text: 'Wierd' })
  await library.heard('message', (m: { body: string }) => m.body === 'Wierd')
  await phone.editDelivered(id, 'Weird')
  const [, newBody, oldBody] = await library.heard('message_edit', (m: WhatsAppWeb.Message) => m.id.id === id)
  expect([newBody, oldBody]).toEqual(['Weird', 'Wierd'])
  await phone.react(id, CUSTOMER, '🎉')
  const [reaction] = await library.heard('message_reaction')
  expect(reaction).toMatchObject({ reaction: '🎉', msgId: { id } })
  await phone.revokeDelivered(id)
  await library.heard('message_revoke_everyone', (m: WhatsAppWeb.Message) => m.id.id === id)
  await phone.call(CUSTOMER, true)
  expect(await library.heard('call')).toMatchObject([{ isVideo: true, isGroup: false, fromMe: false }])
})

test('a place, a poll, contact cards, a mention', async () => {
  const { client } = library
  const place = await client.sendMessage(chat, new WhatsAppWeb.Location(52.5, 13.4, { name: 'Berlin' }))
  expect((await server.whatsapp.waitForWire({ id: place.id.id })).extra).toMatchObject({
    lat: 52.5,
    lng: 13.4,
  })
  const poll = await client.sendMessage(chat, new WhatsAppWeb.Poll('Tea?', ['Yes', 'No']))
  expect(await server.whatsapp.waitForWire({ id: poll.id.id })).toMatchObject({ type: 'poll_creation' })
  const contact = await client.getContactById(chat)
  const card = await client.sendMessage(chat, contact)
  expect((await server.whatsapp.waitForWire({ id: card.id.id })).text).toContain(`waid=${CUSTOMER}`)
  const typed = await client.sendMessage(chat, 'BEGIN:VCARD\nVERSION:3.0\nFN:Typed\nEND:VCARD')
  expect(await server.whatsapp.waitForWire({ id: typed.id.id })).toMatchObject({ type: 'vcard' })
  const mention = await client.sendMessage(chat, `Hi @${CUSTOMER}`, { mentions: [chat] })
  expect((await server.whatsapp.waitForWire({ id: mention.id.id })).extra.mentionedJidList).toHaveLength(1)
})

test('chats are archived, pinned, muted, marked, cleared, deleted; people blocked; oneself described', async () => {
  const { client } = library
  const { id } = await client.getChatById(chat)
  await client.archiveChat(id._serialized)
  expect(await client.pinChat(id._serialized)).toBe(true)
  await client.markChatUnread(id._serialized)
  expect(await client.getChatById(chat)).toMatchObject({ archived: true, pinned: true, unreadCount: -1 })
  expect(await client.muteChat(id._serialized)).toMatchObject({ isMuted: true })
  expect(await client.unmuteChat(id._serialized)).toMatchObject({ isMuted: false })

  const contact = await client.getContactById(id._serialized)
  await contact.block()
  expect((await client.getContactById(id._serialized)).isBlocked).toBe(true)
  await contact.unblock()
  expect((await client.getContactById(id._serialized)).isBlocked).toBe(false)
  await client.setStatus('Busy')
  expect(await contact.getAbout()).toBe('Busy')
  expect(await client.setDisplayName('Shop')).toBe(true)
  expect(await client.getProfilePicUrl(chat)).toBeUndefined()
  expect(await client.getFormattedNumber(CUSTOMER)).toBe(`+${CUSTOMER}`)
  expect(await client.getCountryCode(CUSTOMER)).toBe('49')

  const opened = await client.getChatById(chat)
  await opened.clearMessages()
  expect(await opened.fetchMessages({})).toEqual([])
  expect(await opened.delete()).toBe(true as never)
  await library.heard('chat_removed')
})
