// The text of an API key: `bw_`, then base64url of an id (8 bytes), a secret (32 bytes) and their CRC-32 (4 bytes).

const PREFIX = 'bw_'
const LENGTH = 44

/** `admin` is for admins' keys, and works only while they are admins. No scope manages keys or ways to sign in. */
export const SCOPES = ['send', 'read', 'accounts', 'webhooks', 'admin'] as const
export type Scope = (typeof SCOPES)[number]

/** `random`: 40 bytes of a cryptographic source. */
export function formatApiKey(random: Uint8Array): { key: string; prefix: string } {
  const bytes = Buffer.alloc(LENGTH)
  bytes.set(random.subarray(0, 40))
  bytes.writeUInt32BE(Bun.hash.crc32(bytes.subarray(0, 40)), 40)
  const key = PREFIX + bytes.toString('base64url')
  return { key, prefix: key.slice(0, 11) }
}

/** Whether a text can be one of our keys at all: a mistyped or cut one is told without asking the database. */
export function looksLikeApiKey(text: string): boolean {
  if (!text.startsWith(PREFIX)) return false
  const bytes = Buffer.from(text.slice(PREFIX.length), 'base64url')
  return bytes.length === LENGTH && bytes.readUInt32BE(40) === Bun.hash.crc32(bytes.subarray(0, 40))
}

/** Of an older installation, in whatever form that made them: shorter ones could be guessed from their hash. */
export const OLD_KEY_LENGTH = { min: 16, max: 200 } as const

/** Whether a text can be a key of an older installation, whose hash is looked up as it is. */
export function looksLikeOldKey(text: string): boolean {
  const { min, max } = OLD_KEY_LENGTH
  if (text.length < min || text.length > max || !/^[\x21-\x7e]+$/.test(text)) return false
  // As long as one of ours, but with another checksum: mistyped.
  return !text.startsWith(PREFIX) || Buffer.from(text.slice(PREFIX.length), 'base64url').length !== LENGTH
}

/** So many of the requests made with a key are kept. */
export const KEPT_REQUESTS = 100

/** One request made with a key: never its query, never its body. */
export interface KeyRequest {
  /** ISO 8601, UTC. */
  at: string
  method: string
  /** Without the query; numbers in it are hidden. */
  path: string
  status: number
  ip_address: string | null
}
