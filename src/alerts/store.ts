// What is known of accounts that need their owner, one row each while it lasts.
import type { ISql } from 'postgres'
import { type EventRow, recordEvents } from '../events/record.ts'
import type { AlertCode } from '../rules/account-alert.ts'
import type { AccountState } from '../rules/account-state.ts'

export interface Candidate {
  id: string
  user_id: string
  email: string
  name: string
  state: AccountState
  reason: string | null
  proxy_server: string | null
  wanted: boolean
  linked: boolean
  since: Date
  /** Null: nothing is known of it. */
  known_since: Date | null
  code: AlertCode | null
  ready_since: Date | null
}

/** For the watch only: every account that may need its owner, or did and was not told to be well. */
export async function listCandidates(sql: ISql): Promise<Candidate[]> {
  return await sql<Candidate[]>`
    select a.id, a.user_id, u.email, a.name, a.state, a.reason, a.proxy_server, a.wanted, a.linked_at is not null as linked, a.since,
      k.since as known_since, k.code, k.ready_since
    from accounts a join users u on u.id = a.user_id left join account_alerts k on k.account_id = a.id
    where u.status = 'active' and (k.account_id is not null or (a.wanted and a.state <> 'ready')
      -- An end of long ago is no news.
      or (a.state in ('logged_out', 'failed') and a.since > now() - interval '1 day'))`
}

/** Tells of a trouble: once for each code while it lasts. */
export async function openAlert(
  sql: ISql,
  account: Candidate,
  alert: { code: AlertCode; since: Date; message: string | null },
): Promise<EventRow[]> {
  const { id, user_id, state, reason } = account
  await sql`
    insert into account_alerts (account_id, user_id, since, code, told_at)
    values (${id}, ${user_id}, ${alert.since}, ${alert.code}, now())
    on conflict (account_id) do update set code = excluded.code, told_at = now(), ready_since = null`
  const data = { alert: alert.code, state, reason, message: alert.message, since: alert.since.toISOString() }
  return recordEvents(sql, [{ userId: user_id, type: 'account.alert', accountId: id, data }])
}

/** Tells that it is over. */
export async function closeAlert(sql: ISql, account: Candidate): Promise<EventRow[]> {
  const { id, user_id, state, reason } = account
  await forgetTrouble(sql, id)
  const data = {
    alert: 'well',
    state,
    reason,
    message: null,
    since: account.ready_since?.toISOString() ?? null,
  }
  return recordEvents(sql, [{ userId: user_id, type: 'account.alert', accountId: id, data }])
}

export async function watchTrouble(sql: ISql, { id, user_id }: Candidate, since: Date): Promise<void> {
  await sql`
    insert into account_alerts (account_id, user_id, since) values (${id}, ${user_id}, ${since})
    on conflict (account_id) do nothing`
}

export async function noteReady(sql: ISql, accountId: string, since: Date | null): Promise<void> {
  await sql`update account_alerts set ready_since = ${since} where account_id = ${accountId}`
}

export async function forgetTrouble(sql: ISql, accountId: string): Promise<void> {
  await sql`delete from account_alerts where account_id = ${accountId}`
}
