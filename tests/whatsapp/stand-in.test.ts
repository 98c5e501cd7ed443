// The stand-in, proved with the unmodified library in a real Chromium.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { makeProfiles, startLibrary } from './library.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'

const TEST_LIMIT_MS = 60_000
let server: WhatsApp
let profiles: Awaited<ReturnType<typeof makeProfiles>>

beforeAll(async () => {
  server = await startWhatsApp()
  profiles = await makeProfiles()
}, TEST_LIMIT_MS)

afterAll(async () => {
  await server.stop()
  await profiles.remove()
}, TEST_LIMIT_MS)

describe('with the bare library', () => {
  test(
    'QR, scan, ready, send, acks',
    async () => {
      const phone = server.whatsapp.phone('491500000001')
      await using library = await startLibrary(server.chromeFlags, profiles.dir, 'first')
      const [qr] = (await library.heard('qr')) as [string]
      await phone.scan(qr)
      await library.heard('ready')
      expect(library.client.info.wid.user).toBe('491500000001')

      const to = await library.client.getNumberId('491511111111')
      const sent = await library.client.sendMessage(to!._serialized, 'Hello there')
      expect(sent.body).toBe('Hello there')
      const entry = await server.whatsapp.waitForWire({ id: sent.id.id })
      expect(entry).toMatchObject({
        from: '491500000001',
        to: '491511111111',
        text: 'Hello there',
        arrivals: 1,
      })
      await library.heard('message_ack', (_message: unknown, ack: number) => ack === 2)
      await phone.ack(sent.id.id, 3)
      await library.heard('message_ack', (_message: unknown, ack: number) => ack === 3)
      expect(await server.whatsapp.unknownModules()).toEqual([])
      expect(await server.whatsapp.troubles()).toEqual([])
    },
    TEST_LIMIT_MS,
  )
})
