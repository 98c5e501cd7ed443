// What takes too long: each phase ends in its own word, no browser is left, and the next run works. Deadlines shortened.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type AccountWorker, type Desk, openDesk } from '../support/worker.ts'
import type { Phone } from './phone.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'
import type { SettingsChange } from './servers/settings.ts'

const LIMIT_MS = 120_000
const CHAT = '491511111111@c.us'
let server: WhatsApp
let desk: Desk
let count = 0

beforeAll(async () => {
  server = await startWhatsApp()
  desk = await openDesk(server.chromeFlags)
}, LIMIT_MS)

afterAll(async () => {
  await desk[Symbol.asyncDispose]()
  await server.stop()
}, LIMIT_MS)

type Deadlines = NonNullable<AccountWorker['options']['deadlines']>

/** A test with a phone and a Worker of its own, and with the imitated WhatsApp behaving as `settings` say meanwhile. */
function lateTest(
  name: string,
  { settings = {}, deadlines }: { settings?: SettingsChange; deadlines: Deadlines },
  run: (worker: AccountWorker, phone: Phone) => Promise<void>,
): void {
  test(
    name,
    async () => {
      const number = `4916050000${String(++count).padStart(2, '0')}`
      const before = await server.whatsapp.settings()
      await server.whatsapp.set(settings)
      const worker = desk.open(number)
      worker.options.deadlines = deadlines
      try {
        await run(worker, server.whatsapp.phone(number))
      } finally {
        await worker.finish()
        await server.whatsapp.set(before)
      }
    },
    LIMIT_MS,
  )
}

async function link(worker: AccountWorker, phone: Phone): Promise<void> {
  await worker.start()
  await phone.scan((await worker.heard('qr')).text)
  await worker.heard('ready')
}

const states = (worker: AccountWorker) => worker.all('state').map(({ state }) => state)

lateTest(
  'a page that stays in OPENING, so that the library never comes back',
  { settings: { opening: 'held' }, deadlines: { openingMs: 1_000 } },
  async (worker) => {
    await worker.start()
    expect((await worker.ended()).code).toBe('start_deadline')
    expect(states(worker)).toEqual(['starting', 'starting'])
  },
)

lateTest(
  'a site that takes the connection and says nothing',
  { settings: { site: 'hangs' }, deadlines: { loadingMs: 1_000 } },
  async (worker) => {
    await worker.start()
    expect((await worker.ended()).code).toBe('page_unreachable')
  },
)

lateTest(
  'a page that shows no QR',
  { settings: { refs: { mode: 'none' } }, deadlines: { openingMs: 1_500, unpairedMs: 1_500 } },
  async (worker) => {
    await worker.start()
    expect((await worker.ended()).code).toBe('start_deadline')
    expect(worker.all('qr')).toEqual([])
  },
)

lateTest(
  'a QR that stops refreshing is asked for anew',
  {
    settings: { refs: { mode: 'frozen', lifetimesMs: [500, 60_000] } },
    deadlines: { qrFirstMs: 500, qrLateMs: 200 },
  },
  async (worker, phone) => {
    await worker.start()
    const first = await worker.heard('qr')
    await server.whatsapp.set({ refs: { lifetimesMs: [60_000] } })
    const second = await worker.heard('qr', ({ text }) => text !== first.text)
    await phone.scan(second.text)
    await worker.heard('ready')
  },
)

lateTest(
  'scanned, and the phone does not go on: somebody has to open it there',
  { deadlines: { scannedMs: 500 } },
  async (worker) => {
    await worker.start()
    const { text } = await worker.heard('qr')
    const page = (await server.whatsapp.pages()).find(({ qr }) => qr === text)
    await server.whatsapp.page(page!.load).setState('PAIRING')
    const asked = await worker.heard('state', ({ state }) => state === 'action_required')
    expect(asked.reason).toBe('scanned_not_opened')
  },
)

lateTest(
  'authenticated and never ready; the next run is, without another scan',
  { deadlines: { syncingMs: 1_500 } },
  async (worker, phone) => {
    await phone.set({ sync: 'never' })
    await worker.start()
    await phone.scan((await worker.heard('qr')).text)
    await worker.heard('state', ({ state }) => state === 'syncing')
    expect((await worker.ended()).code).toBe('sync_deadline')
    expect(worker.all('ready')).toEqual([])

    await phone.set({ sync: 'listened' })
    const next = desk.open(phone.number, { generation: 1, run: 2 })
    await next.start()
    await next.heard('ready')
    expect(next.all('qr')).toEqual([])
    await next.finish()
  },
)

lateTest(
  'a page whose script never ends',
  { deadlines: { pingEveryMs: 500, pingMs: 500 } },
  async (worker, phone) => {
    await link(worker, phone)
    await phone.freeze()
    expect((await worker.ended()).code).toBe('page_frozen')
  },
)

lateTest(
  'a browser that is frozen as a whole (SIGSTOP)',
  { deadlines: { pingEveryMs: 500, pingMs: 500 } },
  async (worker, phone) => {
    await link(worker, phone)
    await phone.freezeBrowser()
    expect((await worker.ended()).code).toBe('page_frozen')
  },
)

lateTest(
  'a line that flaps for too long: one word to people, then another try',
  { deadlines: { offlineMs: 4_000, offlineNudgeMs: 1_000 } },
  async (worker, phone) => {
    await link(worker, phone)
    const from = states(worker).length
    await phone.dropLine()
    expect((await worker.ended()).code).toBe('page_unreachable')
    // TIMEOUT and OPENING take turns in the page.
    expect(states(worker).slice(from)).toEqual(['reconnecting'])
  },
)

lateTest(
  'connected and deaf: loading the page again heals it, and the message goes out once',
  { deadlines: { heldReconnectMs: 500, heldReloadMs: 1_500 } },
  async (worker, phone) => {
    await link(worker, phone)
    await worker.ask('number', { number: '491511111111' })
    await phone.halfOpen('reload')
    expect(await worker.send(CHAT, 'after a reload')).toMatchObject({ outcome: 'handed', ack: 0 })
    expect((await server.whatsapp.waitForWire({ text: 'after a reload' }, 60_000)).arrivals).toBe(1)
  },
)

lateTest(
  'connected and deaf, whatever is tried: the browser is given up',
  {
    settings: { build: { resendsAfterReload: false } },
    deadlines: { heldReconnectMs: 300, heldReloadMs: 1_000, heldGiveUpMs: 3_000 },
  },
  async (worker, phone) => {
    await link(worker, phone)
    await worker.ask('number', { number: '491511111111' })
    await phone.halfOpen('never')
    expect(await worker.send(CHAT, 'not yet')).toMatchObject({ outcome: 'handed', ack: 0 })
    expect((await worker.ended()).code).toBe('page_unreachable')
    expect(await server.whatsapp.wire({ text: 'not yet' })).toEqual([])
  },
)
