// API keys of a person: only hashes are kept.
import type { ISql } from 'postgres'
import { type EventRow, recordEvents } from '../events/record.ts'
import { KEPT_REQUESTS, type KeyRequest } from '../rules/api-key.ts'

export interface ApiKey {
  id: string
  user_id: string
  name: string
  prefix: string
  scopes: string[]
  account_ids: string[] | null
  addresses: string[] | null
  needs_rotation: boolean
  created_at: Date
  expires_at: Date | null
  last_used_at: Date | null
  /** Of the key before the last rotation, which works until then. */
  previous_prefix: string | null
  previous_expires_at: Date | null
}

const COLUMNS = [
  ...['id', 'user_id', 'name', 'prefix', 'scopes', 'account_ids', 'addresses', 'needs_rotation'],
  ...['created_at', 'expires_at', 'last_used_at', 'previous_prefix', 'previous_expires_at'],
]

/** The text of a key as it is kept: what a person recognises it by, and SHA-256 of the whole. */
export interface KeyText {
  prefix: string
  hash: Uint8Array
}

export async function createKey(
  sql: ISql,
  key: KeyText & {
    userId: string
    name: string
    scopes: string[]
    accountIds: string[] | null
    addresses: string[] | null
    expiresAt: Date | null
  },
): Promise<{ key: ApiKey; events: EventRow[] }> {
  const [row] = await sql<ApiKey[]>`
    insert into api_keys (id, user_id, name, prefix, key_hash, scopes, account_ids, addresses, expires_at)
    values (${Bun.randomUUIDv7()}, ${key.userId}, ${key.name}, ${key.prefix}, ${key.hash}, ${key.scopes}::text[],
      ${key.accountIds}::uuid[], ${key.addresses}::text[], ${key.expiresAt})
    returning ${sql(COLUMNS)}`
  if (!row) throw new Error('an insert returned nothing')
  const events = await recordEvents(sql, [
    { userId: key.userId, type: 'key.created', data: { key_id: row.id } },
  ])
  return { key: row, events }
}

export async function listKeys(sql: ISql, userId: string): Promise<ApiKey[]> {
  return await sql<ApiKey[]>`
    select ${sql(COLUMNS)} from api_keys where user_id = ${userId} and revoked_at is null order by id desc`
}

/** Null when the person has no such key, or revoked it. */
export async function findKey(sql: ISql, userId: string, id: string): Promise<ApiKey | null> {
  const [row] = await sql<ApiKey[]>`
    select ${sql(COLUMNS)} from api_keys where id = ${id} and user_id = ${userId} and revoked_at is null`
  return row ?? null
}

export async function countKeys(sql: ISql, userId: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from api_keys where user_id = ${userId} and revoked_at is null`
  return row?.count ?? 0
}

/** Changes the given columns only; null when the person has no such key. */
export async function updateKey(
  sql: ISql,
  userId: string,
  id: string,
  change: { [Column in 'name' | 'account_ids' | 'addresses' | 'expires_at']?: ApiKey[Column] | undefined },
): Promise<{ key: ApiKey; events: EventRow[] } | null> {
  const { name, account_ids, addresses, expires_at } = change
  const [row] = await sql<ApiKey[]>`
    update api_keys set name = ${name ?? sql`name`},
      account_ids = ${account_ids === undefined ? sql`account_ids` : sql`${account_ids}::uuid[]`},
      addresses = ${addresses === undefined ? sql`addresses` : sql`${addresses}::text[]`},
      expires_at = ${expires_at === undefined ? sql`expires_at` : sql`${expires_at}::timestamptz`}
    where id = ${id} and user_id = ${userId} and revoked_at is null
    returning ${sql(COLUMNS)}`
  if (!row) return null
  return {
    key: row,
    events: await recordEvents(sql, [{ userId, type: 'key.changed', data: { key_id: id } }]),
  }
}

/**
 * A new text for a key; the old one works until `previousEndsAt`, and one that was still living from an earlier
 * rotation ends at once: never more than two. Null when the person has no such key, or it has expired.
 */
export async function rotateKey(
  sql: ISql,
  userId: string,
  id: string,
  { prefix, hash, previousEndsAt }: KeyText & { previousEndsAt: Date },
): Promise<{ key: ApiKey; events: EventRow[] } | null> {
  const [row] = await sql<ApiKey[]>`
    update api_keys set previous_hash = key_hash, previous_prefix = prefix, previous_expires_at = ${previousEndsAt},
      key_hash = ${hash}, prefix = ${prefix}, needs_rotation = false
    where id = ${id} and user_id = ${userId} and revoked_at is null and (expires_at is null or expires_at > now())
    returning ${sql(COLUMNS)}`
  if (!row) return null
  return {
    key: row,
    events: await recordEvents(sql, [{ userId, type: 'key.rotated', data: { key_id: id } }]),
  }
}

/** Null when the person has no such key. */
export async function revokeKey(sql: ISql, userId: string, id: string): Promise<EventRow[] | null> {
  const rows = await sql`
    update api_keys set revoked_at = now() where id = ${id} and user_id = ${userId} and revoked_at is null returning 1`
  if (rows.length === 0) return null
  return recordEvents(sql, [{ userId, type: 'key.revoked', data: { key_id: id } }])
}

/** Adds to what each key was used for, newest first, and to when it was used last. A key that is gone is passed over. */
export async function noteKeyRequests(sql: ISql, used: Map<string, KeyRequest[]>): Promise<void> {
  const noted = [...used].map(([key_id, requests]) => ({ key_id, requests, at: requests[0]?.at ?? null }))
  if (noted.length === 0) return
  await sql`
    with noted as materialized (
      select * from jsonb_to_recordset(${sql.json(noted as never)}) as n (key_id uuid, requests jsonb, at timestamptz)
    ), seen as (
      update api_keys k set last_used_at = greatest(k.last_used_at, noted.at) from noted where k.id = noted.key_id
      returning k.id, k.user_id
    )
    insert into api_key_requests as r (key_id, user_id, requests)
    select seen.id, seen.user_id, noted.requests from seen join noted on noted.key_id = seen.id
    on conflict (key_id) do update set requests = jsonb_path_query_array(excluded.requests || r.requests,
      ${`$[0 to ${KEPT_REQUESTS - 1}]`}::jsonpath)`
}

/** The last requests made with a key, newest first. */
export async function listKeyRequests(sql: ISql, userId: string, keyId: string): Promise<KeyRequest[]> {
  const [row] = await sql<{ requests: KeyRequest[] }[]>`
    select requests from api_key_requests where key_id = ${keyId} and user_id = ${userId}`
  return row?.requests ?? []
}

/**
 * A key of an older installation, where it lay in the clear: for sending only, and marked so that its owner makes a new
 * one. False when somebody has it already.
 */
export async function importKey(
  sql: ISql,
  { userId, prefix, hash }: KeyText & { userId: string },
): Promise<boolean> {
  const rows = await sql`
    insert into api_keys (id, user_id, name, prefix, key_hash, scopes, needs_rotation)
    values (${Bun.randomUUIDv7()}, ${userId}, 'Imported', ${prefix}, ${hash}, '{send}', true)
    on conflict (key_hash) do nothing returning 1`
  return rows.length === 1
}
