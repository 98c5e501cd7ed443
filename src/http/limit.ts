// How often: counts a caller's requests and refuses with 429 and the headers that say when to come back.
import { type Bucket, type BucketAnswer, isFull, takeOne } from '../rules/bucket.ts'
import { neighbourhoodOf } from '../rules/networks.ts'
import { Problem } from './problem.ts'

export interface Limiter {
  /**
   * Counts one request of `who` in `group`; throws `rate_limited` when it is one too many. Returns the headers that
   * tell the caller where they stand. A restart forgets; sends have `SendLimiter`.
   */
  take(group: string, who: string, limit: number, windowMs: number): Record<string, string>
  /** The same without throwing: whether it may. */
  tryTake(group: string, who: string, limit: number, windowMs: number): boolean
  /** The same for an address: IPv6 counts by its /64, and all whose address is not known together. */
  takeFrom(group: string, address: string | null, limit: number, windowMs: number): Record<string, string>
}

const FORGET_ABOVE = 20_000

export function createLimiter(now: () => number = Date.now): Limiter {
  const buckets = new Map<string, { bucket: Bucket; windowMs: number }>()
  let forgetAbove = FORGET_ABOVE

  function count(group: string, who: string, limit: number, windowMs: number): BucketAnswer {
    const id = `${group}\n${who}`
    const known = buckets.get(id)?.bucket
    const bucket = known ?? { used: [] }
    if (!known) {
      if (buckets.size >= forgetAbove) forgetFull()
      buckets.set(id, { bucket, windowMs })
    }
    return takeOne(bucket, limit, windowMs, now())
  }

  const limiter: Limiter = {
    take(group, who, limit, windowMs) {
      const answer = count(group, who, limit, windowMs)
      const headers = limitHeaders(group, limit, windowMs, answer)
      if (!answer.allowed) throw refusal(answer, headers)
      return headers
    },
    tryTake: (group, who, limit, windowMs) => count(group, who, limit, windowMs).allowed,
    takeFrom: (group, address, limit, windowMs) =>
      limiter.take(group, address === null ? 'unknown' : neighbourhoodOf(address), limit, windowMs),
  }

  /** A bucket that is full again says nothing that a new one would not. */
  function forgetFull(): void {
    for (const [id, { bucket, windowMs }] of buckets) if (isFull(bucket, windowMs, now())) buckets.delete(id)
    // Looked through again only when twice as many are there: a flood of callers costs each of them little.
    forgetAbove = Math.max(FORGET_ABOVE, buckets.size * 2)
  }

  return limiter
}

/** 429 with when to come back, in whole seconds: after those the next one is let in, if nobody else came first. */
export function refusal({ retryAfterMs }: BucketAnswer, headers: Record<string, string>): Problem {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000))
  return new Problem('rate_limited', undefined, {
    headers: { ...headers, 'retry-after': String(seconds) },
    fields: { retry_after_s: seconds },
  })
}

/** The fields of the IETF's draft-ietf-httpapi-ratelimit-headers, and the three older ones that most clients read. */
export function limitHeaders(
  group: string,
  limit: number,
  windowMs: number,
  { remaining, resetMs }: BucketAnswer,
): Record<string, string> {
  const reset = Math.ceil(resetMs / 1000)
  return {
    'ratelimit-policy': `"${group}";q=${limit};w=${Math.round(windowMs / 1000)}`,
    ratelimit: `"${group}";r=${remaining};t=${reset}`,
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(reset),
  }
}
