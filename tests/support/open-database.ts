// A program that opens the database in the folder it is given and holds it until its input ends: for tests that kill.
import { createInterface } from 'node:readline'
import { openDatabase } from '../../src/database/open.ts'
import { createLog } from '../../src/log.ts'

const [dataDir = ''] = process.argv.slice(2)
try {
  const database = await openDatabase({
    config: { dataDir, databaseUrl: process.env.DATABASE_URL || null, databaseOwnerUrl: null },
    carried: null,
    log: createLog('silent'),
    onLost: (reason) => console.log(`lost: ${reason}`),
  })
  console.log('open')
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'close') break
    const said = await database.sql.unsafe(line).then(JSON.stringify, (error) => `away: ${error.message}`)
    console.log(said)
  }
  await database.close()
  console.log('closed')
  process.exit(0)
} catch (error) {
  console.log(`failed: ${(error as Error).message}`)
  process.exit(1)
}
