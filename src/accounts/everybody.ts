// Every linked account, whoever owns it: for admins.
import type { ISql } from 'postgres'
import type { AccountState } from '../rules/account-state.ts'
import type { Account } from './store.ts'

export type OwnedAccount = Account & {
  queued: number
  user_email: string
  owner_is_active: boolean
}

export interface AccountFilter {
  state?: AccountState | undefined
  userId?: string | undefined
  /** Part of the account's name, its owner's address or its phone. */
  q?: string | undefined
}

const columns = (sql: ISql) => sql`a.*, u.email as user_email, u.status = 'active' as owner_is_active,
  (select count(*)::int from message_logs m where m.account_id = a.id and m.status = 'queued') as queued`

/** Newest first. `after` is the id of the last one seen. */
export async function listEverybodysAccounts(
  sql: ISql,
  { state, userId, q }: AccountFilter,
  { after, limit }: { after: string | null; limit: number },
): Promise<OwnedAccount[]> {
  const part = q && `%${q.replace(/[\\%_]/g, '\\$&')}%`
  const digits = q?.replace(/\D/g, '')
  return await sql<OwnedAccount[]>`
    select ${columns(sql)} from accounts a join users u on u.id = a.user_id where true
      ${state ? sql`and a.state = ${state}` : sql``}
      ${userId ? sql`and a.user_id = ${userId}` : sql``}
      ${part ? sql`and (a.name ilike ${part} or u.email ilike ${part} ${digits ? sql`or a.phone like ${`%${digits}%`}` : sql``})` : sql``}
      ${after ? sql`and a.id < ${after}` : sql``}
    order by a.id desc limit ${limit}`
}

export async function findEverybodysAccount(sql: ISql, id: string): Promise<OwnedAccount | null> {
  const [row] = await sql<OwnedAccount[]>`
    select ${columns(sql)} from accounts a join users u on u.id = a.user_id where a.id = ${id}`
  return row ?? null
}

/** How many there are in each state. */
export async function countAccountStates(sql: ISql): Promise<Record<string, number>> {
  const rows = await sql<{ state: string; count: number }[]>`
    select state, count(*)::int as count from accounts group by state order by state`
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}
