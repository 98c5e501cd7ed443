// Linking a device: refs and their refresh, scanning, pairing codes, passkeys, and the end of a link.
import { randomBytes, randomInt } from 'node:crypto'
import type { Me } from '../frames.ts'
import { connected } from './connection.ts'
import type { Device, Memory, Phone } from './memory.ts'
import type { Page } from './page.ts'

/** Crockford's letters and digits, as on a real phone: nothing that looks like something else. */
const CODE_LETTERS = '123456789ABCDEFGHJKLMNPQRSTVWXYZ'
const HOUR_MS = 3_600_000
/** When codes were given out, by phone number. */
const given = new WeakMap<Memory, Map<string, number[]>>()

/** A fresh round of refs: first the long one, then the short ones, then UNPAIRED_IDLE. */
export function startRefs(memory: Memory, page: Page, round = 0): void {
  if (page.refTimer) clearTimeout(page.refTimer)
  const { lifetimesMs, mode } = memory.settings.refs
  const lifeMs = lifetimesMs[round]
  page.ref = null
  memory.changed()
  if (lifeMs === undefined) {
    void page.order('idle', {}).catch(() => {})
    return
  }
  if (mode === 'frozen' && round > 0) return
  page.ref = { text: `2@${randomBytes(66).toString('base64')}`, until: Date.now() + lifeMs }
  page.refTimer = setTimeout(() => startRefs(memory, page, round + 1), lifeMs)
  if (mode !== 'none') void page.order('ref', { ref: page.ref.text }).catch(() => {})
  memory.changed()
}

/**
 * A phone holds its camera on a QR. Takes effect when the page has its credentials on disk. Throws when the text is no
 * QR of ours, too old, or composed of other keys than the page holds.
 */
export async function scan(memory: Memory, number: string, qr: string): Promise<{ load: string }> {
  const [ref, staticKey, identity, adv] = qr.split(',')
  if (!ref || !adv) throw new Error('this is no WhatsApp QR')
  const page = [...memory.pages.values()].find((p) => p.ref?.text === ref)
  if (!page || page.ref!.until < Date.now()) throw new Error('this QR is not valid any more')
  const keys = page.keys!
  if (staticKey !== keys.static || identity !== keys.identity || adv !== keys.adv) {
    throw new Error('this QR does not carry the keys of its page')
  }
  await link(memory, memory.phone(number), page)
  return { load: page.load }
}

/** Throws as the real flow does: digits only, and not too often. */
export function offerCode(memory: Memory, page: Page, phone: string, notify: boolean): string {
  if (!/^\d{7,15}$/.test(phone)) throw new Error('invalid phone number')
  const { gapMs, perHour, lifetimeMs } = memory.settings.pairing
  const times = given.get(memory) ?? new Map<string, number[]>()
  given.set(memory, times)
  const past = (times.get(phone) ?? []).filter((at) => at > Date.now() - HOUR_MS)
  if (past.length >= perHour || (past.at(-1) ?? 0) > Date.now() - gapMs) throw new Error('rate-overlimit')
  times.set(phone, [...past, Date.now()])

  const code = Array.from({ length: 8 }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)]).join('')
  page.offer = { phone, code, until: Date.now() + lifetimeMs }
  if (notify)
    memory.happenings.push({ number: phone, chat: '', what: 'notified', at: new Date().toISOString() })
  memory.changed()
  return code
}

/** Small letters and a dash are taken too, as on a phone. */
export async function enterCode(memory: Memory, number: string, typed: string): Promise<{ load: string }> {
  const code = typed.toUpperCase().replaceAll(/[^0-9A-Z]/g, '')
  const page = [...memory.pages.values()].find((p) => p.offer?.code === code && p.isOpen)
  if (!page || page.offer!.phone !== number || page.offer!.until < Date.now()) throw new Error('wrong code')
  await link(memory, memory.phone(number), page)
  return { load: page.load }
}

async function link(memory: Memory, phone: Phone, page: Page): Promise<void> {
  if (page.refTimer) clearTimeout(page.refTimer)
  page.ref = null
  page.offer = null
  if (phone.settings.passkey) await passkeyAnswered(memory, page)

  const device: Device = {
    id: randomBytes(8).toString('hex'),
    token: randomBytes(16).toString('hex'),
    linkedAt: new Date().toISOString(),
    queue: [],
  }
  phone.devices.push(device)
  memory.changed('phone', phone.number)
  page.device = device.id
  const emptyRef = memory.settings.refs.emptyAfterPairing
  await page.order('linked', { device: { id: device.id, token: device.token }, me: meOf(phone), emptyRef })
  memory.changed()
  // Not awaited: how the sync goes on is the test's own question.
  void connected(memory, page, phone, device).catch(() => {})
}

async function passkeyAnswered(memory: Memory, page: Page): Promise<void> {
  await page.order('passkey', { shown: true })
  const allowed = new Promise<boolean>((resolve) => {
    page.passkey = resolve
  })
  memory.changed()
  const ok = await allowed
  page.passkey = null
  await page.order('passkey', { shown: false })
  if (ok) return
  startRefs(memory, page)
  throw new Error('the passkey was refused')
}

/** The device is gone at once; a page that holds it is told, one that is away hears it when it comes back. */
export async function unlink(memory: Memory, phone: Phone, device: Device, tellPage: boolean): Promise<void> {
  phone.devices = phone.devices.filter((d) => d !== device)
  memory.changed('phone', phone.number)
  if (!tellPage) return
  for (const page of memory.pages.values()) {
    if (page.device !== device.id || !page.isOpen) continue
    page.device = null
    await page.order('logout', {})
  }
}

export function meOf(phone: Phone): Me {
  return {
    number: phone.number,
    lid: phone.lid,
    name: phone.settings.name,
    platform: phone.settings.platform,
  }
}
