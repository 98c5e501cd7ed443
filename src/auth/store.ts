// Who is calling: signed-in sessions, API keys by their hash, and the one-time setup token.
import type { ISql } from 'postgres'
import type { Role, UserStatus } from '../rules/roles.ts'

/** What a request may do is decided from this. */
export interface CallerRow {
  user_id: string
  email: string
  role: Role
  status: UserStatus
  rate_limit: number | null
}

export interface SessionCallerRow extends CallerRow {
  session_expires_at: Date
}

export interface KeyCallerRow extends CallerRow {
  key_id: string
  scopes: string[]
  account_ids: string[] | null
  addresses: string[] | null
  /** When this text of the key stops working, which for one that was rotated is before the key's own end. */
  key_expires_at: Date | null
}

/** How long one lives, however often its token is renewed. */
export const SESSION_MS = 30 * 86_400_000

export async function createSession(
  sql: ISql,
  { userId, ip, userAgent }: { userId: string; ip: string | null; userAgent: string | null },
): Promise<string> {
  const id = Bun.randomUUIDv7()
  await sql`insert into sessions ${sql({
    id,
    user_id: userId,
    expires_at: new Date(Date.now() + SESSION_MS),
    ip_address: ip,
    user_agent: userAgent?.slice(0, 400) ?? null,
  })}`
  return id
}

/** Null when the session is unknown, over or expired. */
export async function findSessionCaller(sql: ISql, sessionId: string): Promise<SessionCallerRow | null> {
  const [row] = await sql<SessionCallerRow[]>`
    select u.id as user_id, u.email, u.role, u.status, u.rate_limit, s.expires_at as session_expires_at
    from sessions s join users u on u.id = s.user_id
    where s.id = ${sessionId} and s.ended_at is null and s.expires_at > now()`
  return row ?? null
}

/** Which of these sessions are alive, and as what: not ended, not expired, of a person who may sign in. */
export async function listLivingSessions(sql: ISql, ids: string[]): Promise<{ id: string; role: Role }[]> {
  return await sql<{ id: string; role: Role }[]>`
    select s.id, u.role from sessions s join users u on u.id = s.user_id and u.status = 'active'
    where s.id = any(${ids}::uuid[]) and s.ended_at is null and s.expires_at > now()`
}

export interface Session {
  id: string
  created_at: Date
  expires_at: Date
  ip_address: string | null
  user_agent: string | null
}

/** The living sessions of a person, newest first. */
export async function listSessions(sql: ISql, userId: string): Promise<Session[]> {
  return await sql<Session[]>`
    select id, created_at, expires_at, ip_address, user_agent from sessions
    where user_id = ${userId} and ended_at is null and expires_at > now() order by id desc limit 500`
}

/** Whether a person has ever been let in from this address. */
export async function hasSignedInFrom(sql: ISql, email: string, ip: string): Promise<boolean> {
  const [row] = await sql<{ found: boolean }[]>`
    select exists(select 1 from sessions s join users u on u.id = s.user_id
      where u.email = ${email} and s.ip_address = ${ip}) as found`
  return row?.found === true
}

/** False when the person has no such session, or it is over. */
export async function endSession(sql: ISql, userId: string, sessionId: string): Promise<boolean> {
  const rows = await sql`
    update sessions set ended_at = now()
    where id = ${sessionId} and user_id = ${userId} and ended_at is null and expires_at > now() returning 1`
  return rows.length === 1
}

/** Ends every session of a person but `keep`; answers how many those were. */
export async function endSessions(sql: ISql, userId: string, keep: string | null = null): Promise<number> {
  const rows = await sql`
    update sessions set ended_at = now()
    where user_id = ${userId} and ended_at is null and expires_at > now()
      ${keep ? sql`and id <> ${keep}` : sql``} returning 1`
  return rows.length
}

/** `hash`: SHA-256 of the whole key. Null when unknown, revoked, expired, or rotated longer ago than its grace. */
export async function findKeyCaller(sql: ISql, hash: Uint8Array): Promise<KeyCallerRow | null> {
  const [row] = await sql<KeyCallerRow[]>`
    select u.id as user_id, u.email, u.role, u.status, u.rate_limit, k.id as key_id, k.scopes, k.account_ids,
      k.addresses, k.ends_at as key_expires_at
    from (
      select *, expires_at as ends_at from api_keys where key_hash = ${hash}
      union all
      select *, least(expires_at, previous_expires_at) from api_keys where previous_hash = ${hash}
    ) k join users u on u.id = k.user_id
    where k.revoked_at is null and (k.ends_at is null or k.ends_at > now())`
  return row ?? null
}

/** Only the newest setup link works. */
export async function replaceSetupToken(sql: ISql, hash: Uint8Array): Promise<void> {
  await sql`with gone as (delete from setup_tokens) insert into setup_tokens (token_hash) values (${hash})`
}

/** Uses the token up; false when it was not valid. Two attempts at once: one of them gets true. */
export async function consumeSetupToken(sql: ISql, hash: Uint8Array): Promise<boolean> {
  const rows = await sql`delete from setup_tokens where token_hash = ${hash} returning 1`
  return rows.length === 1
}
