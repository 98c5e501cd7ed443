// When the canary goes out, and when its account's owner hears of it: pure, by what is known and the time.

/** `canary_silent`: not acknowledged in time. `canary_version`: WhatsApp Web is another build than with the last one. */
export type CanaryTrouble = 'canary_silent' | 'canary_version'

export interface CanaryView {
  /** Ready, not blocked, and not told by WhatsApp to stop. */
  maySend: boolean
  /** The build of WhatsApp Web that its page runs, and the one with the last canary. */
  webVersion: string | null
  knownVersion: string | null
  nextAtMs: number
  /** The last one, until it is known what became of it; `status` null: its row is gone. */
  open: { askedAtMs: number; status: string | null } | null
  /** What was told and is not over. */
  told: readonly CanaryTrouble[]
}

export type CanaryStep =
  | { do: 'send' }
  | { do: 'tell'; code: CanaryTrouble }
  /** It was acknowledged, and there was trouble. */
  | { do: 'tell_well' }
  /** What became of the last one is known, and is no news. */
  | { do: 'close' }

export const CANARY_EVERY_MS = 3_600_000
/** Not acknowledged by then: trouble. It is not handed over later either. */
export const CANARY_ACK_MS = 60_000

/** WhatsApp's servers have it. */
const ACKNOWLEDGED = new Set(['sent', 'delivered', 'read', 'played'])
/** Nothing can come of it any more, however long one waits. */
const IN_VAIN = new Set(['failed', 'expired', 'cancelled'])

/** What is to be done now; null: nothing. Ask again after each step. */
export function nextCanaryStep(canary: CanaryView, nowMs: number): CanaryStep | null {
  const { open, told, webVersion, knownVersion } = canary
  if (open) return judge(open, told, nowMs)
  if (nowMs < canary.nextAtMs || !canary.maySend) return null
  const changed = webVersion !== null && knownVersion !== null && webVersion !== knownVersion
  if (changed && !told.includes('canary_version')) return { do: 'tell', code: 'canary_version' }
  return { do: 'send' }
}

function judge(
  { askedAtMs, status }: NonNullable<CanaryView['open']>,
  told: readonly CanaryTrouble[],
  nowMs: number,
): CanaryStep | null {
  if (status === null) return { do: 'close' }
  if (ACKNOWLEDGED.has(status)) return { do: told.length > 0 ? 'tell_well' : 'close' }
  if (nowMs - askedAtMs < CANARY_ACK_MS && !IN_VAIN.has(status)) return null
  return told.includes('canary_silent') ? { do: 'close' } : { do: 'tell', code: 'canary_silent' }
}
