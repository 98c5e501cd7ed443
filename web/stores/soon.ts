// Answers a burst of wishes with few runs: at most one under way, and one more after it.

/**
 * Returns the wish. The first runs at once; wishes during the run or within `gapMs` after its start are answered by
 * one run at the end of that time. `run` must not throw.
 */
export function createSoon(run: () => Promise<unknown>, gapMs = 400) {
  let busy = false
  let again = false

  return async function soon(): Promise<void> {
    if (busy) {
      again = true
      return
    }
    busy = true
    await Promise.all([run(), new Promise((resolve) => setTimeout(resolve, gapMs))])
    busy = false
    if (!again) return
    again = false
    await soon()
  }
}
