// The product with a Worker that can be broken from outside: each `USR2` makes every Worker fail as an unforeseen error would.

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
const worker = new URL('./breakable-worker.ts', import.meta.url)
const app = await startApp({
  config,
  log,
  sql: database.sql,
  personal: database.personal,
  browser,
  carried: null,
  worker,
  // Nobody looks at the dashboard here.
  pages: Promise.resolve(new Map()),
})
process.stdout.write(`BotWave is up at ${app.url}\n`)

const breaking = new BroadcastChannel('break')
process.on('SIGUSR2', () => breaking.postMessage('now'))
process.once('SIGTERM', async () => {
  await app.stop()
  await database.close()
  process.exit(0)
})
