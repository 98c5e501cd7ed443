// The pool that follows the database: what becomes of queries when connections end, and of a pool that is ended.
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

/** Longer than any test: only what happens to the connection itself can be the reason of a look. */
const NEVER_MS = 10 * 60_000

test('a connection that was cut between two looks is noticed at once, though the database answers', async () => {
  const database = await createTestDatabase()
  const pool = openLivePool(database.login, createLog('silent'), { everyMs: NEVER_MS })
  try {
    const isThere = () => database.owner`
      select 1 from pg_stat_activity where application_name = 'botwave pulse' and datname = current_database()
        and state = 'idle' and query = 'select 1'`
    while ((await isThere()).length === 0) await Bun.sleep(10)
    await pool.sql`select 1`
    // Nobody would end this one: it stands for a connection that PostgreSQL's death left mute.
    const mute = pool.sql`select pg_sleep(600)`.then(
      () => 'answered',
      (error: { code: string }) => error.code,
    )
    await database.owner`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'botwave pulse' and datname = current_database()`
    expect(await mute).toBe('CONNECTION_DESTROYED')
    expect([...(await pool.sql`select 2 as two`)]).toEqual([{ two: 2 }])
    expect(pool.isUp()).toBe(true)
  } finally {
    await pool.end(0)
    await database.drop()
  }
})
