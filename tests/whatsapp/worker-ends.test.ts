// How a run ends: asked for, by the phone, by a death of any part. Afterwards no process is left, and the next works.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type AccountWorker, type Desk, openDesk } from '../support/worker.ts'
import type { Phone } from './phone.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'

const LIMIT_MS = 120_000
/** `LOGOUT_ROUNDS=100 bun test tests/whatsapp/worker-ends.test.ts -t rounds` for the long run. */
const ROUNDS = Number(process.env.LOGOUT_ROUNDS ?? 5)
let server: WhatsApp
let desk: Desk
let lastNumber = 491602000000

beforeAll(async () => {
  server = await startWhatsApp()
  desk = await openDesk(server.chromeFlags)
}, LIMIT_MS)

afterAll(async () => {
  await desk[Symbol.asyncDispose]()
  await server.stop()
}, LIMIT_MS)

/** A linked account that is ready, on a profile of its own. */
async function linked(): Promise<{ worker: AccountWorker; phone: Phone; profile: string }> {
  const number = String(++lastNumber)
  const phone = server.whatsapp.phone(number)
  const worker = await link(phone, number)
  return { worker, phone, profile: number }
}

async function link(phone: Phone, profile: string, generation = 1): Promise<AccountWorker> {
  const worker = desk.open(profile, { generation, run: 1 })
  await worker.start()
  await phone.scan((await worker.heard('qr')).text)
  await worker.heard('ready')
  return worker
}

/** Why it was refused. (`expect().rejects` holds the event loop, and with it what the Worker says.) */
async function refusal(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'it was not refused',
    (error: Error) => error.message,
  )
}

test(
  'a killed browser ends the run; the link survives it',
  async () => {
    const { worker, phone, profile } = await linked()
    await phone.killBrowser()
    expect((await worker.ended()).code).toBe('browser_died')
    const next = desk.open(profile, { generation: 1, run: 2 })
    await next.start({ linked: true })
    await next.heard('ready')
    expect(next.all('qr')).toEqual([])
    await next.ask('stop', {})
    await next.ended()
  },
  LIMIT_MS,
)

test(
  'a crashed page ends the run',
  async () => {
    const { worker, phone } = await linked()
    await phone.crash()
    expect((await worker.ended()).code).toBe('page_crashed')
  },
  LIMIT_MS,
)

test(
  'a frozen browser can be stopped',
  async () => {
    const { worker, phone } = await linked()
    await phone.freezeBrowser()
    await worker.ask('stop', {})
    expect((await worker.ended()).code).toBe('stopped')
  },
  LIMIT_MS,
)

test(
  'rounds of linking and logging out on the phone',
  async () => {
    const number = String(++lastNumber)
    const phone = server.whatsapp.phone(number)
    const codes = new Set<string>()
    for (let generation = 1; generation <= ROUNDS; generation++) {
      const worker = await link(phone, `${number}-${generation}`, generation)
      const [qr] = worker.all('qr')
      codes.add(qr?.text ?? '')
      // The browser is killed the moment it hears of it, perhaps before its page can confirm.
      await phone.logoutDevices().catch(() => {})
      expect((await worker.ended()).code).toBe('logged_out')
      expect(await phone.devices()).toEqual([])
    }
    expect(codes.size).toBe(ROUNDS)
  },
  LIMIT_MS * ROUNDS,
)

test(
  'rounds of linking and logging out from here',
  async () => {
    const number = String(++lastNumber)
    const phone = server.whatsapp.phone(number)
    for (let generation = 1; generation <= ROUNDS; generation++) {
      const worker = await link(phone, `${number}-${generation}`, generation)
      expect(await worker.ask('logout', {})).toEqual({ unlinked: true })
      expect((await worker.ended()).code).toBe('logged_out')
      expect(await phone.devices()).toEqual([])
    }
  },
  LIMIT_MS * ROUNDS,
)

test(
  'a device logged out while it was away says so at the next start',
  async () => {
    const { worker, phone, profile } = await linked()
    await worker.ask('stop', {})
    await worker.ended()
    await phone.logoutDevices()
    const next = desk.open(profile, { generation: 1, run: 2 })
    await next.start({ linked: true })
    expect(['logged_out', 'unpaired']).toContain((await next.ended()).code)
    expect(next.all('ready')).toEqual([])
  },
  LIMIT_MS,
)

