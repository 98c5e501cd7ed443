// What the second net costs: accepting with row-level security and its transactions, beside the same product without.
import { join } from 'node:path'
import { linkInTable } from './accepts.ts'
import { type Database, type Figure, median, percent, perSecond } from './figure.ts'
import { loadClosed } from './load.ts'
import { openStage, openUndo } from './stage.ts'

const SLICE_S = 2

/** Both run at the same time and are loaded in turns, so that a machine that changes its pace does not decide. */
export async function measureRowLevelSecurity(database: Database, rounds: number): Promise<Figure[]> {
  await using undo = openUndo()
  const withIt = await linkInTable(await openStage(undo, { database }))
  const command = [process.execPath, join(import.meta.dir, 'rls-free-product.ts')]
  const stage = await openStage(undo, { database, command })
  const without = await linkInTable(stage)
  const tables = await stage.owner<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables where rowsecurity`
  for (const { name } of tables) await stage.owner.unsafe(`alter table ${name} disable row level security`)

  for (const load of [withIt, without]) await loadClosed(load, SLICE_S)
  const rates: { withIt: number; without: number }[] = []
  for (let round = 0; round < rounds * 2; round++) {
    // Each goes first once, so that neither has the better half of a machine that changes its pace.
    const rate = { withIt: 0, without: 0 }
    for (const name of round % 2 ? (['without', 'withIt'] as const) : (['withIt', 'without'] as const)) {
      rate[name] = (await loadClosed(name === 'withIt' ? withIt : without, SLICE_S)).perSecond
    }
    rates.push(rate)
  }
  const share = median(rates.map((rate) => rate.withIt / rate.without))
  return [
    {
      what: `accepts with row-level security, ${percent(share)} of those without`,
      database,
      value: perSecond(median(rates.map((rate) => rate.withIt))),
      beside: perSecond(median(rates.map((rate) => rate.without))),
    },
  ]
}
