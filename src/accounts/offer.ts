// What there is to scan or type to link an account, as the API shows it.
import { t } from 'elysia'
import { toDataURL } from 'qrcode'
import { Problem } from '../http/problem.ts'
import type { Account } from './store.ts'
import type { LinkOffer } from './supervisor.ts'
import { viewState } from './view.ts'

export const qrShape = t.Object({
  qr: t.Nullable(t.String({ description: 'The text of the QR code.' })),
  image: t.Nullable(t.String({ description: 'The same as a PNG, as a data URL.' })),
  code: t.Nullable(t.String({ description: 'The pairing code to type on the phone.' })),
  expires_at: t.Nullable(t.String()),
})

/** Throws `no_qr` with the account's state when there is neither. */
export async function linkOffer(account: Account, { qr, code }: LinkOffer) {
  if (!qr && !code) {
    const { state, reason, message, action } = viewState(account)
    throw new Problem('no_qr', undefined, { fields: { state, reason, message, action } })
  }
  return {
    qr: qr?.text ?? null,
    image: qr ? await toDataURL(qr.text, { errorCorrectionLevel: 'L', margin: 2, width: 480 }) : null,
    code: code?.code ?? null,
    expires_at: qr?.expiresAt ?? code?.expiresAt ?? null,
  }
}
