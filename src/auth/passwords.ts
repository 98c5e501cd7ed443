// Passwords: argon2id behind a semaphore, so that many sign-ins at once cannot take memory and threads from the rest.
import { isCommonPassword } from '../rules/common-passwords.ts'

/** OWASP's argon2id parameters for 64 MiB: t = 2, p = 1. */
const OPTIONS = { algorithm: 'argon2id', memoryCost: 65_536, timeCost: 2 } as const
const AT_ONCE = 2
const MIN_LENGTH = 12
const MAX_LENGTH = 1_000

export interface Passwords {
  hash(password: string): Promise<string>
  /** `hash` null: an unknown person; takes the same time and answers false. */
  verify(password: string, hash: string | null): Promise<boolean>
}

/** At least 12 characters, not a common one, not the address itself. */
export function isWeakPassword(password: string, email: string): boolean {
  if (password.length < MIN_LENGTH || password.length > MAX_LENGTH) return true
  return isCommonPassword(password) || password.toLowerCase() === email.toLowerCase()
}

export function createPasswords(): Passwords {
  const waiting: (() => void)[] = []
  let running = 0
  let decoy: Promise<string> | null = null

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
    else running++
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }

  return {
    hash: (password) => inTurn(() => Bun.password.hash(password, OPTIONS)),
    async verify(password, hash) {
      if (password.length > MAX_LENGTH) return false
      decoy ??= inTurn(() => Bun.password.hash(crypto.randomUUID(), OPTIONS))
      const against = hash ?? (await decoy)
      const same = await inTurn(() => Bun.password.verify(password, against))
      return hash !== null && same
    },
  }
}
