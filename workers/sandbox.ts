// Tells whether Chromium's own sandbox can work here, so that it stays on wherever it can.

import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/**
 * Linux: not root, and either unprivileged user namespaces or a setuid `chrome-sandbox` beside the binary. Chromium
 * refuses to start with its sandbox otherwise. Elsewhere it needs nothing.
 */
export async function sandboxWorks(executable: string): Promise<boolean> {
  if (process.platform !== 'linux') return true
  if (process.getuid?.() === 0) return false
  return (await hasSetuidHelper(executable)) || (await userNamespacesWork())
}

async function hasSetuidHelper(executable: string): Promise<boolean> {
  try {
    const { uid, mode } = await stat(join(dirname(executable), 'chrome-sandbox'))
    return uid === 0 && (mode & 0o4001) === 0o4001
  } catch {
    return false
  }
}

async function userNamespacesWork(): Promise<boolean> {
  if ((await readNumber('/proc/sys/kernel/unprivileged_userns_clone')) === 0) return false
  if ((await readNumber('/proc/sys/user/max_user_namespaces')) === 0) return false
  // Ubuntu lets `unshare` make one and takes its rights away, so trying would tell the wrong thing.
  if ((await readNumber('/proc/sys/kernel/apparmor_restrict_unprivileged_userns')) === 1) return false
  const unshare = Bun.which('unshare')
  if (!unshare) return true
  // Containers forbid it by a filter that no file shows.
  const child = Bun.spawn([unshare, '--user', '--map-root-user', '--pid', '--fork', 'true'], {
    stdio: ['ignore', 'ignore', 'ignore'],
    timeout: 5_000,
  })
  return (await child.exited) === 0
}

async function readNumber(path: string): Promise<number | null> {
  try {
    return Number((await readFile(path, 'utf8')).trim())
  } catch {
    return null
  }
}
