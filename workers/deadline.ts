// Bounds a wait in time and tells apart how a call into the page failed.

export class DeadlineError extends Error {
  override name = 'DeadlineError'
}

/** Settles as `work` does, or rejects with `DeadlineError` after `ms`; what `work` does later is ignored. */
export function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const timer = setTimeout(() => reject(new DeadlineError(`${what} took longer than ${ms} ms`)), ms)
  work.then(resolve, reject).finally(() => clearTimeout(timer))
  return promise
}

/** The words with which a call fails when its page, frame or browser went away under it. */
const LOST =
  /target closed|session closed|detached|context (was|is) destroyed|cannot find context|connection closed|not attached|protocol error|page (has been )?closed|crashed/i

/** Whether the call may or may not have had its effect: never a verdict on what was asked. */
export function isPageLost(error: unknown): boolean {
  return error instanceof DeadlineError || LOST.test(detailOf(error))
}

/** One line for a log: without stack traces of the page and without people's numbers. */
export function detailOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return (text.split('\n')[0] ?? '').replaceAll(/\d{6,}/g, '#').slice(0, 300)
}
