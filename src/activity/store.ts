// Who did what, for people and admins to read. Never a secret, a body or a number.
import type { ISql, JSONValue } from 'postgres'

export interface NewActivity {
  userId: string | null
  userEmail: string | null
  action: string
  details?: Record<string, JSONValue>
  ip: string | null
}

export interface ActivityRow {
  id: string
  user_id: string | null
  user_email: string | null
  action: string
  details: Record<string, JSONValue>
  ip_address: string | null
  created_at: Date
}

export async function recordActivity(sql: ISql, activity: NewActivity): Promise<void> {
  await sql`insert into activity_logs ${sql({
    id: Bun.randomUUIDv7(),
    user_id: activity.userId,
    user_email: activity.userEmail,
    action: activity.action,
    details: sql.json(activity.details ?? {}),
    ip_address: activity.ip,
  })}`
}

/** Newest first; `userId` null lists everybody's, for admins. `after` is the id of the last one seen. */
export async function listActivity(
  sql: ISql,
  { userId, after, limit }: { userId: string | null; after: string | null; limit: number },
): Promise<ActivityRow[]> {
  return await sql<ActivityRow[]>`
    select * from activity_logs where true
      ${userId ? sql`and user_id = ${userId}` : sql``}
      ${after ? sql`and id < ${after}` : sql``}
    order by id desc limit ${limit}`
}
