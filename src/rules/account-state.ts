// How an account's state moves: one pure table from (what is, what happened) to what becomes of it.

export const ACCOUNT_STATES = [
  'stopped',
  'starting',
  'qr',
  'pairing',
  'syncing',
  'ready',
  'reconnecting',
  'action_required',
  'conflict',
  'logged_out',
  'qr_expired',
  'failed',
] as const
export type AccountState = (typeof ACCOUNT_STATES)[number]

/** What the machine needs to know of an account. `linked`: this generation was ready at least once. */
export interface AccountView {
  state: AccountState
  reason: string | null
  wanted: boolean
  linked: boolean
  /** Failed starts in a row. */
  attempts: number
}

export type AccountHappening =
  /** Its owner asks for it to be connected. */
  | { type: 'connect' }
  /** Its owner asks for it to be stopped; the link stays. */
  | { type: 'disconnect' }
  /** Its owner asks for it to be unlinked. */
  | { type: 'logout' }
  /** Its owner was suspended: it stops, and what they wanted is remembered. */
  | { type: 'suspend' }
  /** A Worker is about to be started for it. */
  | { type: 'start' }
  /** The program starts: whatever ran before is gone. */
  | { type: 'boot' }
  /** The Worker says where the link stands. */
  | { type: 'seen'; state: Exclude<AccountState, 'stopped' | 'logged_out' | 'failed'>; reason: string | null }
  /** The Worker and its browser are gone. `code` says why. */
  | { type: 'ended'; code: string }

export interface AccountMove {
  state: AccountState
  reason: string | null
  wanted: boolean
  attempts: number
  /** The link is over: the next one gets the next generation and a fresh profile. */
  forget: boolean
  /** Start again by itself, after the backoff for `attempts`. */
  retry: boolean
}

/** Ends after which only a person can help: what they become, and whether the link is over. */
const FINAL_ENDS: Record<string, { state: AccountState; forget: boolean }> = {
  logged_out: { state: 'logged_out', forget: true },
  unpaired: { state: 'logged_out', forget: true },
  qr_expired: { state: 'qr_expired', forget: false },
  banned: { state: 'failed', forget: false },
}

/**
 * What becomes of an account, or null when nothing changes. Pure: the caller writes it, guarded by generation and
 * run, and does what `retry` and `forget` ask.
 */
export function moveAccount(account: AccountView, happening: AccountHappening): AccountMove | null {
  const same = { ...account, forget: false, retry: false }
  switch (happening.type) {
    case 'connect':
      // Where the phone was needed, connecting again is what people are asked to do; a conflict is taken over.
      if (account.wanted && isUp(account.state) && account.state !== 'action_required') return null
      return move(same, { state: 'starting', reason: 'waiting_to_start', wanted: true, attempts: 0 })
    case 'disconnect':
      if (account.state === 'stopped' && !account.wanted) return null
      return move(same, { state: 'stopped', reason: 'stopped_by_owner', wanted: false, attempts: 0 })
    case 'suspend':
      return move(same, { state: 'stopped', reason: 'user_suspended', attempts: 0 })
    case 'logout':
      return move(same, {
        state: 'logged_out',
        reason: 'logged_out_by_owner',
        wanted: false,
        attempts: 0,
        forget: true,
      })
    case 'start':
      return move(same, {
        state: account.linked && account.attempts > 0 ? 'reconnecting' : 'starting',
        reason: account.attempts > 0 ? account.reason : 'browser_starting',
      })
    case 'boot':
      if (!account.wanted)
        return isUp(account.state) ? move(same, { state: 'stopped', reason: 'stopped' }) : null
      return move(same, { state: 'starting', reason: 'waiting_to_start', attempts: 0 })
    case 'seen':
      return seen(same, happening.state, happening.reason)
    case 'ended':
      return ended(same, happening.code)
  }
}

function seen(
  same: AccountMove & AccountView,
  state: AccountState,
  reason: string | null,
): AccountMove | null {
  // Late words of a browser that is being stopped change nothing any more.
  if (!same.wanted) return null
  // A linked account that comes back is "reconnecting" to people until it is ready or asks for something.
  if (same.state === 'reconnecting' && (state === 'starting' || state === 'syncing')) return null
  const attempts = state === 'ready' ? 0 : same.attempts
  return move(same, { state, reason: state === 'ready' ? null : reason, attempts })
}

function ended(same: AccountMove & AccountView, code: string): AccountMove | null {
  const final = FINAL_ENDS[code]
  if (final) return move(same, { ...final, reason: code, wanted: false, attempts: 0 })
  if (!same.wanted)
    return same.state === 'stopped' || same.state === 'logged_out'
      ? null
      : move(same, { state: 'stopped', reason: 'stopped' })
  return move(same, {
    state: same.linked ? 'reconnecting' : 'failed',
    reason: code,
    attempts: same.attempts + 1,
    retry: true,
  })
}

function move(same: AccountMove & AccountView, change: Partial<AccountMove>): AccountMove | null {
  const to = { ...same, ...change }
  const equal =
    to.state === same.state &&
    to.reason === same.reason &&
    to.wanted === same.wanted &&
    to.attempts === same.attempts &&
    !to.forget &&
    !to.retry
  if (equal) return null
  return {
    state: to.state,
    reason: to.reason,
    wanted: to.wanted,
    attempts: to.attempts,
    forget: to.forget,
    retry: to.retry,
  }
}

/** Whether a Worker runs or is about to run for it. */
export function isUp(state: AccountState): boolean {
  return [
    'starting',
    'qr',
    'pairing',
    'syncing',
    'ready',
    'reconnecting',
    'action_required',
    'conflict',
  ].includes(state)
}
