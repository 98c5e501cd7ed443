// The token a signed-in browser or program carries: a JWT of twelve hours, bound to a row in `sessions`.
import { jwt } from '@elysiajs/jwt'

const HOURS = 12
/** No session lives longer, so no older token can be of one. */
const LONGEST_SESSION_S = 30 * 86_400

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
      const token = await signer.sign({ sub: userId, sid: sessionId, exp: expiresAt.getTime() / 1000 })
      return { token, expiresAt }
    },
    async verify(token, { expiredToo = false } = {}) {
      const clockTolerance = expiredToo ? LONGEST_SESSION_S : 0
      const claims = await signer
        .verify(token, { algorithms: ['HS256'], clockTolerance })
        .catch(() => false as const)
      if (!claims || typeof claims.sub !== 'string' || typeof claims.sid !== 'string') return null
      return { sessionId: claims.sid, userId: claims.sub }
    },
  }
}
