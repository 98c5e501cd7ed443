// Tokens for links that work once: 32 random bytes, of which only the hash is kept.
import type { ISql } from 'postgres'
import { hashSecret } from '../rules/secret-hash.ts'

/** 32 random bytes as base64url. Kept as a hash only. */
export function randomToken(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
}

export type Purpose = 'password_reset' | 'verification'

const LIVES_MINUTES: Record<Purpose, number> = { password_reset: 30, verification: 24 * 60 }

export interface NewOneTimeToken {
  purpose: Purpose
  /** Whoever has this address and is not suspended; nobody else gets one. */
  email: string
  endsSecondFactor?: boolean
}

export interface MadeToken {
  token: string
  userId: string
  expiresAt: Date
}

/** Null when nobody active has this address. Takes the same statements then. */
export async function createOneTimeToken(
  sql: ISql,
  { purpose, email, endsSecondFactor = false }: NewOneTimeToken,
): Promise<MadeToken | null> {
  const token = randomToken()
  const expiresAt = new Date(Date.now() + LIVES_MINUTES[purpose] * 60_000)
  await sql`delete from one_time_tokens where expires_at < now()`
  const [row] = await sql<{ user_id: string }[]>`
    insert into one_time_tokens (token_hash, user_id, purpose, email, ends_second_factor, expires_at)
    select ${hashSecret(token)}, id, ${purpose}, email, ${endsSecondFactor}, ${expiresAt}
    from users where email = ${email.toLowerCase()} and status = 'active'
    returning user_id`
  return row ? { token, userId: row.user_id, expiresAt } : null
}

export interface KnownToken {
  user_id: string
  email: string
  ends_second_factor: boolean
}

/** Null unless it can be used now: not used, not too old, and the address is still theirs. */
export async function findOneTimeToken(
  sql: ISql,
  purpose: Purpose,
  token: string,
): Promise<KnownToken | null> {
  const [row] = await sql<KnownToken[]>`
    select t.user_id, t.email, t.ends_second_factor
    from one_time_tokens t join users u on u.id = t.user_id and u.email = t.email and u.status = 'active'
    where t.token_hash = ${hashSecret(token)} and t.purpose = ${purpose} and t.expires_at > now()`
  return row ?? null
}

/**
 * Uses it up, and every other of this person and purpose with it. Two attempts at once: one of them gets null. Call it
 * in the transaction of what the link is for.
 */
export async function takeOneTimeToken(
  sql: ISql,
  purpose: Purpose,
  token: string,
): Promise<KnownToken | null> {
  const known = await findOneTimeToken(sql, purpose, token)
  if (!known) return null
  const taken = await sql`delete from one_time_tokens where token_hash = ${hashSecret(token)} returning 1`
  if (taken.length === 0) return null
  await sql`delete from one_time_tokens where user_id = ${known.user_id} and purpose = ${purpose}`
  return known
}
