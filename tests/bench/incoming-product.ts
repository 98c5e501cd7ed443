// The product with Workers that tell a burst of messages each: `USR2` begins one of `BURST` messages a Worker.
import { startApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { openDatabase } from '../../src/database/open.ts'
import { createLog } from '../../src/log.ts'
import { findBrowser } from '../../workers/browser.ts'

const config = readConfig()
const log = createLog(config.logLevel)
const database = await openDatabase({ config, carried: null, log })
const browser = await findBrowser({ ...config, carried: null })
if ('problem' in browser) throw new Error(browser.problem)
const app = await startApp({
  config,
  log,
  sql: database.sql,
  personal: database.personal,
  browser,
  carried: null,
  worker: new URL('./incoming-worker.ts', import.meta.url),
  // Nobody looks at the dashboard here.
  pages: Promise.resolve(new Map()),
})
process.stdout.write(`BotWave is up at ${app.url}\n`)

const burst = new BroadcastChannel('incoming')
process.on('SIGUSR2', () => burst.postMessage(Number(process.env.BURST)))
process.once('SIGTERM', async () => {
  await app.stop()
  await database.close()
  process.exit(0)
})
