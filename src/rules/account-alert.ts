// When an account's owner is told that it needs them, and when that it is well again: pure, by what is known and the time.
import type { AccountState } from './account-state.ts'

/** `down`: it should be ready, was linked, and is not for minutes; the others need a person at once. */
export type AlertCode = 'logged_out' | 'conflict' | 'blocked' | 'action_required' | 'down'

export interface WatchedAccount {
  state: AccountState
  reason: string | null
  wanted: boolean
  linked: boolean
  /** Since when it is in this state for this reason. */
  sinceMs: number
}

/** What is remembered of a trouble. `code` null: it was told to nobody yet. */
export interface KnownTrouble {
  sinceMs: number
  code: AlertCode | null
  readySinceMs: number | null
}

export type AlertStep =
  /** Remember since when it is not ready. */
  | { do: 'watch'; sinceMs: number }
  | { do: 'tell'; code: AlertCode; sinceMs: number }
  /** It became ready, or is not any more: remember, say nothing. */
  | { do: 'note_ready'; readySinceMs: number | null }
  | { do: 'tell_well' }
  /** It passed by itself, or its owner stopped it. */
  | { do: 'forget' }

/** Shorter breaks heal by themselves. */
const DOWN_MS = 120_000
/** One that is ready for a moment between two troubles is not well. */
const WELL_MS = 30_000

/** What is to be done about an account now; null: nothing. */
export function nextAlertStep(
  account: WatchedAccount,
  known: KnownTrouble | null,
  nowMs: number,
): AlertStep | null {
  if (isOwnersChoice(account)) return known && { do: 'forget' }
  if (account.state === 'ready') return known && whenReady(known, nowMs)
  const code = troubleOf(account)
  if (code && code !== 'down') {
    const sinceMs = Math.min(known?.sinceMs ?? account.sinceMs, account.sinceMs)
    if (known?.code !== code) return { do: 'tell', code, sinceMs }
  }
  if (code === 'down' && !known?.code) {
    const sinceMs = known?.sinceMs ?? account.sinceMs
    if (nowMs - sinceMs >= DOWN_MS) return { do: 'tell', code, sinceMs }
    if (!known) return { do: 'watch', sinceMs }
  }
  return known?.readySinceMs ? { do: 'note_ready', readySinceMs: null } : null
}

function whenReady(known: KnownTrouble, nowMs: number): AlertStep | null {
  if (!known.code) return { do: 'forget' }
  if (known.readySinceMs === null) return { do: 'note_ready', readySinceMs: nowMs }
  return nowMs - known.readySinceMs >= WELL_MS ? { do: 'tell_well' } : null
}

function isOwnersChoice({ state, reason }: WatchedAccount): boolean {
  return state === 'stopped' || (state === 'logged_out' && reason === 'logged_out_by_owner')
}

/** Null where nothing is wrong, or where somebody sits before it and links it. */
function troubleOf({ state, reason, wanted, linked }: WatchedAccount): AlertCode | null {
  if (state === 'logged_out') return 'logged_out'
  if (state === 'conflict') return 'conflict'
  if (state === 'action_required') return 'action_required'
  if (reason === 'banned') return 'blocked'
  return wanted && linked ? 'down' : null
}
