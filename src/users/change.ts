// Changes to people that could leave nobody in charge: each looks at all active admins first, under their locks.
import type { ISql } from 'postgres'
import { Problem } from '../http/problem.ts'
import type { Role, UserStatus } from '../rules/roles.ts'
import { type User, updateUser } from './store.ts'

export interface UserChange {
  role?: Role
  status?: UserStatus
  rate_limit?: number | null
}

/**
 * In a transaction. Throws `user_not_found`, and `last_admin` when nobody would be left who is an admin and active:
 * also when two requests at once take away the last two, since the second waits for the first and then looks anew.
 */
export async function changeUser(
  tx: ISql,
  id: string,
  change: UserChange,
): Promise<{ before: User; after: User }> {
  const takesAway = change.role === 'user' || change.status === 'suspended'
  const before = takesAway ? await holdUnlessLast(tx, id) : await hold(tx, id)
  const after = Object.keys(change).length > 0 ? await updateUser(tx, id, change) : before
  if (!after) throw new Problem('user_not_found')
  return { before, after }
}

/** Holds a person until the transaction ends; throws `last_admin` when they are the last active one. */
export async function holdUnlessLast(tx: ISql, id: string): Promise<User> {
  // One order for everybody, so that two of these wait for each other and never in a circle.
  const admins = await tx<{ id: string }[]>`
    select id from users where role = 'admin' and status = 'active' order by id for update`
  const user = await hold(tx, id)
  if (admins.length === 1 && admins[0]!.id === id) throw new Problem('last_admin')
  return user
}

async function hold(tx: ISql, id: string): Promise<User> {
  const [user] = await tx<User[]>`select * from users where id = ${id} for update`
  if (!user) throw new Problem('user_not_found')
  return user
}
