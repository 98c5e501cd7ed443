// How long to wait before the next try after wrong ones: longer with each, never for ever. Pure.

export interface DelayRule {
  /** So many wrong tries cost no time. */
  free: number
  /** After the next one; doubled with each further, up to `maxMs`. */
  firstMs: number
  maxMs: number
  /** One wrong try is forgotten each so many milliseconds. */
  forgiveMs: number
}

/** Wrong tries not yet forgotten at `atMs`, the moment of the last one. */
export interface WrongTries {
  count: number
  atMs: number
}

/** Milliseconds from `nowMs` until the next try is looked at; 0 for at once. */
export function delayLeftMs({ count, atMs }: WrongTries, rule: DelayRule, nowMs: number): number {
  const beyond = count - rule.free
  if (beyond <= 0) return 0
  const delayMs = Math.min(rule.maxMs, rule.firstMs * 2 ** (beyond - 1))
  return Math.max(0, atMs + delayMs - nowMs)
}

/** The tries after one more wrong one. */
export function addWrongTry(tries: WrongTries | undefined, rule: DelayRule, nowMs: number): WrongTries {
  return { count: (tries ? stillKnown(tries, rule, nowMs) : 0) + 1, atMs: nowMs }
}

/** How many of them are not forgotten at `nowMs`. */
export function stillKnown({ count, atMs }: WrongTries, rule: DelayRule, nowMs: number): number {
  return Math.max(0, count - Math.floor(Math.max(0, nowMs - atMs) / rule.forgiveMs))
}
