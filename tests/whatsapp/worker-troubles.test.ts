// What befalls a linked account: its word for it, nothing left behind, nothing sent twice.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type AccountWorker, type Desk, newWhatsAppId, openDesk } from '../support/worker.ts'
import type { Phone } from './phone.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'

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

/** A linked account that is ready, on a profile of its own. */
async function linked(): Promise<{ worker: AccountWorker; phone: Phone }> {
  const number = `4916060000${String(++count).padStart(2, '0')}`
  const phone = server.whatsapp.phone(number)
  const worker = desk.open(number)
  await worker.start()
  await phone.scan((await worker.heard('qr')).text)
  await worker.heard('ready')
  return { worker, phone }
}

test.each(['UNPAIRED', 'UNPAIRED_IDLE'] as const)(
  '%s after it was ready: the link is over, and no QR of the old page is shown',
  async (state) => {
    const { worker, phone } = await linked()
    const shown = worker.all('qr').length
    await phone.setState(state)
    expect((await worker.ended()).code).toBe('unpaired')
    expect(worker.all('qr')).toHaveLength(shown)
  },
  LIMIT_MS,
)

test(
  'after a logout on the phone no QR of the old page is shown; the next link has a fresh one',
  async () => {
    const { worker, phone } = await linked()
    const old = worker.all('qr').map(({ text }) => text)
    await phone.logoutDevices().catch(() => {})
    expect((await worker.ended()).code).toBe('logged_out')
    expect(worker.all('qr')).toHaveLength(old.length)
    const next = desk.open(`${phone.number}-2`, { generation: 2, run: 2 })
    await next.start()
    const { text } = await next.heard('qr')
    expect(old).not.toContain(text)
    await phone.scan(text)
    await next.heard('ready')
    await next.finish()
  },
  LIMIT_MS,
)

test(
  'a page that reloads in the middle of a send: unproven, and the new page finds it by its chat',
  async () => {
    const { worker, phone } = await linked()
    const id = newWhatsAppId()
    await worker.ask('number', { number: '491511111111' })
    await phone.failNextSend({ when: 'after', how: 'hang' })
    const sending = worker.send(CHAT, 'lost context', id)
    await server.whatsapp.waitForWire({ id })
    const from = worker.signals.length
    await phone.reload()
    expect(await sending).toMatchObject({ outcome: 'unproven', code: 'page_lost' })
    const { pageLoad } = await worker.heard('ready', undefined, from)
    const answer = await worker.ask('acks', { ids: [id], chats: { [id]: CHAT } })
    expect(answer).toMatchObject({ pageLoad, acks: { [id]: expect.any(Number) } })
    expect((await server.whatsapp.wire({ id }))[0]?.arrivals).toBe(1)
    await worker.finish()
  },
  LIMIT_MS,
)

test(
  'a page that reloads before the message is handed over: unproven, and the new page does not know it',
  async () => {
    const { worker, phone } = await linked()
    const id = newWhatsAppId()
    await worker.ask('number', { number: '491511111111' })
    await phone.failNextSend({ when: 'before', how: 'hang' })
    const sending = worker.send(CHAT, 'never out', id)
    const from = worker.signals.length
    // The page does things in order: it is in the hanging call when it is told to reload.
    await phone.settle()
    await phone.reload()
    const outcome = await sending
    const { pageLoad } = await worker.heard('ready', undefined, from)
    expect(outcome).toMatchObject({ outcome: 'unproven', code: 'page_lost' })
    // The load that got the call is not the one that answers now: absent proves nothing.
    expect(outcome).not.toMatchObject({ pageLoad })
    expect(await worker.ask('acks', { ids: [id], chats: { [id]: CHAT } })).toEqual({
      pageLoad,
      acks: { [id]: null },
    })
    expect(await server.whatsapp.wire({ id })).toEqual([])
    await worker.finish()
  },
  LIMIT_MS,
)

test(
  'a profile that a browser on another host had locked is opened all the same',
  async () => {
    const number = `4916060000${String(++count).padStart(2, '0')}`
    const worker = desk.open(number)
    const { profileDir } = worker.options
    mkdirSync(profileDir, { recursive: true })
    // As Chromium writes it: HOST-PID.
    symlinkSync('another-host-4711', join(profileDir, 'SingletonLock'))
    await worker.start()
    await worker.heard('qr')
    expect(lockedBy(profileDir)).not.toBe('another-host-4711')
    await worker.finish()
  },
  LIMIT_MS,
)

/** HOST-PID of the browser that holds the profile; null for one that takes no lock. */
function lockedBy(profileDir: string): string | null {
  try {
    return readlinkSync(join(profileDir, 'SingletonLock'))
  } catch {
    return null
  }
}
