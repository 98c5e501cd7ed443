// Linking in all its ways, and what can go wrong between the QR and `ready`.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type AccountWorker, type Desk, openDesk } from '../support/worker.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'
import type { SettingsChange } from './servers/settings.ts'

const LIMIT_MS = 150_000
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

/** One test, with the imitated WhatsApp behaving as `settings` say meanwhile. */
function linkTest(name: string, settings: SettingsChange, run: () => Promise<AccountWorker>): void {
  test(
    name,
    async () => {
      const before = await server.whatsapp.settings()
      await server.whatsapp.set(settings)
      try {
        const worker = await run()
        await worker.finish()
      } finally {
        await server.whatsapp.set(before)
      }
    },
    LIMIT_MS,
  )
}

linkTest('by pairing code, with the QR beside it', {}, async () => {
  const phone = server.whatsapp.phone('491603000001')
  const worker = desk.open('paired')
  await worker.start({ pairingPhone: '491603000001' })
  const { code, expiresAt } = await worker.heard('pairingCode')
  expect(code).toMatch(/^[0-9A-Z]{8}$/)
  expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now() + 100_000)
  expect(worker.all('qr')).not.toEqual([])
  await worker.heard('state', (s) => s.state === 'pairing')
  const again = await worker.ask('pair', { phone: '491603000001' }).catch((error: Error) => error.message)
  expect(again).toContain('rate_limited')
  await phone.enterCode(code)
  expect(await worker.heard('ready')).toMatchObject({ phone: '491603000001' })
  return worker
})

linkTest('a refused pairing code leaves the QR', { pairing: { perHour: 0 } }, async () => {
  const phone = server.whatsapp.phone('491603000002')
  const worker = desk.open('refused-code')
  await worker.start({ pairingPhone: '491603000002' })
  await worker.heard('state', (s) => s.state === 'qr' && s.reason === 'pairing_code_refused')
  await phone.scan(worker.all('qr').at(-1)?.text ?? '')
  await worker.heard('ready')
  return worker
})

linkTest('six QRs unscanned end the run', { refs: { lifetimesMs: [400, 400, 400] } }, async () => {
  const worker = desk.open('unscanned')
  await worker.start()
  expect((await worker.ended()).code).toBe('qr_expired')
  expect(worker.all('qr')).toHaveLength(6)
  expect(new Set(worker.all('qr').map((qr) => qr.text)).size).toBe(6)
  return worker
})

linkTest(
  'a page that has stopped showing QRs is asked for another',
  { refs: { lifetimesMs: [400] } },
  async () => {
    const phone = server.whatsapp.phone('491603000003')
    const worker = desk.open('idle')
    await worker.start()
    const first = await worker.heard('qr')
    await server.whatsapp.set({ refs: { lifetimesMs: [60_000] } })
    const second = await worker.heard('qr', (qr) => qr.text !== first.text)
    await phone.scan(second.text)
    await worker.heard('ready')
    return worker
  },
)

linkTest('an empty QR after pairing is not shown', { refs: { emptyAfterPairing: true } }, async () => {
  const phone = server.whatsapp.phone('491603000004')
  const worker = desk.open('empty')
  await worker.start()
  await phone.scan((await worker.heard('qr')).text)
  await worker.heard('ready')
  expect(worker.all('qr').filter((qr) => !qr.text.startsWith('2@'))).toEqual([])
  return worker
})

linkTest('a page that had synced before the library listened becomes ready', {}, async () => {
  const phone = server.whatsapp.phone('491603000005')
  const first = desk.open('early')
  await first.start()
  await phone.scan((await first.heard('qr')).text)
  await first.heard('ready')
  await first.ask('stop', {})
  await first.ended()

  await phone.set({ sync: 'early' })
  const second = desk.open('early', { generation: 1, run: 2 })
  await second.start({ linked: true })
  await second.heard('ready')
  expect(await second.send('491511111111@c.us', 'early')).toMatchObject({ outcome: 'handed' })
  await second.ask('stop', {})
  await second.ended()

  // What comes in meanwhile fires no event.
  await phone.deliver({ from: '491511111111', text: 'while you were away' })
  const third = desk.open('early', { generation: 1, run: 3 })
  await third.start({ linked: true })
  expect(await third.heard('incoming')).toMatchObject({ text: 'while you were away' })
  return third
})

linkTest('a passkey is asked for: a person is needed, not another QR', {}, async () => {
  const phone = server.whatsapp.phone('491603000006')
  await phone.set({ passkey: true })
  const worker = desk.open('passkey')
  await worker.start()
  const scanned = phone.scan((await worker.heard('qr')).text)
  await worker.heard('state', (s) => s.state === 'action_required' && s.reason === 'passkey')
  await phone.answerPasskey(true)
  await scanned
  await worker.heard('ready')
  return worker
})

linkTest('"What’s new" is dismissed', {}, async () => {
  const phone = server.whatsapp.phone('491603000007')
  await phone.set({ whatsNew: true })
  const worker = desk.open('news')
  await worker.start()
  await phone.scan((await worker.heard('qr')).text)
  await worker.heard('ready')
  await phone.waitForHappening('dismissed', 30_000)
  return worker
})

linkTest('several syncs are one ready', {}, async () => {
  const phone = server.whatsapp.phone('491603000008')
  await phone.set({ sync: 'held' })
  const worker = desk.open('resync')
  await worker.start()
  await phone.scan((await worker.heard('qr')).text)
  await worker.heard('state', (s) => s.state === 'syncing')
  await phone.sync()
  await worker.heard('ready')
  await phone.resync(5)
  expect(await worker.send('491511111111@c.us', 'once')).toMatchObject({ outcome: 'handed' })
  expect((await server.whatsapp.waitForWire({ text: 'once' })).arrivals).toBe(1)
  expect(worker.all('ready')).toHaveLength(1)
  return worker
})

linkTest('a page that answers with an error is unreachable', { site: 'fails' }, async () => {
  const worker = desk.open('failing')
  await worker.start()
  expect(await worker.ended()).toEqual({ code: 'page_unreachable', detail: 'HTTP 503' })
  return worker
})

linkTest('a line through which nothing goes is rescued', {}, async () => {
  const phone = server.whatsapp.phone('491603000009')
  const worker = desk.open('deaf')
  await worker.start()
  await phone.scan((await worker.heard('qr')).text)
  await worker.heard('ready')
  await worker.ask('number', { number: '491511111111' })
  await phone.halfOpen('reconnect')
  expect(await worker.send('491511111111@c.us', 'through')).toMatchObject({ outcome: 'handed', ack: 0 })
  expect((await server.whatsapp.waitForWire({ text: 'through' }, 60_000)).arrivals).toBe(1)
  return worker
})
