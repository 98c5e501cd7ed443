// Tokens for links that work once.

/** 32 random bytes as base64url. Kept as a hash only. */
export function randomToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
}
