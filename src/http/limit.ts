// How often: counts a caller's requests and refuses with 429 and the headers that say when to come back.
import { type Bucket, type BucketAnswer, takeOne } from '../rules/bucket.ts'
import { Problem } from './problem.ts'

export interface Limiter {
  /**
   * Counts one request of `who` in `group`; throws `rate_limited` when it is one too many. Returns the headers of
   * RFC 9331's draft that tell the caller where they stand.
   */
  take(group: string, who: string, limit: number, windowMs: number): Record<string, string>
}

const FORGET_ABOVE = 20_000

export function createLimiter(now: () => number = Date.now): Limiter {
  const buckets = new Map<string, Bucket>()

  return {
    take(group, who, limit, windowMs) {
      const id = `${group}\n${who}`
      const bucket = buckets.get(id) ?? { tat: 0 }
      const answer = takeOne(bucket, limit, windowMs, now())
      if (!buckets.has(id)) {
        if (buckets.size >= FORGET_ABOVE) forgetFull(buckets, now())
        buckets.set(id, bucket)
      }
      const headers = limitHeaders(group, limit, windowMs, answer)
      if (answer.allowed) return headers
      const seconds = Math.max(1, Math.ceil(answer.retryAfterMs / 1000))
      throw new Problem('rate_limited', undefined, {
        headers: { ...headers, 'retry-after': String(seconds) },
        fields: { retry_after_s: seconds },
      })
    },
  }
}

/** A bucket that is full again says nothing that a new one would not. */
function forgetFull(buckets: Map<string, Bucket>, nowMs: number): void {
  for (const [id, bucket] of buckets) if (bucket.tat <= nowMs) buckets.delete(id)
}

function limitHeaders(
  group: string,
  limit: number,
  windowMs: number,
  answer: BucketAnswer,
): Record<string, string> {
  return {
    'ratelimit-policy': `"${group}";q=${limit};w=${Math.round(windowMs / 1000)}`,
    ratelimit: `"${group}";r=${answer.remaining};t=${Math.ceil(answer.resetMs / 1000)}`,
  }
}
