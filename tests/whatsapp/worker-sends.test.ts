// The hand-over: at most once on the wire, and each outcome as certain as it is said to be.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { type AccountWorker, type Desk, newWhatsAppId, openDesk } from '../support/worker.ts'
import type { Phone } from './phone.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'

const LIMIT_MS = 120_000
const NUMBER = '491511111111'
const CHAT = `${NUMBER}@c.us`

describe.each([
  { build: 'today’s build', spelling: '_serialized', addressing: 'lid', own: '491601000001' },
  { build: 'a build that spells ids $1', spelling: '$1', addressing: 'lid', own: '491601000002' },
  { build: 'an old build by number', spelling: '_serialized', addressing: 'pn', own: '491601000003' },
] as const)('in $build', ({ spelling, addressing, own }) => {
  let server: WhatsApp
  let desk: Desk
  let worker: AccountWorker
  let phone: Phone
  let id: string

  beforeAll(async () => {
    server = await startWhatsApp({ settings: { build: { spelling, addressing } } })
    desk = await openDesk(server.chromeFlags)
    worker = desk.open('sends')
    phone = server.whatsapp.phone(own)
    await worker.start()
    await phone.scan((await worker.heard('qr')).text)
    await worker.heard('ready')
  }, LIMIT_MS)

  afterAll(async () => {
    await desk[Symbol.asyncDispose]()
    await server.stop()
  }, LIMIT_MS)

  beforeEach(() => {
    id = newWhatsAppId()
  })

  test('is found under its id, with its chat and text', async () => {
    expect(await worker.send(CHAT, 'one', id)).toMatchObject({ outcome: 'handed' })
    expect(await server.whatsapp.waitForWire({ id })).toMatchObject({
      to: NUMBER,
      text: 'one',
      arrivals: 1,
    })
    await worker.heard('ack', (ack) => ack.whatsappId === id && ack.ack === 2)
  })

  test('the same id again is not a second message', async () => {
    await worker.send(CHAT, 'again', id)
    await server.whatsapp.waitForWire({ id })
    expect(await worker.send(CHAT, 'again', id)).toMatchObject({ outcome: 'handed' })
    expect(await server.whatsapp.wire({ text: 'again' })).toHaveLength(1)
    expect((await server.whatsapp.wire({ id }))[0]?.arrivals).toBe(1)
  })

  test(
    'without a line nothing is handed over, and it comes back by itself',
    async () => {
      const from = worker.signals.length
      await phone.dropLine()
      await worker.heard('state', (s) => s.state === 'reconnecting', from)
      expect(await worker.send(CHAT, 'offline', id)).toMatchObject({ outcome: 'refused', code: 'not_ready' })
      const back = worker.signals.length
      await phone.restoreLine()
      await worker.heard('ready', undefined, back)
      expect(await worker.send(CHAT, 'offline', id)).toMatchObject({ outcome: 'handed' })
      expect((await server.whatsapp.waitForWire({ id })).arrivals).toBe(1)
    },
    LIMIT_MS,
  )

  test('the page’s own ids come back afterwards', async () => {
    await Promise.all([worker.send(CHAT, 'a', id), worker.send(CHAT, 'b'), worker.send(CHAT, 'c')])
    const ids = await Promise.all(['a', 'b', 'c'].map((text) => server.whatsapp.waitForWire({ text })))
    expect(new Set(ids.map((entry) => entry.id)).size).toBe(3)
    expect(ids[0]?.id).toBe(id)
  })

  test('a number that is not on WhatsApp is refused for good', async () => {
    await server.whatsapp.number('491599999999', { registered: false })
    expect(await worker.send('491599999999@c.us', 'nobody', id)).toEqual({
      outcome: 'refused',
      code: 'not_on_whatsapp',
      retry: false,
    })
    expect(await worker.ask('number', { number: '491599999999' })).toEqual({ chatId: null })
    expect(await server.whatsapp.wire({ text: 'nobody' })).toEqual([])
  })

  test('a number without a LID is refused before anything goes out', async () => {
    await server.whatsapp.number('491588888888', { hasLid: false })
    const outcome = await worker.send('491588888888@c.us', 'no lid', id)
    expect(outcome).toMatchObject({ outcome: 'refused', code: 'no_lid' })
    expect(await server.whatsapp.wire({ text: 'no lid' })).toEqual([])
  })

  test('a call that says nothing although the message went out is handed over', async () => {
    await phone.failNextSend({ when: 'after', how: 'undefined' })
    expect(await worker.send(CHAT, 'silent', id)).toMatchObject({ outcome: 'handed' })
    expect((await server.whatsapp.waitForWire({ id })).arrivals).toBe(1)
  })

  test('a call that throws although the message went out is handed over', async () => {
    await phone.failNextSend({ when: 'after', how: 'throw', error: 'anything' })
    expect(await worker.send(CHAT, 'loud', id)).toMatchObject({ outcome: 'handed' })
    expect((await server.whatsapp.waitForWire({ id })).arrivals).toBe(1)
  })

  test('a call that says nothing and did nothing is unproven, and the same page can tell', async () => {
    await phone.failNextSend({ when: 'before', how: 'undefined' })
    const outcome = await worker.send(CHAT, 'nothing', id)
    expect(outcome).toMatchObject({ outcome: 'unproven', code: 'not_found_yet' })
    const { pageLoad, acks } = await worker.ask('acks', { ids: [id] })
    expect(acks).toEqual({ [id]: null })
    expect(outcome).toMatchObject({ pageLoad })
    expect(await worker.send(CHAT, 'nothing', id)).toMatchObject({ outcome: 'handed' })
    expect((await server.whatsapp.waitForWire({ id })).arrivals).toBe(1)
  })

  test('"No LID for user" out of the send itself is certain', async () => {
    await phone.failNextSend({ when: 'before', how: 'throw', error: 'No LID for user' })
    expect(await worker.send(CHAT, 'late lid', id)).toMatchObject({ outcome: 'refused', code: 'no_lid' })
    expect(await server.whatsapp.wire({ id })).toEqual([])
  })

  test('a refusal of the servers comes as an ack, with its reason', async () => {
    await server.whatsapp.number('491577777777', { refuse: 463 })
    await worker.send('491577777777@c.us', 'refused', id)
    const ack = await worker.heard('ack', (ack) => ack.whatsappId === id && ack.ack === -1)
    expect(ack.error).toBe(463)
  })

  test('a link is sent with or without a preview', async () => {
    expect(await worker.send(CHAT, 'see https://example.com/x', id)).toMatchObject({ outcome: 'handed' })
    await server.whatsapp.waitForWire({ id, text: 'see https://example.com/x' })
  })

  test('a text that looks like a card stays a text', async () => {
    const text = 'BEGIN:VCARD\nFN:Nobody\nEND:VCARD'
    expect(await worker.send(CHAT, text, id)).toMatchObject({ outcome: 'handed' })
    expect(await server.whatsapp.waitForWire({ id })).toMatchObject({ type: 'chat', text })
  })

  test('a group takes it too', async () => {
    const group = await phone.addGroup('Friends', [NUMBER])
    expect(await worker.send(group.id, 'hello all', id)).toMatchObject({ outcome: 'handed' })
    expect(await server.whatsapp.waitForWire({ id })).toMatchObject({ to: group.id })
    expect(await worker.ask('acks', { ids: [id] })).toMatchObject({ acks: { [id]: expect.any(Number) } })
  })

  test('what others write is heard once, with its number', async () => {
    await phone.deliver({ from: NUMBER, text: 'heard once' })
    await phone.resync(3)
    const { id: last } = await phone.deliver({ from: NUMBER, text: 'the last' })
    await worker.heard('incoming', (message) => message.whatsappId.includes(last))
    const heard = worker.all('incoming').filter((message) => message.text === 'heard once')
    expect(heard).toHaveLength(1)
    expect(heard[0]).toMatchObject({ fromNumber: NUMBER, kind: 'text' })
  })

  test(
    'a reload is a new page load; what went out before is found in storage by its chat',
    async () => {
      await worker.send(CHAT, 'before the reload', id)
      await worker.heard('ack', (ack) => ack.whatsappId === id && ack.ack === 2)
      const [ready] = worker.all('ready').slice(-1)
      const from = worker.signals.length
      await phone.reload()
      const again = await worker.heard('ready', (r) => r.pageLoad !== ready?.pageLoad, from)
      const answer = await worker.ask('acks', { ids: [id], chats: { [id]: CHAT } })
      expect(answer).toEqual({ pageLoad: again.pageLoad, acks: { [id]: 2 } })
      expect(await worker.send(CHAT, 'after the reload')).toMatchObject({ outcome: 'handed' })
      expect((await server.whatsapp.wire({ id }))[0]?.arrivals).toBe(1)
    },
    LIMIT_MS,
  )

  test(
    'a page that starts anew with the message on the wire leaves it unproven, and the next load proves it',
    async () => {
      const [ready] = worker.all('ready').slice(-1)
      const from = worker.signals.length
      await phone.dieInNextSend({ reached: 'wire', by: 'reload' })
      expect(await worker.send(CHAT, 'under a reload', id)).toMatchObject({
        outcome: 'unproven',
        code: 'page_lost',
      })
      await worker.heard('ready', (r) => r.pageLoad !== ready?.pageLoad, from)
      expect(await worker.send(CHAT, 'after it')).toMatchObject({ outcome: 'handed' })
      expect((await server.whatsapp.wire({ id }))[0]?.arrivals).toBe(1)
    },
    LIMIT_MS,
  )

  test(
    'a page that dies with the message on the wire leaves it unproven',
    async () => {
      await phone.dieInNextSend({ reached: 'wire' })
      expect(await worker.send(CHAT, 'last words', id)).toMatchObject({
        outcome: 'unproven',
        code: 'page_lost',
      })
      expect((await worker.ended()).code).toBe('page_crashed')
      expect(await server.whatsapp.wire({ id })).toHaveLength(1)
    },
    LIMIT_MS,
  )
})
