// The product as it is, or with `GUARD=off` without what asks of each send who it is from and how many there were.
import { startApp } from '../../src/app.ts'
import { readJwtSecret } from '../../src/auth/jwt-secret.ts'
import { createTokens } from '../../src/auth/tokens.ts'
import { type Config, readConfig } from '../../src/config.ts'
import type { Sql } from '../../src/database/connect.ts'
import { openDatabase } from '../../src/database/open.ts'
import { type Callers, createCallers } from '../../src/http/callers.ts'
import { createLog } from '../../src/log.ts'
import { findBrowser } from '../../workers/browser.ts'

const config = readConfig()
const log = createLog(config.logLevel)
const { sql, personal, close } = await openDatabase({ config, carried: null, log })
const browser = await findBrowser({ ...config, carried: null })
if ('problem' in browser) throw new Error(browser.problem)
const app = await startApp({
  config,
  log,
  sql,
  personal,
  browser,
  carried: null,
  // Nobody looks at the dashboard here.
  pages: Promise.resolve(new Map()),
  ...(process.env.GUARD === 'off' ? { instead: open(sql, config) } : {}),
})
process.stdout.write(`BotWave is up at ${app.url}\n`)

process.once('SIGTERM', async () => {
  await app.stop()
  await close()
  process.exit(0)
})

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
