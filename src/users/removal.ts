// Removing a person for good: what will become of what they have, and the removal itself, which may be tried again.
import type { ISql, Sql } from 'postgres'
import { endSessions } from '../auth/store.ts'
import { holdUnlessLast } from './change.ts'
import { type User, updateUser } from './store.ts'

/** What goes with a person. The activity log keeps its lines, with their address and without their id. */
export interface Removal {
  accounts: number
  linked_accounts: number
  messages: number
  files: number
  keys: number
  webhooks: number
  sessions: number
  activity: number
}

export async function previewRemoval(sql: ISql, userId: string): Promise<Removal> {
  const [row] = await sql<Removal[]>`
    select
      (select count(*)::int from accounts where user_id = ${userId}) as accounts,
      (select count(*)::int from accounts where user_id = ${userId} and linked_at is not null) as linked_accounts,
      (select count(*)::int from message_logs where user_id = ${userId}) as messages,
      (select count(*)::int from files where user_id = ${userId}) as files,
      (select count(*)::int from api_keys where user_id = ${userId} and revoked_at is null) as keys,
      (select count(*)::int from webhooks where user_id = ${userId}) as webhooks,
      (select count(*)::int from sessions where user_id = ${userId} and ended_at is null and expires_at > now())
        as sessions,
      (select count(*)::int from activity_logs where user_id = ${userId}) as activity`
  return row as Removal
}

/** From here on they are out, whatever happens to the rest. Throws `user_not_found` or `last_admin`. */
export async function shutOut(tx: ISql, id: string): Promise<User> {
  const user = await holdUnlessLast(tx, id)
  await updateUser(tx, id, { status: 'suspended' })
  await endSessions(tx, id)
  return user
}

/** So many rows a transaction: a person with millions of messages holds nobody else up. */
const BATCH = 5_000

/** After `shutOut`, and after their accounts were unlinked. Ended in the middle, it can be asked for again. */
export async function removeRows(sql: Sql, userId: string): Promise<void> {
  for (const table of ['events', 'message_logs'] as const) {
    for (;;) {
      const rows = await sql`
        delete from ${sql(table)} where id in (
          select id from ${sql(table)} where user_id = ${userId} limit ${BATCH})`
      if (rows.count < BATCH) break
    }
  }
  await sql`delete from users where id = ${userId}`
}
