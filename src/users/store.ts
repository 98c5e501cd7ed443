// People: who may sign in, as what, and how much they may send.
import type { ISql } from 'postgres'
import type { Role, UserStatus } from '../rules/roles.ts'

export interface User {
  id: string
  email: string
  password_hash: string
  role: Role
  status: UserStatus
  rate_limit: number | null
  created_at: Date
}

/** Null when the address is taken. `email` is stored in lower case. */
export async function createUser(
  sql: ISql,
  { email, passwordHash, role }: { email: string; passwordHash: string; role: Role },
): Promise<User | null> {
  const [row] = await sql<User[]>`
    insert into users ${sql({
      id: Bun.randomUUIDv7(),
      email: email.toLowerCase(),
      password_hash: passwordHash,
      role,
    })} on conflict (email) do nothing returning *`
  return row ?? null
}

export async function findUserByEmail(sql: ISql, email: string): Promise<User | null> {
  const [row] = await sql<User[]>`select * from users where email = ${email.toLowerCase()}`
  return row ?? null
}

export async function findUser(sql: ISql, id: string): Promise<User | null> {
  const [row] = await sql<User[]>`select * from users where id = ${id}`
  return row ?? null
}

/** Everybody, newest first, for admins. `after` is the id of the last one seen. */
export async function listUsers(
  sql: ISql,
  { after, limit }: { after: string | null; limit: number },
): Promise<User[]> {
  return await sql<User[]>`
    select * from users ${after ? sql`where id < ${after}` : sql``} order by id desc limit ${limit}`
}

export async function adminExists(sql: ISql): Promise<boolean> {
  const [row] = await sql<
    { found: boolean }[]
  >`select exists(select 1 from users where role = 'admin') as found`
  return row?.found === true
}

/** Changes what an admin may change of a person; null when there is no such person. */
export async function updateUser(
  sql: ISql,
  id: string,
  change: Partial<Pick<User, 'role' | 'status' | 'rate_limit' | 'password_hash'>>,
): Promise<User | null> {
  const [row] = await sql<User[]>`update users set ${sql(change)} where id = ${id} returning *`
  return row ?? null
}
