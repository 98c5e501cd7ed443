// Makes whoever tries wrong passwords, codes and links wait: an account and an address each count for themselves.
import { Problem } from '../http/problem.ts'
import {
  addWrongTry,
  type DelayRule,
  delayLeftMs,
  stillKnown,
  type WrongTries,
} from '../rules/growing-delay.ts'
import { neighbourhoodOf } from '../rules/networks.ts'

/** One try under way. Until it says otherwise it counts as wrong, so that many at once gain nothing. */
export interface Attempt {
  /** It was right: what was wrong before is forgotten for the account. The address keeps its earlier ones. */
  right(): void
  /** It was neither: as if it had not been. */
  undo(): void
}

export interface Delays {
  /**
   * `account`: whose secret is tried, an email address in lower case or an id; null where the secret itself says whose
   * it is. Throws `sign_in_delayed` while either has to wait.
   */
  begin(who: { account: string | null; address: string | null }): Attempt
  /** Whether an account has to wait, from wherever. */
  mustWait(account: string): boolean
}

const MINUTE_MS = 60_000

export const DELAY_RULES = {
  account: { free: 5, firstMs: 1_000, maxMs: 15 * MINUTE_MS, forgiveMs: 60 * MINUTE_MS },
  // Many people can sit behind one address.
  address: { free: 30, firstMs: 1_000, maxMs: MINUTE_MS, forgiveMs: MINUTE_MS },
} satisfies Record<string, DelayRule>

type Kind = keyof typeof DELAY_RULES

const FORGET_ABOVE = 20_000

/** In memory: a restart forgets, and only an admin of the machine can cause one. */
export function createDelays(now: () => number = Date.now): Delays {
  const known: Record<Kind, Map<string, WrongTries>> = { account: new Map(), address: new Map() }

  function count(kind: Kind, who: string): void {
    const tries = known[kind]
    if (tries.size >= FORGET_ABOVE) forgetOld(tries, DELAY_RULES[kind], now())
    tries.set(who, addWrongTry(tries.get(who), DELAY_RULES[kind], now()))
  }

  function uncount(kind: Kind, who: string): void {
    const tries = known[kind].get(who)
    if (!tries) return
    if (tries.count <= 1) known[kind].delete(who)
    else known[kind].set(who, { ...tries, count: tries.count - 1 })
  }

  const leftMs = (kind: Kind, who: string) => {
    const tries = known[kind].get(who)
    return tries ? delayLeftMs(tries, DELAY_RULES[kind], now()) : 0
  }

  return {
    begin({ account, address }) {
      const whom: [Kind, string][] = []
      if (account !== null) whom.push(['account', account])
      if (address !== null) whom.push(['address', neighbourhoodOf(address)])
      const waitMs = Math.max(0, ...whom.map(([kind, who]) => leftMs(kind, who)))
      if (waitMs > 0) throw delayed(waitMs)
      for (const [kind, who] of whom) count(kind, who)
      return {
        right() {
          for (const [kind, who] of whom) kind === 'account' ? known.account.delete(who) : uncount(kind, who)
        },
        undo() {
          for (const [kind, who] of whom) uncount(kind, who)
        },
      }
    },
    mustWait: (account) => leftMs('account', account) > 0,
  }
}

function delayed(waitMs: number): Problem {
  const seconds = Math.ceil(waitMs / 1000)
  return new Problem('sign_in_delayed', undefined, {
    headers: { 'retry-after': String(seconds) },
    fields: { retry_after_s: seconds },
  })
}

function forgetOld(tries: Map<string, WrongTries>, rule: DelayRule, nowMs: number): void {
  for (const [who, one] of tries) if (stillKnown(one, rule, nowMs) === 0) tries.delete(who)
}
