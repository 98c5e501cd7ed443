// One person's rows and nobody else's: the net behind the owner that every query names, and the one way around it.
import type { Sql, Tx } from './connect.ts'

/**
 * What a connection is opened with so that it sees everybody's rows: for the outbox, the supervisor, sign-in, admins
 * and migrations. Without it, and without `asPerson`, row-level security shows nothing of anybody. Nothing else in
 * the program may name this setting.
 */
export const EVERYBODY = { 'app.bypass': 'on' } as const

/** Runs `work` in a transaction that sees and writes the rows of this one person only. */
export type AsPerson = <T>(userId: string, work: (tx: Tx) => Promise<T>) => Promise<T>

/**
 * `personal`: a pool without `EVERYBODY`. A query that forgets its owner finds nothing of others; a write of their
 * rows is refused by PostgreSQL (42501). No network or Worker call inside `work`.
 */
export function createAsPerson(personal: Sql): AsPerson {
  return (userId, work) =>
    personal.begin((tx) => {
      // Not awaited: it travels with the first query, in order. Where it fails, so does everything behind it.
      tx`select set_config('app.user_id', ${userId}, true)`.execute().catch(() => {})
      return work(tx)
    }) as ReturnType<typeof work>
}
