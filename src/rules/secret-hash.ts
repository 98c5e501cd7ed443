// How secrets that nobody can guess rest: as a plain SHA-256.
import { createHash } from 'node:crypto'

/** For API keys and one-time tokens of 32 random bytes; passwords need `auth/passwords`. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}
