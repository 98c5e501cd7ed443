// Ends what a dead server left running on a data folder, and the pid file that would stop the next start.
import { readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log.ts'

/** An immediate shutdown takes milliseconds; one that takes longer is frozen. */
const AT_ONCE_MS = 1_000

/**
 * Call it only while holding the lock on DATA_DIR: nobody else may be at work there. A shutdown under way gets
 * `graceMs`; then PostgreSQL is told to stop at once, which loses nothing committed, and at last killed.
 */
export async function endLeftovers(folder: string, log: Log, graceMs = 5_000): Promise<void> {
  // Elsewhere PostgreSQL's own check of its pid file has to do.
  if (process.platform !== 'linux') return
  if (!(await untilGone(folder, graceMs))) {
    log.warn({ pids: processesIn(folder) }, 'ending a PostgreSQL that a dead server left')
    signal(folder, 'SIGQUIT')
    if (!(await untilGone(folder, AT_ONCE_MS))) signal(folder, 'SIGKILL')
    if (!(await untilGone(folder, 3_000))) throw new Error(`A PostgreSQL on ${folder} cannot be ended.`)
  }
  // Its number may belong to a stranger by now, or to the dead one until somebody asks how it ended, and PostgreSQL
  // would take either for a living server.
  for (const name of ['postmaster.pid', '.s.PGSQL.5432.lock']) rmSync(join(folder, name), { force: true })
}

async function untilGone(folder: string, limitMs: number): Promise<boolean> {
  const startedAt = performance.now()
  while (processesIn(folder).length) {
    if (performance.now() - startedAt > limitMs) return false
    await Bun.sleep(20)
  }
  return true
}

function signal(folder: string, name: 'SIGQUIT' | 'SIGKILL'): void {
  for (const pid of processesIn(folder)) {
    try {
      process.kill(pid, name)
    } catch {
      // Gone in between.
    }
  }
}

/** Every process of ours that works in this very folder: PostgreSQL, its children, and the shell around it. */
export function processesIn(folder: string): number[] {
  const real = realpathSync(folder)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === real
      } catch {
        return false
      }
    })
    .map(Number)
}
