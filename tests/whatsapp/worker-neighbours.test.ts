// Two accounts side by side, each with a Worker and a browser of its own: what befalls one, the other does not notice.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type AccountWorker, type Desk, newWhatsAppId, openDesk } from '../support/worker.ts'
import type { Phone } from './phone.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'

const LIMIT_MS = 120_000
const CHAT = '491511111111@c.us'

let server: WhatsApp
let desk: Desk
let neighbour: AccountWorker
beforeAll(async () => {
  server = await startWhatsApp()
  desk = await openDesk(server.chromeFlags)
  ;({ worker: neighbour } = await link('491608000000'))
}, LIMIT_MS)
afterAll(async () => {
  await desk?.[Symbol.asyncDispose]()
  await server?.stop()
}, LIMIT_MS)

async function link(number: string): Promise<{ worker: AccountWorker; phone: Phone }> {
  const worker = desk.open(number)
  const phone = server.whatsapp.phone(number)
  // A frozen page is noticed sooner than people are promised.
  await worker.start({ deadlines: { pingEveryMs: 1_000, pingMs: 1_000 } })
  await phone.scan((await worker.heard('qr')).text)
  await worker.heard('ready')
  return { worker, phone }
}

test.each([
  ['491608000001', 'its tab crashes', 'page_crashed', (phone: Phone) => phone.crash()],
  ['491608000002', 'its browser is killed', 'browser_died', (phone: Phone) => phone.killBrowser()],
  [
    '491608000003',
    'it is logged out on the phone',
    'logged_out',
    (phone: Phone) => phone.logoutDevices().catch(() => {}),
  ],
  ['491608000004', 'its page freezes', 'page_frozen', (phone: Phone) => phone.freeze()],
] as const)(
  'while the run of %s ends because %s, the other sends and says nothing of it',
  async (number, _, code, befall) => {
    const { worker, phone } = await link(number)
    const from = neighbour.signals.length
    await befall(phone)
    // In the middle of it, and after it.
    const during = newWhatsAppId()
    expect(await neighbour.send(CHAT, 'during', during)).toMatchObject({ outcome: 'handed' })
    expect((await worker.ended()).code).toBe(code)
    const after = newWhatsAppId()
    expect(await neighbour.send(CHAT, 'after', after)).toMatchObject({ outcome: 'handed' })
    for (const id of [during, after]) expect((await server.whatsapp.wire({ id }))[0]?.arrivals).toBe(1)
    const heard = neighbour.signals.slice(from).filter(({ name }) => name !== 'ack' && name !== 'memory')
    // What it notes of its own sends is no trouble.
    expect(heard.filter(({ data }) => (data as { level?: string }).level !== 'debug')).toEqual([])
  },
  LIMIT_MS,
)
