// Seals what must be read back (second-factor seeds, webhook secrets) with a key that lies in DATA_DIR, not in the database.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { keepSecret } from './kept-secret.ts'

export interface Vault {
  /** `about` says what it belongs to (`totp <user id>`): sealed bytes that were moved to another row do not open. */
  seal(text: string, about?: string): Uint8Array
  /** Throws one sentence when the bytes were changed, belong elsewhere, or were sealed with another key. */
  open(bytes: Uint8Array, about?: string): string
}

/** AES-256-GCM; a version byte, 12 bytes of nonce, 16 of tag, then the text. */
const VERSION = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES

/** The key is `vault-key` in `dataDir`, made at the first call. Lost, nothing sealed with it can be read again. */
export function createVault(dataDir: string): Vault {
  const key = Buffer.from(
    keepSecret(join(dataDir, 'vault-key'), () => randomBytes(32).toString('base64url')),
    'base64url',
  )
  if (key.length !== 32) throw new Error('The file vault-key in DATA_DIR is damaged: it must hold 32 bytes.')

  return {
    seal(text, about = '') {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(about))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), sealed])
    },
    open(bytes, about = '') {
      const sealed = Buffer.from(bytes)
      try {
        if (sealed[0] !== VERSION || sealed.length < HEAD_BYTES) throw new Error('not sealed here')
        const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + NONCE_BYTES))
          .setAAD(Buffer.from(about))
          .setAuthTag(sealed.subarray(1 + NONCE_BYTES, HEAD_BYTES))
        return decipher.update(sealed.subarray(HEAD_BYTES), undefined, 'utf8') + decipher.final('utf8')
      } catch (cause) {
        throw new Error('A sealed value does not open with the vault-key in DATA_DIR.', { cause })
      }
    },
  }
}
