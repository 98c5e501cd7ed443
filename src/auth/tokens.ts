// The token a signed-in browser or program carries: a JWT of twelve hours, bound to a row in `sessions`.
import { jwt } from '@elysiajs/jwt'
import { SESSION_MS } from './store.ts'

const HOURS = 12
/** What it is good for: whatever else may come to be signed with the same key is no session. */
const AUDIENCE = 'session'
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export interface Tokens {
  sign(session: { sessionId: string; userId: string }): Promise<{ token: string; expiresAt: Date }>
  /**
   * Null for a token that is forged, expired or not ours. The session itself is looked up by the guard. `expiredToo`:
   * for a refresh, which asks only whether the session still lives.
   */
  verify(
    token: string,
    options?: { expiredToo?: boolean },
  ): Promise<{ sessionId: string; userId: string } | null>
}

/** `secret`: at least 32 bytes. Only HS256 under this key is accepted. */
export function createTokens(secret: string): Tokens {
  const signer = jwt({ name: 'jwt', secret, alg: 'HS256' }).decorator.jwt
  return {
    async sign({ sessionId, userId }) {
      const expiresAt = new Date(Math.floor(Date.now() / 1000 + HOURS * 3600) * 1000)
      const exp = expiresAt.getTime() / 1000
      const token = await signer.sign({ aud: AUDIENCE, sub: userId, sid: sessionId, exp })
      return { token, expiresAt }
    },
    async verify(token, { expiredToo = false } = {}) {
      // No session lives longer, so no older token can be of one.
      const clockTolerance = expiredToo ? SESSION_MS / 1000 : 0
      const claims = await signer
        .verify(token, { algorithms: ['HS256'], clockTolerance })
        .catch(() => false as const)
      if (!claims || claims.aud !== AUDIENCE || typeof claims.exp !== 'number') return null
      if (typeof claims.sub !== 'string' || typeof claims.sid !== 'string' || !UUID.test(claims.sid))
        return null
      return { sessionId: claims.sid, userId: claims.sub }
    },
  }
}
