// The canary's one row: which account an operator chose, and how its last message stands.
import type { ISql } from 'postgres'
import { type EventRow, recordEvents } from '../events/record.ts'
import type { CanaryTrouble } from '../rules/canary.ts'

export interface Canary {
  account_id: string
  user_id: string
  /** Of the account's owner. */
  email: string
  name: string
  state: string
  reason: string | null
  phone: string | null
  new_chats_refused_at: Date | null
  next_at: Date
  message_id: string | null
  asked_at: Date | null
  /** Of the last message, until it was judged; null when its row is gone. */
  status: string | null
  web_version: string | null
  told: CanaryTrouble[]
}

/** Whoever owns it; null where none is chosen. */
export async function findCanary(sql: ISql): Promise<Canary | null> {
  const [row] = await sql<Canary[]>`
    select k.account_id, k.user_id, k.next_at, k.message_id, k.asked_at, k.web_version, k.told, u.email,
      a.name, a.state, a.reason, a.phone, a.new_chats_refused_at, m.status
    from canaries k join accounts a on a.id = k.account_id join users u on u.id = k.user_id
    left join message_logs m on m.id = k.message_id and m.user_id = k.user_id`
  return row ?? null
}

/** The one account from now on, and the next message at once. False where there is no such account. */
export async function chooseCanary(sql: ISql, accountId: string): Promise<boolean> {
  await sql`delete from canaries where account_id <> ${accountId}`
  const rows = await sql`
    insert into canaries (account_id, user_id) select id, user_id from accounts where id = ${accountId}
    on conflict (account_id) do update set next_at = now() returning 1`
  return rows.length > 0
}

export async function removeCanary(sql: ISql): Promise<void> {
  await sql`delete from canaries`
}

/** False where another one was chosen meanwhile, or none. */
export async function noteAsked(
  sql: ISql,
  { account_id, next_at }: Canary,
  asked: { messageId: string; at: Date; nextAt: Date; webVersion: string | null },
): Promise<boolean> {
  const rows = await sql`
    update canaries set message_id = ${asked.messageId}, asked_at = ${asked.at}, next_at = ${asked.nextAt},
      web_version = coalesce(${asked.webVersion}, web_version)
    where account_id = ${account_id} and message_id is null
      and date_trunc('milliseconds', next_at) = ${next_at} returning 1`
  return rows.length > 0
}

/** What became of the last one is known. */
export async function closeCanary(sql: ISql, { account_id }: Canary): Promise<void> {
  await sql`update canaries set message_id = null, asked_at = null where account_id = ${account_id}`
}

/** Tells of a trouble: once, until it is over. One that is about the last message closes it. */
export async function tellCanary(
  sql: ISql,
  canary: Canary,
  { code, message }: { code: CanaryTrouble; message: string },
): Promise<EventRow[]> {
  await sql`update canaries set told = array_append(told, ${code}::text) where account_id = ${canary.account_id}`
  if (code === 'canary_silent') await closeCanary(sql, canary)
  return recordAlert(sql, canary, code, message)
}

/** Tells that all of it is over. */
export async function tellCanaryWell(sql: ISql, canary: Canary): Promise<EventRow[]> {
  await sql`update canaries set told = '{}' where account_id = ${canary.account_id}`
  await closeCanary(sql, canary)
  return recordAlert(sql, canary, 'canary_well', null)
}

function recordAlert(
  sql: ISql,
  { account_id, user_id, state, reason, asked_at }: Canary,
  alert: CanaryTrouble | 'canary_well',
  message: string | null,
): Promise<EventRow[]> {
  const data = { alert, state, reason, message, since: asked_at?.toISOString() ?? null }
  return recordEvents(sql, [{ userId: user_id, type: 'account.alert', accountId: account_id, data }])
}
