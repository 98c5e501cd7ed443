// From what a request carries (cookie, bearer token, API key) to who is calling; remembered for one second.
import type { ISql } from 'postgres'
import { findKeyCaller, findSessionCaller, type KeyCallerRow } from '../auth/store.ts'
import { looksLikeApiKey, looksLikeOldKey } from '../rules/api-key.ts'
import { createNetworks, type Networks } from '../rules/networks.ts'
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
  /** When the session ends, however often its token is renewed. */
  sessionEndsAt: Date | null
  /** Set for a program with an API key. */
  key: CallerKey | null
}

export interface CallerKey {
  id: string
  scopes: string[]
  /** Null: every account of the person. */
  accountIds: string[] | null
  /** Where it may be used from; null: anywhere. */
  networks: Networks | null
  expiresAt: Date | null
}

export interface Callers {
  /** `expiredToo`: an old token of a session that lives. */
  byToken(token: string, options?: { expiredToo?: boolean }): Promise<Caller | null>
  byKey(key: string): Promise<Caller | null>
  /** Call when a session, key or person changed, so that the next request sees it. */
  forget(): void
}

/** A sign-out made by another process (the command line) counts within this time. */
const REMEMBER_MS = 1_000

export interface CallersParts {
  sql: ISql
  /** What a token claims, or null when it is forged or expired. */
  verifyToken: (
    token: string,
    options?: { expiredToo?: boolean },
  ) => Promise<{ sessionId: string; userId: string } | null>
}

export function createCallers({ sql, verifyToken }: CallersParts): Callers {
  let known = new Map<string, { caller: Promise<Caller | null>; until: number }>()

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
    async byToken(token, options) {
      const claims = await verifyToken(token, options)
      if (!claims) return null
      return remember(`session ${claims.sessionId} of ${claims.userId}`, async () => {
        const row = await findSessionCaller(sql, claims.sessionId)
        if (row?.user_id !== claims.userId) return null
        const { session_expires_at: sessionEndsAt } = row
        return { ...person(row), sessionId: claims.sessionId, sessionEndsAt, key: null }
      })
    },
    async byKey(key) {
      if (!looksLikeApiKey(key) && !looksLikeOldKey(key)) return null
      const hash = hashSecret(key)
      const caller = await remember(`key ${hash.toString('base64')}`, async () => {
        const row = await findKeyCaller(sql, hash)
        return row && { ...person(row), sessionId: null, sessionEndsAt: null, key: keyOf(row) }
      })
      // It may have ended since it was looked up.
      const endsAt = caller?.key?.expiresAt
      return endsAt && endsAt.getTime() <= Date.now() ? null : caller
    },
    forget() {
      known = new Map()
    },
  }
}

function keyOf(row: KeyCallerRow): CallerKey {
  return {
    id: row.key_id,
    scopes: row.scopes,
    accountIds: row.account_ids,
    networks: row.addresses && createNetworks(row.addresses),
    expiresAt: row.key_expires_at,
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
