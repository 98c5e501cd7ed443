// People as admins list them: found by address, role and status, with what each of them has.
import type { ISql } from 'postgres'
import { idBefore } from '../rules/first-id.ts'
import type { Role, UserStatus } from '../rules/roles.ts'
import type { User } from './store.ts'

export interface UserFilter {
  /** Any part of the address. */
  q?: string | undefined
  role?: Role | undefined
  status?: UserStatus | undefined
}

export interface ListedUser extends User {
  accounts: number
  accounts_ready: number
  keys: number
  /** Handed in within the last 24 hours. */
  messages_today: number
  last_sign_in_at: Date | null
}

const DAY_MS = 86_400_000

function columns(sql: ISql) {
  return sql`u.*,
    (select count(*)::int from accounts a where a.user_id = u.id) as accounts,
    (select count(*)::int from accounts a where a.user_id = u.id and a.state = 'ready') as accounts_ready,
    (select count(*)::int from api_keys k where k.user_id = u.id and k.revoked_at is null
      and (k.expires_at is null or k.expires_at > now())) as keys,
    (select count(*)::int from message_logs m where m.user_id = u.id and m.direction = 'out'
      and m.source <> 'canary'
      and m.id >= ${idBefore(Date.now() - DAY_MS)}) as messages_today,
    (select max(s.created_at) from sessions s where s.user_id = u.id) as last_sign_in_at`
}

/** Newest first. `after` is the id of the last one seen. */
export async function listPeople(
  sql: ISql,
  { q, role, status }: UserFilter,
  { after, limit }: { after: string | null; limit: number },
): Promise<ListedUser[]> {
  return await sql<ListedUser[]>`
    select ${columns(sql)} from users u where true
      ${q ? sql`and u.email like ${`%${q.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`}` : sql``}
      ${role ? sql`and u.role = ${role}` : sql``}
      ${status ? sql`and u.status = ${status}` : sql``}
      ${after ? sql`and u.id < ${after}` : sql``}
    order by u.id desc limit ${limit}`
}

export async function findPerson(sql: ISql, id: string): Promise<ListedUser | null> {
  const [row] = await sql<ListedUser[]>`select ${columns(sql)} from users u where u.id = ${id}`
  return row ?? null
}

export interface PeopleCounts {
  all: number
  active: number
  suspended: number
  admins: number
}

export async function countPeople(sql: ISql): Promise<PeopleCounts> {
  const [row] = await sql<PeopleCounts[]>`
    select count(*)::int as all, count(*) filter (where status = 'active')::int as active,
      count(*) filter (where status = 'suspended')::int as suspended,
      count(*) filter (where role = 'admin')::int as admins
    from users`
  return row as PeopleCounts
}