test(
  'a blocked number ends the run as banned',
  async () => {
    const { worker, phone, profile } = await linked()
    await worker.ask('stop', {})
    await worker.ended()
    await phone.set({ state: 'TOS_BLOCK' })
    const next = desk.open(profile, { generation: 1, run: 2 })
    await next.start({ linked: true })
    expect((await next.ended()).code).toBe('banned')
  },
  LIMIT_MS,
)

test(
  'opened elsewhere is a conflict, taken back only when asked',
  async () => {
    const { worker, phone } = await linked()
    await phone.openElsewhere()
    await worker.heard('state', (s) => s.state === 'conflict')
    const from = worker.signals.length
    await worker.ask('takeOver', {})
    await worker.heard('ready', undefined, from)
    await worker.ask('stop', {})
    await worker.ended()
  },
  LIMIT_MS,
)

test(
  'stopped in the middle of its start, nothing is left',
  async () => {
    const worker = desk.open('hasty')
    worker.leaveRunning = true
    const started = worker.start().catch((error: Error) => error.message)
    await worker.heard('state')
    await worker.ask('stop', {})
    expect((await worker.ended()).code).toBe('stopped')
    expect(await started).not.toBe('no answer to start')
  },
  LIMIT_MS,
)

test(
  'a profile in use is not opened twice',
  async () => {
    const { worker, profile } = await linked()
    const second = desk.open(profile, { generation: 1, run: 2 })
    expect(await refusal(second.start())).toContain('another run holds the profile')
    expect((await second.heard('ended')).code).toBe('browser_failed')
    expect(await worker.send('491511111111@c.us', 'undisturbed')).toMatchObject({ outcome: 'handed' })
    await worker.ask('stop', {})
    await worker.ended()
  },
  LIMIT_MS,
)

test(
  'a browser that does not start is told with a reason',
  async () => {
    const worker = desk.open('broken')
    const broken = join(await mkdtemp(join(tmpdir(), 'botwave-broken-')), 'chrome')
    await Bun.write(broken, '#!/bin/sh\necho "[1:FATAL:a.cc(1)] No usable sandbox!" >&2\nexit 1\n')
    await chmod(broken, 0o755)
    const browser = { ...worker.options.browser, executable: broken }
    expect(await refusal(worker.start({ browser }))).toBe('failed: No usable sandbox!')
    expect(await worker.ended()).toEqual({ code: 'browser_failed', detail: 'No usable sandbox!' })
    await rm(dirname(broken), { recursive: true })
  },
  LIMIT_MS,
)

test(
  'commands for another run, or before the start, are refused',
  async () => {
    const worker = desk.open('refusing', { generation: 2, run: 7 })
    expect(await refusal(worker.ask('acks', { ids: [] }))).toContain('not_started')
    await worker.start()
    expect(await refusal(worker.ask('stop', {}, { generation: 2, run: 6 }))).toContain('wrong_run')
    expect(await refusal(worker.ask('number', { number: '491' }))).toContain('not_ready')
    expect(await worker.send('491@c.us', 'early')).toEqual({
      outcome: 'refused',
      code: 'not_ready',
      retry: true,
    })
    await worker.ask('stop', {})
    await worker.ended()
  },
  LIMIT_MS,
)

test.if(process.platform === 'linux')(
  'a browser above its limit is left alone while it sends, ended when idle, and comes back without a QR',
  async () => {
    const number = String(++lastNumber)
    const phone = server.whatsapp.phone(number)
    const worker = desk.open(number)
    const memory = { softMb: 1, hardMb: 100_000, everyMs: 200, idleMs: 2_000 }
    await worker.start({ memory })
    await phone.scan((await worker.heard('qr')).text)
    await worker.heard('ready')
    expect((await worker.heard('memory')).usedMb).toBeGreaterThan(20)
    expect((await worker.send('491511111111@c.us', 'still here')).outcome).toBe('handed')
    expect((await worker.ended()).code).toBe('memory_limit')
    const next = desk.open(number, { generation: 1, run: 2 })
    await next.start({ linked: true, memory: { ...memory, softMb: 100_000 } })
    await next.heard('ready')
    expect(next.all('qr')).toEqual([])
  },
  LIMIT_MS,
)
