// Linked WhatsApp accounts: their rows and the guarded moves of their state.
import type { ISql, JSONValue } from 'postgres'
import { type EventRow, recordEvents } from '../events/record.ts'
import type { AccountMove, AccountState } from '../rules/account-state.ts'
import type { Pacing } from '../rules/pacing.ts'

export interface Account {
  id: string
  user_id: string
  name: string
  phone: string | null
  state: AccountState
  reason: string | null
  since: Date
  wanted: boolean
  generation: number
  run: number
  attempts: number
  next_try_at: Date | null
  pairing_phone: string | null
  linked_at: Date | null
  on_uncertain: 'hold' | 'resend' | 'drop'
  pacing: Partial<Pacing> | { off: true } | null
  /** What its browser goes out through: sealed (`src/accounts/proxy.ts`), and scheme, host and port for people. */
  proxy: Uint8Array | null
  proxy_server: string | null
  /** WhatsApp refused to open new chats (error 463): none are opened until the owner says so. */
  new_chats_refused_at: Date | null
  created_at: Date
}

export type AccountWithQueue = Account & { queued: number }

export async function createAccount(
  sql: ISql,
  { userId, name }: { userId: string; name: string },
): Promise<{ account: Account; events: EventRow[] }> {
  const [account] = await sql<Account[]>`
    insert into accounts ${sql({ id: Bun.randomUUIDv7(), user_id: userId, name })} returning *`
  if (!account) throw new Error('an insert returned nothing')
  const events = await recordEvents(sql, [
    { userId, type: 'account.created', accountId: account.id, data: { name } },
  ])
  return { account, events }
}

export async function listAccounts(sql: ISql, userId: string): Promise<AccountWithQueue[]> {
  return await sql<AccountWithQueue[]>`
    select a.*, (select count(*)::int from message_logs m where m.account_id = a.id and m.status = 'queued') as queued
    from accounts a where a.user_id = ${userId} order by a.id`
}

/** `id` null: the person's first account. */
export async function findAccount(
  sql: ISql,
  userId: string,
  id: string | null,
): Promise<AccountWithQueue | null> {
  const [row] = await sql<AccountWithQueue[]>`
    select a.*, (select count(*)::int from message_logs m where m.account_id = a.id and m.status = 'queued') as queued
    from accounts a where a.user_id = ${userId} ${id ? sql`and a.id = ${id}` : sql``} order by a.id limit 1`
  return row ?? null
}

/** For the supervisor only: whoever owns it. */
export async function findAnyAccount(sql: ISql, id: string): Promise<Account | null> {
  const [row] = await sql<Account[]>`select * from accounts where id = ${id}`
  return row ?? null
}

/** For the supervisor only: every account that should be up or still claims to be. */
export async function listAccountsToBoot(sql: ISql): Promise<(Account & { owner_is_active: boolean })[]> {
  return await sql<(Account & { owner_is_active: boolean })[]>`
    select a.*, u.status = 'active' as owner_is_active from accounts a join users u on u.id = a.user_id
    where a.wanted or a.state in ('starting', 'qr', 'pairing', 'syncing', 'ready', 'reconnecting')
    order by a.id`
}

export async function updateAccount(
  sql: ISql,
  userId: string,
  id: string,
  change: Partial<
    Pick<Account, 'name' | 'on_uncertain' | 'new_chats_refused_at' | 'proxy' | 'proxy_server'>
  > & {
    pacing?: Account['pacing']
  },
): Promise<Account | null> {
  const { pacing, ...plain } = change
  const columns = {
    ...plain,
    ...(pacing === undefined ? {} : { pacing: pacing && sql.json(pacing as JSONValue) }),
  }
  const [row] = await sql<Account[]>`
    update accounts set ${sql(columns)} where id = ${id} and user_id = ${userId} returning *`
  return row ?? null
}

/** Its messages stay, without an account. Its waiting ones are cancelled by the caller first. */
export async function removeAccount(sql: ISql, userId: string, id: string): Promise<EventRow[] | null> {
  const rows = await sql`delete from accounts where id = ${id} and user_id = ${userId} returning 1`
  if (rows.length === 0) return null
  return await recordEvents(sql, [{ userId, type: 'account.removed', accountId: id }])
}

