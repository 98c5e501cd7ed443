// One account's Worker with the real library in a real Chromium: link, send, acks, incoming, stop, start, log out.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Desk, newWhatsAppId, openDesk } from '../support/worker.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'

const LIMIT_MS = 120_000
let server: WhatsApp
let desk: Desk

beforeAll(async () => {
  server = await startWhatsApp()
  desk = await openDesk(server.chromeFlags)
}, LIMIT_MS)

afterAll(async () => {
  await desk[Symbol.asyncDispose]()
  await server.stop()
}, LIMIT_MS)

test(
  'from the QR to a message read, stopped, started again, logged out',
  async () => {
    const phone = server.whatsapp.phone('491600000001')
    const first = desk.open('whole')
    const { browserPid } = await first.start()
    expect(browserPid).toBeGreaterThan(1)
    const qr = await first.heard('qr')
    expect(Date.parse(qr.expiresAt)).toBeGreaterThan(Date.now() + 50_000)
    await phone.scan(qr.text)
    expect(await first.heard('ready')).toMatchObject({ phone: '491600000001' })

    const whatsappId = newWhatsAppId()
    const outcome = await first.send('491511111111@c.us', 'Hello', whatsappId)
    expect(outcome).toMatchObject({ outcome: 'handed' })
    const entry = await server.whatsapp.waitForWire({ id: whatsappId })
    expect(entry).toMatchObject({ to: '491511111111', text: 'Hello', arrivals: 1 })
    await first.heard('ack', (ack) => ack.whatsappId === whatsappId && ack.ack === 2)
    await phone.ack(whatsappId, 3)
    await first.heard('ack', (ack) => ack.whatsappId === whatsappId && ack.ack === 3)
    expect(await first.ask('acks', { ids: [whatsappId, '3EB0NONE'] })).toMatchObject({
      acks: { [whatsappId]: 3, '3EB0NONE': null },
    })

    await phone.deliver({ from: '491511111111', text: 'Hi there' })
    expect(await first.heard('incoming')).toMatchObject({
      text: 'Hi there',
      fromNumber: '491511111111',
      kind: 'text',
    })

    await first.ask('stop', {})
    expect(await first.ended()).toEqual({ code: 'stopped', detail: '' })
    expect(await phone.devices()).toHaveLength(1)

    const second = desk.open('whole', { generation: 1, run: 2 })
    await second.start({ linked: true })
    await second.heard('ready')
    expect(second.all('qr')).toEqual([])
    expect(await second.ask('logout', {})).toEqual({ unlinked: true })
    expect((await second.ended()).code).toBe('logged_out')
    expect(await phone.devices()).toHaveLength(0)
    expect(await server.whatsapp.unknownModules()).toEqual([])
    expect(await server.whatsapp.troubles()).toEqual([])
  },
  LIMIT_MS,
)
