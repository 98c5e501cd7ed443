// Memory of the whole tree of processes (PSS) with no, one and five linked accounts. Linux only.
import { startWhatsApp } from '../whatsapp/server.ts'
import type { Figure } from './figure.ts'
import { linkAccount } from './link.ts'
import { openLive } from './live.ts'
import { read, treeOf } from './processes.ts'
import { openStage, openUndo } from './stage.ts'

const REACH_MB = 700
const STEPS = [0, 1, 5]
/** How long an idle tree is watched at most until it holds still. */
const SETTLE_MS = 12_000
const LOOK_MS = 1_500

export async function measureMemory(): Promise<Figure[]> {
  if (process.platform !== 'linux') return []
  await using undo = openUndo()
  const server = await startWhatsApp()
  undo.defer(server.stop)
  const stage = await openStage(undo, { env: { CHROME_FLAGS: server.chromeFlags } })
  const live = await openLive(undo, stage)

  const figures: Figure[] = []
  let linked = 0
  for (const accounts of STEPS) {
    for (; linked < accounts; linked++) {
      await linkAccount(stage, live, server.whatsapp, String(491500000300 + linked))
    }
    const { total, byKind } = await settled(stage.product.child.pid)
    const parts = Object.entries(byKind).map(([kind, mb]) => `${kind} ${Math.round(mb)}`)
    figures.push({
      what: `memory with ${accounts} linked account${accounts === 1 ? '' : 's'} (PSS)`,
      value: `${Math.round(total)} MB (${parts.join(', ')})`,
      ...(accounts === STEPS.at(-1) ? { reach: `≤ ${REACH_MB} MB`, met: total <= REACH_MB } : {}),
    })
  }
  return figures
}

type Kind = 'BotWave' | 'PostgreSQL' | 'Chromium'
interface Pss {
  /** Megabytes (10⁶ bytes). */
  total: number
  byKind: Record<Kind, number>
}

/** The lowest of what is seen until it holds still: page loads and collections are under way at first. */
export async function settled(pid: number): Promise<Pss> {
  const endAt = performance.now() + SETTLE_MS
  let last = measureTree(pid)
  let lowest = last
  while (performance.now() < endAt) {
    await Bun.sleep(LOOK_MS)
    const now = measureTree(pid)
    if (now.total < lowest.total) lowest = now
    if (Math.abs(now.total - last.total) < last.total * 0.003) break
    last = now
  }
  return lowest
}

function measureTree(root: number): Pss {
  const byKind: Record<Kind, number> = { BotWave: 0, PostgreSQL: 0, Chromium: 0 }
  for (const pid of treeOf(root)) {
    // Gone meanwhile, or never had memory of its own.
    const kb = Number(/^Pss: +(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
    byKind[kindOf(pid, root)] += (kb * 1024) / 1e6
  }
  return { byKind, total: Object.values(byKind).reduce((sum, mb) => sum + mb, 0) }
}

function kindOf(pid: number, root: number): Kind {
  if (pid === root) return 'BotWave'
  return /chrom/i.test(read(`/proc/${pid}/cmdline`)) ? 'Chromium' : 'PostgreSQL'
}
