// Reads one look at the page: where the link stands, or why it is over. Pure.

import type { Probe } from './page/window.ts'
import type { EndCode, WorkerState } from './protocol.ts'

/** What the Worker remembers of this run. */
export interface Memory {
  /** This run has been ready. */
  wasReady: boolean
  /** This profile was linked before this run. */
  linked: boolean
  /** A QR that is still good has been shown. */
  hasQr: boolean
  /** A pairing code that is still good has been shown. */
  hasCode: boolean
  /** A code was asked for with the start, and WhatsApp gave none. */
  codeRefused: boolean
  /** The phone has had the scanned QR for so long without going on that its owner should look. */
  isScanLate: boolean
}

export type Sight =
  | { state: WorkerState; reason: string | null }
  | { end: EndCode; detail: string }
  /** Nothing worth saying yet. */
  | null

export function readSight(probe: Probe, memory: Memory): Sight {
  const again = memory.wasReady ? ({ state: 'reconnecting', reason: 'line_lost' } as const) : null
  switch (probe.state) {
    case 'TOS_BLOCK':
    case 'SMB_TOS_BLOCK':
      return { end: 'banned', detail: probe.state }
    case 'PROXYBLOCK':
      return { end: 'page_unreachable', detail: probe.state }
    case 'DEPRECATED_VERSION':
      return { end: 'page_changed', detail: probe.state }
    case 'CONFLICT':
      return { state: 'conflict', reason: null }
    case 'UNPAIRED':
    case 'UNPAIRED_IDLE':
      return readUnpaired(probe, memory)
    case 'PAIRING':
      if (probe.prompt) return { state: 'action_required', reason: probe.prompt }
      if (memory.isScanLate) return { state: 'action_required', reason: 'scanned_not_opened' }
      return { state: 'syncing', reason: 'syncing' }
    case 'CONNECTED':
      if (isComplete(probe)) return { state: 'ready', reason: null }
      return again ?? { state: 'syncing', reason: 'syncing' }
    default:
      // OPENING, TIMEOUT, UNLAUNCHED; a page that reloads says nothing for a moment.
      return again ?? { state: 'starting', reason: 'page_loading' }
  }
}

function readUnpaired(probe: Probe, memory: Memory): Sight {
  if (memory.wasReady || memory.linked) return { end: 'unpaired', detail: probe.state ?? '' }
  if (probe.prompt) return { state: 'action_required', reason: probe.prompt }
  if (memory.hasCode) return { state: 'pairing', reason: 'enter_code' }
  const reason = memory.codeRefused ? 'pairing_code_refused' : 'scan_qr'
  return memory.hasQr ? { state: 'qr', reason } : null
}

/** Connected, ours, and the library's helpers in place: a send can work. */
export function isComplete(probe: Probe): boolean {
  return isSynced(probe) && probe.helpers
}

/** As `isComplete`, but for the helpers. Builds that do not tell `hasSynced` are taken at their state. */
export function isSynced(probe: Probe): boolean {
  const known = probe.phoneId !== null || probe.lid !== null
  return probe.state === 'CONNECTED' && probe.hasSynced !== false && known
}
