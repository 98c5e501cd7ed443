// Links an account of the product on the stand-in, as a person would: start, read the QR, scan, ready.
import type { Phone, WhatsAppVerbs } from '../whatsapp/phone.ts'
import { isState, type Live } from './live.ts'
import { must, type Stage } from './stage.ts'

export interface Linked {
  accountId: string
  phone: Phone
  /** From asking for it to holding the QR. */
  qrMs: number
  /** From the scan to the news that it is ready. */
  readyMs: number
}

/** `phone`: digits. Pacing is off, so that nothing waits for anything but the work itself. */
export async function linkAccount(
  stage: Stage,
  live: Live,
  whatsapp: WhatsAppVerbs,
  number: string,
): Promise<Linked> {
  const { id: accountId } = await must(stage, 'POST', '/api/accounts', { name: number })
  await must(stage, 'PATCH', `/api/accounts/${accountId}`, { pacing: 'off' })
  const from = live.mark()
  const askedAt = performance.now()
  await must(stage, 'POST', `/api/accounts/${accountId}/connection`, {})
  await live.heard((heard) => heard.type === 'offer' && heard.account_id === accountId, from)
  const { qr } = await must(stage, 'GET', `/api/accounts/${accountId}/qr`)
  const qrMs = performance.now() - askedAt
  const phone = whatsapp.phone(number)
  const scannedAt = performance.now()
  await phone.scan(qr)
  const ready = await live.heard(isState(accountId, 'ready'), from)
  return { accountId, phone, qrMs, readyMs: ready.atMs - scannedAt }
}
