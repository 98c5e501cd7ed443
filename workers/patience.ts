// How long each phase of a start may take before the run is given up. Pure: the time comes in.

import { DEADLINES, type Deadlines } from './deadlines.ts'
import type { Probe } from './page/window.ts'
import type { EndCode } from './protocol.ts'
import { isComplete } from './sight.ts'

type Phase = 'loading' | 'opening' | 'unpaired' | 'syncing' | 'offline' | 'standing'

export class Patience {
  #phase: Phase = 'loading'
  #sinceMs = Date.now()
  #progressAtMs = 0
  #deadlines: Deadlines

  constructor(deadlines: Deadlines = DEADLINES) {
    this.#deadlines = deadlines
  }

  /** The first sync has moved on. */
  progress(): void {
    this.#progressAtMs = Date.now()
  }

  inPhaseMs(nowMs: number): number {
    return nowMs - this.#sinceMs
  }

  /** Null while all is in time. */
  check(nowMs: number, probe: Probe | null, wasReady: boolean): { code: EndCode; detail: string } | null {
    const phase = phaseOf(probe, wasReady)
    if (phase !== this.#phase) {
      this.#phase = phase
      this.#sinceMs = nowMs
    }
    const limitMs = probe?.prompt ? this.#deadlines.promptMs : limitOf(phase, this.#deadlines)
    const sinceMs = Math.max(this.#sinceMs, phase === 'syncing' ? this.#progressAtMs : 0)
    if (nowMs - sinceMs <= limitMs) return null
    return { code: codeOf(phase, probe), detail: `${probe?.state ?? 'no page'} for ${limitMs / 1000} s` }
  }
}

function limitOf(phase: Phase, deadlines: Deadlines): number {
  return phase === 'standing' ? Number.POSITIVE_INFINITY : deadlines[`${phase}Ms`]
}

function phaseOf(probe: Probe | null, wasReady: boolean): Phase {
  if (!probe?.version) return 'loading'
  if (isComplete(probe) || probe.state === 'CONFLICT') return 'standing'
  if (/^UNPAIRED/.test(probe.state ?? '')) return 'unpaired'
  if (probe.state === 'CONNECTED' || probe.state === 'PAIRING') return 'syncing'
  return wasReady ? 'offline' : 'opening'
}

function codeOf(phase: Phase, probe: Probe | null): EndCode {
  if (phase === 'syncing') return 'sync_deadline'
  if (phase === 'opening' || phase === 'unpaired') return 'start_deadline'
  // Loaded, but nothing of WhatsApp in it that we know.
  if (phase === 'loading' && probe?.loaded) return 'page_changed'
  return 'page_unreachable'
}
