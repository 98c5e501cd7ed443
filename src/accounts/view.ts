// An account as the API shows it.
import { t } from 'elysia'
import { iso, whole } from '../http/shape.ts'
import { explainAccount } from '../rules/account-reasons.ts'
import { DEFAULT_PACING } from '../rules/pacing.ts'
import type { Account, AccountWithQueue } from './store.ts'

export const accountShape = t.Object({
  id: t.String(),
  name: t.String(),
  state: t.String(),
  reason: t.Nullable(t.String()),
  message: t.Nullable(t.String()),
  action: t.Nullable(t.String()),
  phone: t.Nullable(t.String()),
  wanted: t.Boolean(),
  since: t.Nullable(t.String()),
  next_try_at: t.Nullable(t.String()),
  linked_at: t.Nullable(t.String()),
  created_at: t.Nullable(t.String()),
  queued: whole(),
  on_uncertain: t.String(),
  pacing: t.Any(),
  proxy: t.Nullable(
    t.String({ description: 'Scheme, host and port; user and password are shown to nobody.' }),
  ),
  new_chats_refused_at: t.Nullable(t.String()),
})

/** Of the first account, or of none. */
export const stateShape = t.Object({
  account_id: t.Nullable(t.String()),
  state: t.String(),
  reason: t.Nullable(t.String()),
  message: t.Nullable(t.String()),
  action: t.Nullable(t.String()),
  phone: t.Nullable(t.String()),
  since: t.Nullable(t.String()),
})

export function viewAccount(account: Account & Partial<Pick<AccountWithQueue, 'queued'>>) {
  const { id, name, phone, wanted, on_uncertain, pacing } = account
  return {
    id,
    name,
    ...viewState(account),
    phone: phone && `+${phone}`,
    wanted,
    next_try_at: iso(account.next_try_at),
    linked_at: iso(account.linked_at),
    created_at: iso(account.created_at),
    queued: account.queued ?? 0,
    on_uncertain,
    pacing: pacing && 'off' in pacing ? ('off' as const) : { ...DEFAULT_PACING, ...pacing },
    proxy: account.proxy_server,
    new_chats_refused_at: iso(account.new_chats_refused_at),
  }
}

export function viewState(account: Account) {
  const { state } = account
  const reason = account.reason ?? (state === 'stopped' && !account.linked_at ? 'never_linked' : null)
  return { state, reason, ...explainAccount(state, reason, account.proxy_server), since: iso(account.since) }
}
