// Secrets that rest as hashes only: API keys and one-time tokens.
import { createHash } from 'node:crypto'

/** SHA-256; enough for secrets of 32 random bytes, which nobody can guess. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** 32 random bytes as base64url, for links that work once. */
export function randomToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
}
