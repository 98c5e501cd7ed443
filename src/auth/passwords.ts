// Passwords: argon2id behind a semaphore, so that many sign-ins at once cannot take memory and threads from the rest.

import { availableParallelism } from 'node:os'
import { Problem } from '../http/problem.ts'
import { isCommonPassword } from '../rules/common-passwords.ts'

/** OWASP's argon2id parameters for 64 MiB: t = 2, p = 1. */
const OPTIONS = { algorithm: 'argon2id', memoryCost: 65_536, timeCost: 2 } as const
/**
 * One thread fewer than there are: checking the signature of a token needs one of the same threads, and would wait behind
 * every hash otherwise.
 */
const AT_ONCE = Math.max(1, availableParallelism() - 1)
/** So many wait for their turn at most, about ten seconds: whoever comes then is better told than left hanging. */
const MAX_WAITING = 200
const MIN_LENGTH = 12
const MAX_LENGTH = 1_000

export interface Passwords {
  hash(password: string): Promise<string>
  /**
   * `hash` null: an unknown person; takes the same time and answers false. Besides our own hashes it reads bcrypt's, as
   * older installations have them; what is no hash at all is nobody's password.
   */
  verify(password: string, hash: string | null): Promise<boolean>
}

/** Made from random bytes that nobody kept: what the password of an unknown person is held against. */
const DECOY =
  '$argon2id$v=19$m=65536,t=2,p=1$Mg8tAAj/PtmTBtHHomnfPo2ANE8AQzBXxF50Zqv5m2w$l25AplfqIb07vbktaU0M95Vtsn3/XUTW483aP5Zg8zI'

/** Whether a hash was made with other means than ours: the next right password is hashed anew. */
export function isOldHash(hash: string): boolean {
  const { memoryCost, timeCost } = OPTIONS
  return !hash.startsWith(`$argon2id$v=19$m=${memoryCost},t=${timeCost},`)
}

/** At least 12 characters, not a common one, not the address itself. */
export function isWeakPassword(password: string, email: string): boolean {
  if (password.length < MIN_LENGTH || password.length > MAX_LENGTH) return true
  return isCommonPassword(password) || password.toLowerCase() === email.toLowerCase()
}

/** `maxWaiting`: above it `hash` and `verify` throw `rate_limited`. */
export function createPasswords({ maxWaiting = MAX_WAITING } = {}): Passwords {
  const waiting: (() => void)[] = []
  let running = 0

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (waiting.length >= maxWaiting) throw tooMany()
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
      const isHash = hash !== null && /^\$(argon2|2)/.test(hash)
      const against = isHash ? hash : DECOY
      const same = await inTurn(() => Bun.password.verify(password, against).catch(() => false))
      return isHash && same
    },
  }
}

function tooMany(): Problem {
  return new Problem('rate_limited', 'Very many people sign in right now. Try again in some seconds.', {
    headers: { 'retry-after': '5' },
    fields: { retry_after_s: 5 },
  })
}
