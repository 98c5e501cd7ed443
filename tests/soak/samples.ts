// What a process and its helpers take, from Linux's /proc, and how fast that grows.
import { readdirSync, readFileSync } from 'node:fs'

export interface Sample {
  atMs: number
  serverMb: number
  /** PSS: what several processes share is counted once. */
  othersMb: number
  fds: number
  threads: number
  processes: number
}

export function takeSample(server: number, others: number[]): Sample {
  const status = readFileSync(`/proc/${server}/status`, 'utf8')
  return {
    atMs: performance.now(),
    serverMb: fieldOf(status, 'VmRSS') / 1024,
    othersMb: others.reduce((sum, pid) => sum + pssKbOf(pid), 0) / 1024,
    fds: readdirSync(`/proc/${server}/fd`).length,
    threads: fieldOf(status, 'Threads'),
    processes: others.length,
  }
}

function pssKbOf(pid: number): number {
  try {
    return fieldOf(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss')
  } catch {
    // Gone in between.
    return 0
  }
}

function fieldOf(text: string, name: string): number {
  return Number(text.match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'))?.[1] ?? 0)
}

/** The slope of the straight line with the least squares. */
export function slopePerHour(samples: Sample[], of: (sample: Sample) => number): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const hours = samples.map(({ atMs }) => atMs / 3_600_000)
  const values = samples.map(of)
  const [h, v] = [mean(hours), mean(values)]
  const spread = hours.reduce((sum, hour) => sum + (hour - h) ** 2, 0)
  return spread === 0 ? 0 : hours.reduce((sum, hour, at) => sum + (hour - h) * (values[at]! - v), 0) / spread
}
