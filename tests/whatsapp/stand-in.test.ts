// The stand-in, proved with the unmodified library in a real Chromium: linking, sending, receiving, coming back.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { type Library, linkLibrary, makeProfiles, startLibrary } from './library.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'

setDefaultTimeout(90_000)
const CUSTOMER = '491511111111'
let server: WhatsApp
let profiles: Awaited<ReturnType<typeof makeProfiles>>

beforeAll(async () => {
  server = await startWhatsApp()
  profiles = await makeProfiles()
})

afterAll(async () => {
  expect(await server.whatsapp.unknownModules()).toEqual([])
  expect(await server.whatsapp.troubles()).toEqual([])
  await server.stop()
  await profiles.remove()
})

const ackOf = (ack: number) => (_message: unknown, heard: number) => heard === ack

test('QR → scan → ready → send → acks → incoming → restart with the profile → logout → fresh QR', async () => {
  const phone = server.whatsapp.phone('491500000001')
  {
    await using library = await startLibrary(server.chromeFlags, profiles.dir, 'life')
    const [qr] = (await library.heard('qr')) as [string]
    await phone.scan(qr)
    await library.heard('ready')
    expect(library.client.info.wid.user).toBe('491500000001')

    const sent = await sendTo(library, CUSTOMER, 'Hello there')
    const entry = await server.whatsapp.waitForWire({ id: sent.id.id })
    expect(entry).toMatchObject({ from: '491500000001', to: CUSTOMER, text: 'Hello there', arrivals: 1 })
    await library.heard('message_ack', ackOf(2))
    await phone.ack(sent.id.id, 3)
    await library.heard('message_ack', ackOf(3))

    const { id } = await phone.deliver({ from: CUSTOMER, text: 'Hi back', name: 'Carla' })
    const [message] = (await library.heard('message')) as [{ id: { id: string }; body: string; from: string }]
    expect(message).toMatchObject({ body: 'Hi back', id: { id } })
    expect(message.from).toEndWith('@lid')
  }

  await phone.deliver({ from: CUSTOMER, text: 'while you were away' })
  {
    await using library = await startLibrary(server.chromeFlags, profiles.dir, 'life')
    await library.heard('ready')
    expect(library.fired.some((event) => event.name === 'qr')).toBe(false)
    const chats = await library.client.getChats()
    expect(chats.map((chat) => [chat.name, chat.unreadCount])).toEqual([['Carla', 2]])

    await library.client.logout()
    expect(await phone.devices()).toEqual([])
  }

  await using library = await startLibrary(server.chromeFlags, profiles.dir, 'life')
  await library.heard('qr')
})

test('a pairing code links the phone it was asked for, and is refused too soon after another', async () => {
  const phone = server.whatsapp.phone('491500000002')
  await using library = await startLibrary(server.chromeFlags, profiles.dir, 'pairing')
  await library.heard('qr')
  await expect(library.client.requestPairingCode('+49 1500')).rejects.toThrow('invalid phone number')
  const code = await library.client.requestPairingCode(phone.number)
  expect(code).toMatch(/^[1-9A-HJ-NP-TV-Z]{8}$/)
  await expect(library.client.requestPairingCode(phone.number)).rejects.toThrow('rate-overlimit')
  await phone.waitForHappening('notified')

  await expect(server.whatsapp.phone('491500000999').enterCode(code)).rejects.toThrow('wrong code')
  await phone.enterCode(`${code.slice(0, 4)}-${code.slice(4)}`.toLowerCase())
  await library.heard('ready')
  expect(await phone.devices()).toHaveLength(1)
})

test('logged out from the phone: LOGOUT, then a QR in the same page, by which it can be linked again', async () => {
  const phone = server.whatsapp.phone('491500000003')
  await using library = await linkLibrary(server, phone, profiles.dir, 'logged-out')
  const { load } = await server.whatsapp.waitForPage({ number: phone.number })
  await phone.logoutDevices()
  const [reason] = await library.heard('disconnected')
  expect(reason).toBe('LOGOUT')
  const [first] = (await library.heard('qr')) as [string]
  await server.whatsapp.waitForPage({ after: load, state: 'UNPAIRED' })
  const [again] = (await library.heard('qr', (qr: string) => !qr.startsWith(`${first.split(',')[0]},`))) as [
    string,
  ]
  await phone.scan(again)
  await phone.waitForSynced()
  await library.heardTimes('ready', 2)
})

test('chats, contacts, seen, typing, groups, look-ups, a reply', async () => {
  const phone = server.whatsapp.phone('491500000004')
  await using library = await linkLibrary(server, phone, profiles.dir, 'chats')
  const { client } = library
  await phone.deliver({ from: CUSTOMER, text: 'Question?', name: 'Carla' })
  const [message] = (await library.heard('message')) as [Awaited<ReturnType<typeof client.getMessageById>>]

  const chat = await message.getChat()
  expect(chat).toMatchObject({ name: 'Carla', unreadCount: 1, isGroup: false })
  expect(chat.lastMessage).toMatchObject({ body: 'Question?' })
  await chat.sendStateTyping()
  await phone.waitForHappening('composing')
  await chat.sendSeen()
  await phone.waitForHappening('seen')
  expect(await client.getChatById(chat.id._serialized)).toMatchObject({ unreadCount: 0 })
  const contact = await message.getContact()
  expect(contact).toMatchObject({ pushname: 'Carla', number: CUSTOMER, isMe: false, isBlocked: false })
  expect(await chat.fetchMessages({ limit: 5 })).toHaveLength(1)
  expect(await client.getMessageById(message.id._serialized)).toMatchObject({ body: 'Question?' })
  expect(await client.searchMessages('Question')).toHaveLength(1)
  const reply = await message.reply('Answer')
  expect((await server.whatsapp.waitForWire({ id: reply.id.id })).extra).toMatchObject({
    quotedStanzaID: message.id.id,
  })

  const group = await phone.addGroup('Friends', [CUSTOMER, '491522222222'])
  const groupChat = await client.getChatById(group.id)
  expect(groupChat).toMatchObject({ name: 'Friends', isGroup: true })
  await groupChat.sendMessage('Hello all')
  expect(await server.whatsapp.waitForWire({ text: 'Hello all' })).toMatchObject({ to: group.id })
  await phone.deliver({ from: CUSTOMER, group: group.id, text: 'Hello group' })
  const [inGroup] = (await library.heard('message', (m: { body: string }) => m.body === 'Hello group')) as [
    { from: string; author: string },
  ]
  expect(inGroup.from).toBe(group.id)
  expect(inGroup.author).toEndWith('@lid')
})

test('two accounts of one server write to each other', async () => {
  const [anna, ben] = [server.whatsapp.phone('491500000005'), server.whatsapp.phone('491500000006')]
  await using annas = await linkLibrary(server, anna, profiles.dir, 'anna')
  await using bens = await linkLibrary(server, ben, profiles.dir, 'ben')
  await sendTo(annas, ben.number, 'Are you there?')
  const [message] = (await bens.heard('message')) as [{ body: string }]
  expect(message.body).toBe('Are you there?')
  await ben.waitForInbox('Are you there?')
})

async function sendTo(library: Library, number: string, text: string) {
  const wid = await library.client.getNumberId(number)
  return library.client.sendMessage(wid!._serialized, text)
}
