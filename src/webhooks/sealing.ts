// Secrets and headers of webhooks: made here, sealed for the table, opened for a delivery.
import { createHmac } from 'node:crypto'
import { Webhook as Signer } from 'standardwebhooks'
import type { Vault } from '../vault.ts'
import type { Webhook } from './store.ts'

/** What Standard Webhooks asks for: between 24 and 64 random bytes. */
const SECRET_BYTES = 32

/** `whsec_` and base64, as every Standard Webhooks library reads it. */
export function newSecret(): string {
  return `whsec_${Buffer.from(crypto.getRandomValues(new Uint8Array(SECRET_BYTES))).toString('base64')}`
}

export function sealSecret(vault: Vault, webhookId: string, secret: string): Uint8Array {
  return vault.seal(secret, `webhook secret ${webhookId}`)
}

/** Null where there are none. */
export function sealHeaders(
  vault: Vault,
  webhookId: string,
  headers: Record<string, string>,
): Pick<Webhook, 'headers' | 'header_names'> {
  const names = Object.keys(headers)
  if (names.length === 0) return { headers: null, header_names: [] }
  return { headers: vault.seal(JSON.stringify(headers), `webhook headers ${webhookId}`), header_names: names }
}

export function openHeaders(vault: Vault, { id, headers }: Webhook): Record<string, string> {
  return headers ? JSON.parse(vault.open(headers, `webhook headers ${id}`)) : {}
}

/** An app secret as Meta makes them: 32 hex digits. */
export function newAppSecret(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex')
}

export type Sign = (id: string, at: Date, body: string) => Record<string, string>

/** The headers that prove who sends it: those of Standard Webhooks, or `X-Hub-Signature-256`. */
export function openProof(vault: Vault, webhook: Webhook, now: Date): Sign {
  if (webhook.kind === 'cloud') {
    // Has room for one signature, so that a new secret replaces the old one at once.
    const secret = vault.open(webhook.secret, `webhook secret ${webhook.id}`)
    return (_id, _at, body) => ({
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    })
  }
  const sign = openSigner(vault, webhook, now)
  return (id, at, body) => ({
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': sign(id, at, body),
  })
}

/** Signs with the secret of today, and while it overlaps with the one before too: a receiver may know either. */
function openSigner(
  vault: Vault,
  webhook: Webhook,
  now: Date,
): (id: string, at: Date, body: string) => string {
  const isOverlap = webhook.old_secret_until !== null && webhook.old_secret_until > now
  const sealed = [webhook.secret, ...(isOverlap && webhook.old_secret ? [webhook.old_secret] : [])]
  const signers = sealed.map((one) => new Signer(vault.open(one, `webhook secret ${webhook.id}`)))
  return (id, at, body) => signers.map((signer) => signer.sign(id, at, body)).join(' ')
}
