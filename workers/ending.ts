// Ends a browser for certain: in good order where it can, by force where it cannot.

import { killBrowsersOf } from './browser-left.ts'
import { within } from './deadline.ts'

const CLOSE_MS = 5_000

/**
 * When this resolves no process of the browser is left. `close` asks it to end in good order, so that it writes down
 * what it holds; null goes straight to force (a frozen browser never answers, a logged-out one has nothing to keep).
 */
export async function endBrowser(browser: {
  profileDir: string
  pid: number | null
  close: (() => Promise<void>) | null
}): Promise<void> {
  if (browser.close) await within(CLOSE_MS, 'close', browser.close()).catch(() => {})
  if (browser.pid !== null) killGroup(browser.pid)
  // Also those of a launch that failed before we learned its id.
  await killBrowsersOf(browser.profileDir)
}

/** The library starts the browser as the leader of a group of its own. */
function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // Nobody is left in it.
  }
}
