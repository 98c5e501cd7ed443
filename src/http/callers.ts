// From what a request carries (cookie, bearer token, API key) to who is calling; remembered for one second.
import type { ISql } from 'postgres'
import { findKeyCaller, findSessionCaller } from '../auth/store.ts'
import { looksLikeApiKey } from '../rules/api-key.ts'
import type { Role, UserStatus } from '../rules/roles.ts'
import { hashSecret } from '../rules/secret-hash.ts'

export interface Caller {
  userId: string
  email: string
  role: Role
  status: UserStatus
  /** Sends a minute; null: the settings' default. */
  rateLimit: number | null
  /** Set for a signed-in browser or program. */
  sessionId: string | null
  /** Set for a program with an API key. */
  key: { id: string; scopes: string[]; accountIds: string[] | null } | null
}

export interface Callers {
  byToken(token: string): Promise<Caller | null>
  byKey(key: string): Promise<Caller | null>
  /** Call when a session, key or person changed, so that the next request sees it. */
  forget(): void
  /** Ids of the keys used since the last call, for "last used". */
  usedKeys(): string[]
}

/** A sign-out made by another process (the command line) counts within this time. */
const REMEMBER_MS = 1_000

export interface CallersParts {
  sql: ISql
  /** What a token claims, or null when it is forged or expired. */
  verifyToken: (token: string) => Promise<{ sessionId: string; userId: string } | null>
}

export function createCallers({ sql, verifyToken }: CallersParts): Callers {
  let known = new Map<string, { caller: Promise<Caller | null>; until: number }>()
  const used = new Set<string>()

  function remember(id: string, find: () => Promise<Caller | null>): Promise<Caller | null> {
    const now = performance.now()
    const hit = known.get(id)
    if (hit && hit.until > now) return hit.caller
    if (known.size > 10_000) known = new Map()
    const caller = find()
    known.set(id, { caller, until: now + REMEMBER_MS })
    // A database that is away must not be remembered as "nobody".
    caller.catch(() => known.delete(id))
    return caller
  }

  return {
    async byToken(token) {
      const claims = await verifyToken(token)
      if (!claims) return null
      return remember(`session ${claims.sessionId}`, async () => {
        const row = await findSessionCaller(sql, claims.sessionId)
        if (row?.user_id !== claims.userId) return null
        return { ...person(row), sessionId: claims.sessionId, key: null }
      })
    },
    async byKey(key) {
      if (!looksLikeApiKey(key)) return null
      const hash = hashSecret(key)
      const caller = await remember(`key ${hash.toString('base64')}`, async () => {
        const row = await findKeyCaller(sql, hash)
        if (!row) return null
        const { key_id: id, scopes, account_ids: accountIds } = row
        return { ...person(row), sessionId: null, key: { id, scopes, accountIds } }
      })
      if (caller?.key) used.add(caller.key.id)
      return caller
    },
    forget() {
      known = new Map()
    },
    usedKeys() {
      const ids = [...used]
      used.clear()
      return ids
    },
  }
}

function person(row: {
  user_id: string
  email: string
  role: Role
  status: UserStatus
  rate_limit: number | null
}) {
  return {
    userId: row.user_id,
    email: row.email,
    role: row.role,
    status: row.status,
    rateLimit: row.rate_limit,
  }
}
