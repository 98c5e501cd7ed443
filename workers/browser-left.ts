// Finds and ends browser processes by their profile folder: what a dead run left, and what would not close.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Ends every browser whose profile lies in `DATA_DIR/profiles/` and answers how many processes that were. For the
 * start of the server, which owns DATA_DIR by then: whatever still runs there is left of a dead run. The whole
 * `--user-data-dir=` argument is compared by folders, so another installation (`data2` beside `data`) is never hit.
 */
export async function sweepBrowsers(dataDir: string): Promise<number> {
  const home = join(dataDir, 'profiles')
  return killMatching((profile) => profile.startsWith(`${home}/`))
}

/** Ends the processes of exactly this profile; answers how many there were. */
export async function killBrowsersOf(profileDir: string): Promise<number> {
  return killMatching((profile) => profile === profileDir)
}

/** Ids of live browser processes of exactly this profile. Empty where there is no `/proc`. */
export async function listBrowsersOf(profileDir: string): Promise<number[]> {
  return [...(await listBrowsers())].filter(([, profile]) => profile === profileDir).map(([pid]) => pid)
}

const GONE_DEADLINE_MS = 5_000

async function killMatching(isOurs: (profileDir: string) => boolean): Promise<number> {
  const killed = new Set<number>()
  const deadline = Date.now() + GONE_DEADLINE_MS
  for (;;) {
    const live = [...(await listBrowsers())].filter(([, profile]) => isOurs(profile)).map(([pid]) => pid)
    if (live.length === 0 || Date.now() > deadline) return killed.size
    for (const pid of live) {
      killed.add(pid)
      kill(pid)
    }
    await Bun.sleep(20)
  }
}

/** Browser processes by id, with their profile folder. Only the dead have an empty command line: they are skipped. */
async function listBrowsers(): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  const names = await readdir('/proc').catch(() => [])
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    // Chromium rewrites the command lines of its children: arguments are then separated by spaces or NULs.
    const profile = line.split('\0').find((word) => word.startsWith('--user-data-dir='))
    if (profile) found.set(Number(name), profile.slice('--user-data-dir='.length))
  }
  return found
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone already, or not ours to end.
  }
}
