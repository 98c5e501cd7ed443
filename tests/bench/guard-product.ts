// The product as it is, or with `GUARD=off` without what asks of each send who it is from and how many there were.
import { readJwtSecret } from '../../src/auth/jwt-secret.ts'
import { createTokens } from '../../src/auth/tokens.ts'
import { type Config, readConfig } from '../../src/config.ts'
import type { Sql } from '../../src/database/connect.ts'
import { type Callers, createCallers } from '../../src/http/callers.ts'
import { runProduct } from './run-product.ts'

await runProduct(({ sql }) => (process.env.GUARD === 'off' ? { instead: open(sql, readConfig()) } : {}))

/** The first key that comes is everybody's, nothing is counted, nothing is noted. */
function open(sql: Sql, config: Config) {
  const real = createCallers({ sql, verifyToken: createTokens(readJwtSecret(config)).verify })
  let everybody: ReturnType<Callers['byKey']> | null = null
  const taken = { headers: {}, giveBack: () => ({}) }
  return {
    callers: {
      ...real,
      byKey: (key: string) => {
        everybody ??= real.byKey(key)
        return everybody
      },
    },
    sendLimiter: { take: async () => taken, stop: async () => {} },
    keyRequests: { begin: () => {}, end: () => {}, takeAll: () => new Map() },
  }
}
