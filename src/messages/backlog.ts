// What waits, account by account: how much now, how much for a later moment, and for how many people never written to.
import type { ISql } from 'postgres'

export interface Backlog {
  account_id: string
  name: string
  state: string
  user_id: string
  user_email: string
  queued: number
  /** Recipients of what is queued that the account has neither written to nor heard from. */
  new_people: number
  scheduled: number
  next_scheduled_at: Date | null
  last_scheduled_at: Date | null
}

/** So many accounts: those with the most that waits. */
const LARGEST = 100

/** @param userId null: everybody's, for admins. Accounts with nothing that waits are not among them. */
export async function listBacklogs(sql: ISql, userId: string | null): Promise<Backlog[]> {
  return await sql<Backlog[]>`
    select a.id as account_id, a.name, a.state, a.user_id, u.email as user_email,
      count(*) filter (where m.status = 'queued')::int as queued,
      count(distinct m.receiver_number) filter (
        where m.status = 'queued' and m.chat_id not like '%@g.us' and c.number is null)::int as new_people,
      count(*) filter (where m.status = 'scheduled')::int as scheduled,
      min(m.send_at) filter (where m.status = 'scheduled') as next_scheduled_at,
      max(m.send_at) filter (where m.status = 'scheduled') as last_scheduled_at
    from message_logs m
      join accounts a on a.id = m.account_id
      join users u on u.id = a.user_id
      left join contacts c on c.account_id = m.account_id and c.number = m.receiver_number
    where m.status in ('queued', 'scheduled') and m.source <> 'canary'
      ${userId ? sql`and m.user_id = ${userId}` : sql``}
    group by a.id, u.id
    order by count(*) desc, a.id limit ${LARGEST}`
}
