// How often something may happen: never more than so many in any window of time, pure.

/** What happened lately: how many in each step of the clock, oldest first. A fresh one is `{ used: [] }`. */
export interface Bucket {
  used: [slot: number, count: number][]
}

export interface BucketAnswer {
  allowed: boolean
  /** What is left at once. */
  remaining: number
  /** Milliseconds until one more is allowed, if nobody else comes first; 0 when it is now. */
  retryAfterMs: number
  /** Milliseconds until the bucket is full again, if nobody comes. */
  resetMs: number
}

/**
 * A window slides in so many steps. What happened within a step counts as if at its end, so that never more than
 * the limit lies in any window; in return one that is used up opens again up to a sixtieth later.
 */
const STEPS = 60

/**
 * Takes one from the bucket if it may. `limit` per `windowMs`, of which all may come at once after a quiet window.
 * `nowMs` is the time of day, so that what is written down means the same to the next start of the program.
 */
export function takeOne(bucket: Bucket, limit: number, windowMs: number, nowMs: number): BucketAnswer {
  const before = askBucket(bucket, limit, windowMs, nowMs)
  if (!before.allowed) return before
  addUsed(bucket, 1, windowMs, nowMs)
  return askBucket(bucket, limit, windowMs, nowMs, true)
}

/** What `takeOne` would say, and takes nothing. `taken`: what is asked about was allowed already. */
export function askBucket(
  bucket: Bucket,
  limit: number,
  windowMs: number,
  nowMs: number,
  taken = false,
): BucketAnswer {
  forgetOld(bucket, windowMs, nowMs)
  const { used } = bucket
  let count = 0
  for (const [, each] of used) count += each
  const newest = used.at(-1)
  const resetMs = newest ? endOf(newest[0], windowMs) - nowMs : 0
  const allowed = taken || count < limit
  let retryAfterMs = 0
  if (!allowed) {
    let left = count
    for (const [slot, each] of used) {
      left -= each
      retryAfterMs = endOf(slot, windowMs) - nowMs
      if (left < limit) break
    }
  }
  return { allowed, remaining: Math.max(0, limit - count), retryAfterMs, resetMs }
}

/** Counts what happened without asking whether it may. */
export function addUsed(bucket: Bucket, count: number, windowMs: number, nowMs: number): void {
  if (count <= 0) return
  forgetOld(bucket, windowMs, nowMs)
  const slot = slotOf(windowMs, nowMs)
  const newest = bucket.used.at(-1)
  if (newest?.[0] === slot) newest[1] += count
  else bucket.used.push([slot, count])
}

/** Takes back one that was taken at `takenAtMs` and did not happen after all. */
export function giveBack(bucket: Bucket, windowMs: number, takenAtMs: number): void {
  const slot = slotOf(windowMs, takenAtMs)
  const at = bucket.used.findIndex(([each]) => each === slot)
  const found = bucket.used[at]
  if (!found) return
  found[1]--
  if (found[1] === 0) bucket.used.splice(at, 1)
}

/** Nothing in it says anything any more: it may be dropped for a fresh one. */
export function isFull(bucket: Bucket, windowMs: number, nowMs: number): boolean {
  forgetOld(bucket, windowMs, nowMs)
  return bucket.used.length === 0
}

function forgetOld({ used }: Bucket, windowMs: number, nowMs: number): void {
  const now = slotOf(windowMs, nowMs)
  const newest = used.at(-1)?.[0]
  if (newest === undefined) return
  // The clock was set back: what seems to lie ahead happened just now at the latest.
  if (newest > now) for (const each of used) each[0] -= newest - now
  const gone = used.findIndex(([slot]) => slot >= now - STEPS)
  if (gone !== 0) used.splice(0, gone < 0 ? used.length : gone)
}

function slotOf(windowMs: number, ms: number): number {
  return Math.floor((ms * STEPS) / windowMs)
}

/** When what happened in this step no longer counts. */
function endOf(slot: number, windowMs: number): number {
  return ((slot + STEPS + 1) * windowMs) / STEPS
}
