// A pool that is ended while it is still connecting: nobody is left with an error that nobody hears.
import { expect, test } from 'bun:test'
import { openLivePool } from '../../src/database/pulse.ts'
import { createLog } from '../../src/log.ts'
import { createTestDatabase } from '../support/database.ts'

test('ending at any moment of a connect leaves no unheard error', async () => {
  const database = await createTestDatabase()
  const unheard: unknown[] = []
  const hear = (error: unknown) => unheard.push(error)
  process.on('unhandledRejection', hear)
  try {
    const log = createLog('silent')
    // Not a wait for anything: the end is moved through every moment of a connect.
    for (let time = 0; time < 164; time++) {
      const pool = openLivePool(database.login, log)
      await new Promise((resolve) => setTimeout(resolve, time % 41))
      await pool.end()
    }
    await database.sql`select 1`
    expect(unheard).toEqual([])
  } finally {
    process.off('unhandledRejection', hear)
    await database.drop()
  }
}, 60_000)
