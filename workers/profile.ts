// The profile folder of one link: made private, locked for one run, freed of what a dead browser left.

import { Database } from 'bun:sqlite'
import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { killBrowsersOf } from './browser-left.ts'

export interface ProfileLock {
  release(): void
}

const LOCK_WAIT_MS = 5_000

/**
 * Takes the profile for this run, waiting up to 5 s for one that is just ending; null when somebody holds it. The
 * headless shell takes no lock and a second one on a live profile hangs, hence our own. It dies with the process.
 */
export async function takeProfile(profileDir: string): Promise<ProfileLock | null> {
  await mkdir(profileDir, { recursive: true, mode: 0o700 })
  await chmod(profileDir, 0o700)
  const lock = lockFile(join(profileDir, 'botwave.lock'))
  if (!lock) return null
  // With the lock ours, whatever still runs on this profile is left over, and so are Chromium's own lock files.
  await killBrowsersOf(profileDir)
  for (const name of ['SingletonLock', 'SingletonCookie', 'SingletonSocket']) {
    await rm(join(profileDir, name), { force: true })
  }
  return lock
}

/** SQLite's file lock: held by a process, across the threads of one too, and never left behind by a crash. */
function lockFile(path: string): ProfileLock | null {
  const database = new Database(path, { create: true })
  try {
    database.run(`PRAGMA busy_timeout = ${LOCK_WAIT_MS}`)
    database.run('BEGIN EXCLUSIVE')
    return { release: () => database.close() }
  } catch {
    database.close()
    return null
  }
}
