// The product in this process, changed in one thing that a measure is about, until SIGTERM.
import { type App, type AppParts, startApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { type OpenDatabase, openDatabase } from '../../src/database/open.ts'
import { createLog } from '../../src/log.ts'
import { findBrowser } from '../../workers/browser.ts'

/** Configured by the environment, as the product itself; `change` says what is otherwise. */
export async function runProduct(change: (database: OpenDatabase) => Partial<AppParts>): Promise<App> {
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
    // Nobody looks at the dashboard here.
    pages: Promise.resolve(new Map()),
    ...change(database),
  })
  process.once('SIGTERM', async () => {
    await app.stop()
    await database.close()
    process.exit(0)
  })
  process.stdout.write(`BotWave is up at ${app.url}\n`)
  return app
}
