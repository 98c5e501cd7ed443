// What time does to files: those that nobody used for as long as the operator says are removed, leftovers always.
import type { Sql } from 'postgres'
import type { Log } from '../log.ts'
import type { Shelf } from './shelf.ts'
import { removeUnusedFiles } from './store.ts'

export interface RetentionParts {
  sql: Sql
  log: Log
  shelf: Shelf
  /** 0: for ever. */
  keepDays: number
}

const BATCH = 500
const EVERY_MS = 3_600_000

/** One pass. Tests call this; the interval below does nothing else. Answers how many rows and leftovers went. */
export async function runRetention({ sql, shelf, keepDays }: Omit<RetentionParts, 'log'>) {
  let files = 0
  while (keepDays > 0) {
    const hashes = await sql.begin((tx) => removeUnusedFiles(tx, { days: keepDays, limit: BATCH }))
    for (const sha256 of hashes) await shelf.removeUnused(sha256)
    files += hashes.length
    if (hashes.length === 0) break
  }
  return { files, leftovers: await shelf.sweep() }
}

/** Starts the passes; the returned function ends them and waits for the one under way. */
export function startRetention(parts: RetentionParts): () => Promise<void> {
  let running: Promise<unknown> = Promise.resolve()
  const pass = () => {
    running = running
      .then(() => runRetention(parts))
      .catch((error) => parts.log.warn({ err: error }, 'a pass over the files failed'))
  }
  const timer = setInterval(pass, EVERY_MS)
  return async () => {
    clearInterval(timer)
    await running
  }
}
