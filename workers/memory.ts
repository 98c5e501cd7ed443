// How much memory a browser takes, all its processes together, and when that is too much.
import { readdir, readFile } from 'node:fs/promises'

/** Megabytes of PSS (shared pages counted by share). Above `soft` an idle browser is started anew, above `hard` any. */
export interface MemoryLimits {
  softMb: number
  hardMb: number
  /** How often it is looked at. */
  everyMs: number
  /** Nothing was handed over for this long: idle. */
  idleMs: number
}

/** PSS in MB of the process group that a browser leads; null where the system does not tell (only Linux does). */
export async function groupMemoryMb(leader: number): Promise<number | null> {
  const names = await readdir('/proc').catch(() => [])
  const sizes = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((pid) => memberKb(pid, leader)),
  )
  const known = sizes.filter((size) => size !== null)
  return known.length > 0 ? Math.round(known.reduce((sum, size) => sum + size, 0) / 1024) : null
}

async function memberKb(pid: string, leader: number): Promise<number | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // After the name, which may hold anything: state, parent, group (proc(5)).
    const group = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]
    if (Number(group) !== leader) return null
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0)
  } catch {
    // It ended while we looked.
    return null
  }
}

/** Why a browser of this size is started anew, or null. Pure. */
export function judgeMemory(usedMb: number, idleForMs: number, limits: MemoryLimits): string | null {
  if (usedMb > limits.hardMb) return `${usedMb} MB, above ${limits.hardMb} MB`
  if (usedMb > limits.softMb && idleForMs >= limits.idleMs)
    return `${usedMb} MB while idle, above ${limits.softMb} MB`
  return null
}

/** Looks until stopped. `onSize` hears each size; `onTooMuch` is called once. */
export function watchMemory(options: {
  leader: number
  limits: MemoryLimits
  idleForMs: () => number
  onSize: (usedMb: number) => void
  onTooMuch: (detail: string) => void
}): () => void {
  const { leader, limits, idleForMs, onSize, onTooMuch } = options
  let over = false
  const timer = setInterval(async () => {
    const usedMb = await groupMemoryMb(leader)
    if (over || usedMb === null) return
    onSize(usedMb)
    const detail = judgeMemory(usedMb, idleForMs(), limits)
    if (!detail) return
    over = true
    onTooMuch(detail)
  }, limits.everyMs)
  return () => {
    over = true
    clearInterval(timer)
  }
}
