// The product as it would be without row-level security: requests of one person run no transaction that names them.
import type { Sql, TransactionSql } from 'postgres'
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
  personal: withoutNames(database.sql),
  browser,
  carried: null,
  pages: Promise.resolve(new Map()),
})
process.stdout.write(`BotWave is up at ${app.url}\n`)
process.once('SIGTERM', async () => {
  await app.stop()
  await database.close()
  process.exit(0)
})

/** What several statements of one request need a transaction for still gets one: here only messages are accepted. */
function withoutNames(sql: Sql): Sql {
  const unnamed = new Proxy(sql, {
    apply(target, self, args) {
      const text = (args[0] as TemplateStringsArray | undefined)?.[0]
      if (typeof text === 'string' && text.startsWith('select set_config('))
        return { execute: () => Promise.resolve([]) }
      return Reflect.apply(target, self, args)
    },
  }) as unknown as TransactionSql
  return new Proxy(sql, {
    get: (target, name) =>
      name === 'begin'
        ? (work: (tx: TransactionSql) => unknown) => Promise.resolve(work(unnamed))
        : Reflect.get(target, name),
  })
}
