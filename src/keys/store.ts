// API keys of a person: only hashes are kept.
import type { ISql } from 'postgres'
import { type EventRow, recordEvents } from '../events/record.ts'

export interface ApiKey {
  id: string
  user_id: string
  name: string
  prefix: string
  scopes: string[]
  account_ids: string[] | null
  created_at: Date
  expires_at: Date | null
  last_used_at: Date | null
}

const COLUMNS = [
  'id',
  'user_id',
  'name',
  'prefix',
  'scopes',
  'account_ids',
  'created_at',
  'expires_at',
  'last_used_at',
]

export async function createKey(
  sql: ISql,
  key: {
    userId: string
    name: string
    prefix: string
    hash: Uint8Array
    scopes: string[]
    accountIds: string[] | null
    expiresAt: Date | null
  },
): Promise<{ key: ApiKey; events: EventRow[] }> {
  const [row] = await sql<ApiKey[]>`
    insert into api_keys (id, user_id, name, prefix, key_hash, scopes, account_ids, expires_at)
    values (${Bun.randomUUIDv7()}, ${key.userId}, ${key.name}, ${key.prefix}, ${key.hash}, ${key.scopes}::text[],
      ${key.accountIds}::uuid[], ${key.expiresAt})
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

/** False when the person has no such key. */
export async function revokeKey(sql: ISql, userId: string, id: string): Promise<EventRow[] | null> {
  const rows = await sql`
    update api_keys set revoked_at = now() where id = ${id} and user_id = ${userId} and revoked_at is null returning 1`
  if (rows.length === 0) return null
  return recordEvents(sql, [{ userId, type: 'key.revoked', data: { key_id: id } }])
}

export async function noteKeysUsed(sql: ISql, ids: string[]): Promise<void> {
  if (ids.length > 0) await sql`update api_keys set last_used_at = now() where id in ${sql(ids)}`
}
