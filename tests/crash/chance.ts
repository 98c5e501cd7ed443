// Chance that can be repeated: the same seed, the same rounds.

export interface Chance {
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number
  one<T>(of: readonly T[]): T
  /** The same things in another order. */
  shuffled<T>(of: readonly T[]): T[]
}

/** mulberry32: 32 bits of state are plenty for choosing what to break next. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    whole,
    one: (of) => of[whole(0, of.length - 1)]!,
    shuffled: (of) =>
      of
        .map((thing) => ({ thing, at: next() }))
        .sort((a, b) => a.at - b.at)
        .map(({ thing }) => thing),
  }
}
