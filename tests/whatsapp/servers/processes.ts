// The browser behind a page, found by its end of the socket: to kill its page or the whole of it, to freeze and thaw.
//
// Linux only: the socket's inode is in /proc/net/tcp, its owner is Chromium's network process or the browser itself,
// and the browser is the ancestor that has no `--type=`.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The tab dies as in a crash; the browser lives. */
export async function killRenderers(peerPort: number): Promise<void> {
  const browser = browserOf(peerPort)
  for (const pid of familyOf(browser)) if (kindOf(pid) === 'renderer') kill(pid, 'SIGKILL')
}

export async function killBrowser(peerPort: number): Promise<void> {
  kill(browserOf(peerPort), 'SIGKILL')
}

/** Every process of the browser stops in its tracks, sockets stay open. */
export async function freezeBrowser(peerPort: number): Promise<void> {
  const browser = browserOf(peerPort)
  frozen.set(peerPort, [browser, ...familyOf(browser)])
  for (const pid of frozen.get(peerPort)!) kill(pid, 'SIGSTOP')
}

export async function thawBrowser(peerPort: number): Promise<void> {
  for (const pid of frozen.get(peerPort) ?? []) kill(pid, 'SIGCONT')
  frozen.delete(peerPort)
}

const frozen = new Map<number, number[]>()

/** Throws when no process holds the socket any more. */
export function browserOf(peerPort: number): number {
  const inode = inodeOf(peerPort)
  let pid = inode && ownerOf(inode)
  while (pid && kindOf(pid) !== '') pid = parentOf(pid)
  if (!pid) throw new Error('the browser of this page is gone')
  return pid
}

function inodeOf(port: number): string | null {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of read(table).split('\n').slice(1)) {
      const columns = line.trim().split(/\s+/)
      if (columns[1]?.endsWith(local) && columns[9] !== '0') return columns[9] ?? null
    }
  }
  return null
}

function ownerOf(inode: string): number | null {
  for (const pid of pids()) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        if (readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`) return pid
      }
    } catch {
      // Gone meanwhile, or not ours to look into.
    }
  }
  return null
}

/** Its descendants. */
function familyOf(pid: number): number[] {
  const parents = new Map(pids().map((child) => [child, parentOf(child)]))
  const family: number[] = []
  for (const child of parents.keys()) {
    let ancestor = parents.get(child)
    while (ancestor && ancestor !== pid) ancestor = parents.get(ancestor)
    if (ancestor === pid) family.push(child)
  }
  return family
}

/** `renderer`, `utility`, `zygote` …; empty for the browser process itself. */
function kindOf(pid: number): string {
  return /--type=([a-z-]+)/.exec(read(`/proc/${pid}/cmdline`))?.[1] ?? ''
}

function parentOf(pid: number): number | null {
  const parent = Number(/^PPid:\t(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1])
  return parent > 1 ? parent : null
}

function pids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Already gone: what was wanted.
  }
}
