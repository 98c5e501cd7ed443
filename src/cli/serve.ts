// `botwave serve`: the whole program, until a signal ends it.
import { findBrowser } from '../../workers/browser.ts'
import { startApp } from '../app.ts'
import { carried } from '../carried.ts'
import { readConfig } from '../config.ts'
import { openDatabase } from '../database/open.ts'
import { createLog } from '../log.ts'

/** In all; what is left of it after everything else is the database's, but never less than `DATABASE_STOP_MS`. */
const STOP_MS = 14_000
const DATABASE_STOP_MS = 2_000
/** Longer than this and the program ends anyway: supervisord's stopwaitsecs is 25. */
const STOP_DEADLINE_MS = 20_000

/** Resolves with the exit code once everything has stopped. Throws one sentence when it cannot start. */
export async function serve(): Promise<number> {
  const config = readConfig()
  const log = createLog(config.logLevel)
  const progress = (message: string) => process.stderr.write(`${message}\n`)
  const { promise: over, resolve: end } = Promise.withResolvers<{ code: number; why: string }>()
  process.on('SIGTERM', () => end({ code: 0, why: 'SIGTERM' }))
  process.on('SIGINT', () => end({ code: 0, why: 'SIGINT' }))
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unhandled rejection'))

  const onLost = (reason: string) => end({ code: 1, why: reason })
  let stoppingAt = 0
  const database = await openDatabase({ config, carried, log, progress, onLost })
  try {
    const browser = await findBrowser({ ...config, carried, progress })
    if ('problem' in browser) throw new Error(browser.problem)
    const { executable, origin, sandbox } = browser
    log.info({ executable, origin, sandbox, database: database.kind }, 'starting')
    for (const warning of database.warnings) log.warn(warning)
    const { sql, personal, isUp: isDatabaseUp } = database
    const app = await startApp({ config, log, sql, personal, isDatabaseUp, browser, carried })
    process.stdout.write(
      `BotWave is up at ${app.url}${app.setupLink ? `, set it up at ${app.setupLink}` : ''}\n`,
    )

    const { code, why } = await over
    log.info({ why }, 'stopping')
    stoppingAt = performance.now()
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref()
    await app.stop()
    return code
  } finally {
    const leftMs = stoppingAt ? STOP_MS - (performance.now() - stoppingAt) : STOP_MS
    await database.close(Math.max(DATABASE_STOP_MS, leftMs))
  }
}