type MoveColumns = Partial<
  Pick<Account, 'phone' | 'pairing_phone' | 'linked_at' | 'next_try_at' | 'run' | 'generation'>
>

/**
 * Writes a move of the state machine and its event; null when the account is not any more where the move began
 * (another generation, run or state), so that late words change nothing.
 */
export async function writeMove(
  sql: ISql,
  account: Account,
  move: AccountMove,
  extra: MoveColumns = {},
): Promise<{ account: Account; events: EventRow[] } | null> {
  const { state, reason, wanted, attempts } = move
  const change = { state, reason, wanted, attempts, next_try_at: null, ...extra }
  const shown = state !== account.state || reason !== account.reason
  const [row] = await sql<Account[]>`
    update accounts set ${sql(change)}${shown ? sql`, since = now()` : sql``}
    where id = ${account.id} and generation = ${account.generation} and run = ${account.run}
      and state = ${account.state}
    returning *`
  if (!row) return null
  if (!shown) return { account: row, events: [] }
  const events = await recordEvents(sql, [
    {
      userId: row.user_id,
      type: 'account.state',
      accountId: row.id,
      data: { state, reason, from: account.state, next_try_at: row.next_try_at?.toISOString() ?? null },
    },
  ])
  return { account: row, events }
}

/**
 * A move that was written by a try whose answer got lost, as `writeMove` would have answered it; null when the account
 * stands elsewhere. Nobody else moves accounts, so one that stands where the move led was led there by it.
 */
export async function findWrittenMove(
  sql: ISql,
  before: Account,
  move: AccountMove,
  extra: MoveColumns = {},
): Promise<{ account: Account; events: EventRow[] } | null> {
  const { state, reason, wanted, attempts } = move
  const { run, generation, next_try_at } = { ...before, next_try_at: null, ...extra }
  // The lost try may still be on its way to its commit: wait for it.
  await sql`select 1 from accounts where id = ${before.id} for update`
  const [account] = await sql<Account[]>`
    select * from accounts
    where id = ${before.id} and generation = ${generation} and run = ${run} and state = ${state}
      and reason is not distinct from ${reason} and wanted = ${wanted} and attempts = ${attempts}
      and date_trunc('milliseconds', next_try_at) is not distinct from ${next_try_at}`
  if (!account) return null
  if (state === before.state && reason === before.reason) return { account, events: [] }
  const events = await sql<EventRow[]>`
    select * from events where user_id = ${account.user_id} and account_id = ${account.id} and type = 'account.state'
    order by xid desc, id desc limit 1`
  return { account, events }
}

/** Which phone is linked, as the page says once it is ready. */
export async function writeLink(sql: ISql, account: Account, phone: string | null): Promise<Account | null> {
  const [row] = await sql<Account[]>`
    update accounts set phone = coalesce(${phone}, phone), linked_at = coalesce(linked_at, now()), pairing_phone = null
    where id = ${account.id} and generation = ${account.generation} and run = ${account.run}
    returning *`
  return row ?? null
}

/** WhatsApp refuses new chats: from now on this account opens none. Null when that was known already. */
export async function noteNewChatsRefused(
  sql: ISql,
  id: string,
): Promise<{ account: Account; events: EventRow[] } | null> {
  const [account] = await sql<Account[]>`
    update accounts set new_chats_refused_at = now() where id = ${id} and new_chats_refused_at is null returning *`
  if (!account) return null
  const events = await recordEvents(sql, [
    { userId: account.user_id, type: 'account.new_chats_refused', accountId: id },
  ])
  return { account, events }
}

/** The phone (digits) for which the next start asks a pairing code. */
export async function writePairingPhone(sql: ISql, account: Account, phone: string): Promise<Account | null> {
  const [row] = await sql<Account[]>`
    update accounts set pairing_phone = ${phone}
    where id = ${account.id} and generation = ${account.generation} and run = ${account.run}
    returning *`
  return row ?? null
}
