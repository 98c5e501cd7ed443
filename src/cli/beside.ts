// For commands that need the database, beside a running server or without one.
import { destination } from 'pino'
import { carried } from '../carried.ts'
import { type Config, readConfig } from '../config.ts'
import { joinDatabase, type OpenDatabase } from '../database/open.ts'
import { createLog } from '../log.ts'

/** Opens it, works, closes it; where no server runs, the embedded one is started and stopped for this. */
export async function withDatabase<T>(
  work: (database: OpenDatabase, config: Config) => Promise<T>,
): Promise<T> {
  const config = readConfig()
  // What a command says for people goes to stdout; the log does not belong there.
  const log = createLog('warn', destination({ fd: 2, sync: true }))
  const progress = (message: string) => process.stderr.write(`${message}\n`)
  const database = await joinDatabase({ config, carried, log, progress })
  try {
    return await work(database, config)
  } finally {
    await database.close()
  }
}
