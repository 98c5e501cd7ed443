// How often something may happen: a generic cell rate limit (GCRA), pure.

/** `tat`: the theoretical arrival time in milliseconds, 0 at first. */
export interface Bucket {
  tat: number
}

export interface BucketAnswer {
  allowed: boolean
  /** What is left at once. */
  remaining: number
  /** Milliseconds until one more is allowed; 0 when it is now. */
  retryAfterMs: number
  /** Milliseconds until the bucket is full again. */
  resetMs: number
}

/**
 * Takes one from the bucket if it may. `limit` per `windowMs`, of which all may come at once after a quiet window.
 */
export function takeOne(bucket: Bucket, limit: number, windowMs: number, nowMs: number): BucketAnswer {
  const stepMs = windowMs / limit
  const tat = Math.max(bucket.tat, nowMs)
  const after = tat + stepMs
  const retryAfterMs = Math.max(0, after - windowMs - nowMs)
  const allowed = retryAfterMs <= 0.001
  if (allowed) bucket.tat = after
  const resetMs = Math.max(0, bucket.tat - nowMs)
  return {
    allowed,
    remaining: Math.max(0, Math.floor((windowMs - resetMs) / stepMs + 0.001)),
    retryAfterMs: allowed ? 0 : retryAfterMs,
    resetMs,
  }
}
