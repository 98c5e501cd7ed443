// Reads one person of an older installation: what their row becomes here, or why it is refused.
import { looksLikeOldKey } from './api-key.ts'
import { oldText, oldTime, oldWord, Refused, readOldRow } from './old-fields.ts'
import { keptId } from './old-ids.ts'
import type { Role, UserStatus } from './roles.ts'

export interface OldUser {
  id: string
  email: string
  /** `hash`: as it lay there, if we can check it. `clear`: it lay there in the clear. */
  password: { kind: 'hash' | 'clear'; text: string }
  apiKey: string | null
  role: Role
  status: UserStatus
  rateLimit: number | null
  createdAt: Date | null
}

const ROLES: Record<string, Role> = { user: 'user', admin: 'admin' }
const STATUSES: Record<string, UserStatus> = {
  active: 'active',
  suspended: 'suspended',
  inactive: 'suspended',
  disabled: 'suspended',
  blocked: 'suspended',
  banned: 'suspended',
}

const EMAIL = /^[^\s@<>"]+@[^\s@<>"]+$/

/** `line`: a JSON object with the columns of `users`; others are ignored. Throws `Refused`. */
export function readOldUser(line: string): OldUser {
  const row = readOldRow(line)
  const email = oldText(row, 'email', 254)?.trim().toLowerCase()
  if (!email) throw new Refused('email is missing')
  if (!EMAIL.test(email)) throw new Refused('email is not an email address')
  return {
    id: keptId('user', oldText(row, 'id', 100) ?? email),
    email,
    password: readPassword(oldText(row, 'password_hash', 1_000), oldText(row, 'password', 1_000)),
    apiKey: readKey(oldText(row, 'api_key', 1_000)),
    role: oldWord(row, 'role', ROLES, 'user'),
    status: oldWord(row, 'status', STATUSES, 'active'),
    rateLimit: readLimit(row.rate_limit),
    createdAt: oldTime(row, 'created_at'),
  }
}

/** Blowfish's 53 characters; a cost above 15 would take seconds at each sign-in. */
const BCRYPT = /^\$2[abxy]?\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}$/
const ARGON2 = /^\$argon2(id|i|d)\$v=19\$m=\d{1,6},t=\d{1,2},p=\d{1,2}\$[\w+/]+\$[\w+/]+$/
/** What other programs write in the place of a password: hex digests, crypt(3), PBKDF2 and LDAP spellings. */
const OTHER_HASH =
  /^([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128}|\$\w+\$.+|\{\w+\}.+|(pbkdf2|scrypt)\W.+)$/i

function readPassword(hash: string | null, clear: string | null): OldUser['password'] {
  if (hash === null && clear === null) throw new Refused('password_hash is missing')
  if (hash === null) return { kind: 'clear', text: clear as string }
  if (BCRYPT.test(hash) || ARGON2.test(hash)) return { kind: 'hash', text: hash }
  if (OTHER_HASH.test(hash))
    throw new Refused('password_hash is a hash that cannot be checked here: invite them')
  return { kind: 'clear', text: hash }
}

function readKey(key: string | null): string | null {
  if (key !== null && !looksLikeOldKey(key)) {
    throw new Refused('api_key is not 16 to 200 visible characters: take it out, and they make a new one')
  }
  return key
}

function readLimit(value: unknown): number | null {
  if (value === undefined || value === null || value === '') return null
  const limit = Number(value)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000_000) {
    throw new Refused('rate_limit is not a whole number from 1 to 1,000,000')
  }
  return limit
}
