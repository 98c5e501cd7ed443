// Who did what, for people and admins to read. Never a secret, a body or a number.
import type { ISql, JSONValue } from 'postgres'
import { idBefore } from '../rules/first-id.ts'

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

export interface ActivityFilter {
  /** Null: everybody's, for admins. */
  userId: string | null
  /** `user.suspended`, or all of a group: `user`. */
  action?: string | undefined
  /** Part of the address of whoever did it. */
  q?: string | undefined
  from?: Date | undefined
  to?: Date | undefined
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

/** Newest first. `after` is the id of the last one seen. Ids order by time, so a range of time is one of ids. */
export async function listActivity(
  sql: ISql,
  { userId, action, q, from, to }: ActivityFilter,
  { after, limit }: { after: string | null; limit: number },
): Promise<ActivityRow[]> {
  return await sql<ActivityRow[]>`
    select * from activity_logs where true
      ${userId ? sql`and user_id = ${userId}` : sql``}
      ${action ? sql`and (action = ${action} or starts_with(action, ${`${action}.`}))` : sql``}
      ${q ? sql`and user_email like ${`%${q.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`}` : sql``}
      ${from ? sql`and id >= ${idBefore(from.getTime())}` : sql``}
      ${to ? sql`and id < ${idBefore(to.getTime())}` : sql``}
      ${after ? sql`and id < ${after}` : sql``}
    order by id desc limit ${limit}`
}
