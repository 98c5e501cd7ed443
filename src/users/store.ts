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
  email_verified_at: Date | null
  /** The next sign-in needs a new password beside this one. */
  must_change_password: boolean
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

export interface ImportedUser {
  id: string
  email: string
  passwordHash: string
  mustChangePassword: boolean
  role: Role
  status: UserStatus
  rateLimit: number | null
  createdAt: Date | null
}

/** A person of an older installation. False when the id or the address is taken. */
export async function importUser(sql: ISql, user: ImportedUser): Promise<boolean> {
  const rows = await sql`
    insert into users ${sql({
      id: user.id,
      email: user.email,
      password_hash: user.passwordHash,
      must_change_password: user.mustChangePassword,
      role: user.role,
      status: user.status,
      rate_limit: user.rateLimit,
      created_at: user.createdAt ?? new Date(),
    })} on conflict do nothing returning 1`
  return rows.length === 1
}

export async function findUserByEmail(sql: ISql, email: string): Promise<User | null> {
  const [row] = await sql<User[]>`select * from users where email = ${email.toLowerCase()}`
  return row ?? null
}

export async function findUser(sql: ISql, id: string): Promise<User | null> {
  const [row] = await sql<User[]>`select * from users where id = ${id}`
  return row ?? null
}

/**
 * The same, held until the transaction ends: whoever changes the password or ends the sessions meanwhile waits, so that
 * no session is opened with what is not right any more.
 */
export async function findUserToSignIn(sql: ISql, id: string): Promise<User | null> {
  const [row] = await sql<User[]>`select * from users where id = ${id} for no key update`
  return row ?? null
}

/** A password they chose themselves, which ends every link for choosing one. End their sessions in the same transaction. */
export async function changePassword(sql: ISql, id: string, passwordHash: string): Promise<void> {
  await sql`
    with gone as (delete from one_time_tokens where user_id = ${id} and purpose = 'password_reset')
    update users set password_hash = ${passwordHash}, must_change_password = false where id = ${id}`
}

/** Mail to their address arrives. */
export async function verifyEmail(sql: ISql, id: string): Promise<void> {
  await sql`update users set email_verified_at = coalesce(email_verified_at, now()) where id = ${id}`
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

/** Every admin, suspended ones too, oldest first. */
export async function listAdmins(sql: ISql): Promise<User[]> {
  return await sql<User[]>`select * from users where role = 'admin' order by id`
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
