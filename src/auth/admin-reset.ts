// Lets an admin in again who lost password, second factor or both: for whoever owns the machine.
import type { Sql } from 'postgres'
import { recordActivity } from '../activity/store.ts'
import { hashSecret } from '../rules/secret-hash.ts'
import { findUserByEmail, listAdmins, type User, updateUser } from '../users/store.ts'
import { createOneTimeToken, randomToken } from './one-time-token.ts'
import { replaceSetupToken } from './store.ts'

/** `setup`: there is no admin at all, and the token is for the setup page. */
export type AdminReset = { kind: 'reset'; email: string; token: string } | { kind: 'setup'; token: string }

/**
 * A one-time link for the admin with this address, or the only one. Its use sets the password, ends every session and
 * switches the second factor off. A suspended admin is let in again at once; who is no admin becomes one only where
 * there is none that could. Throws an Error with one sentence.
 */
export async function resetAdmin(sql: Sql, email: string | null): Promise<AdminReset> {
  const admins = await listAdmins(sql)
  if (email === null && admins.length === 0) {
    const token = randomToken()
    await replaceSetupToken(sql, hashSecret(token))
    return { kind: 'setup', token }
  }
  const user = await choose(sql, admins, email)
  return sql.begin(async (tx) => {
    await updateUser(tx, user.id, { role: 'admin', status: 'active' })
    const made = await createOneTimeToken(tx, {
      purpose: 'password_reset',
      email: user.email,
      endsSecondFactor: true,
    })
    if (!made) throw new Error(`${user.email} was removed just now.`)
    await recordActivity(tx, { userId: user.id, userEmail: user.email, action: 'admin.reset', ip: null })
    return { kind: 'reset', email: user.email, token: made.token } as const
  })
}

async function choose(sql: Sql, admins: User[], email: string | null): Promise<User> {
  const names = admins.map((admin) => admin.email).join(', ')
  if (email === null) {
    if (admins.length > 1) throw new Error(`There are several admins, say which: ${names}.`)
    return admins[0] as User
  }
  const user = await findUserByEmail(sql, email)
  if (!user) throw new Error(`Nobody has the address ${email}${names && `; the admins are ${names}`}.`)
  const canHelp = admins.some((admin) => admin.status === 'active')
  if (user.role !== 'admin' && canHelp) {
    throw new Error(`${user.email} is no admin; an admin can make them one. The admins are ${names}.`)
  }
  return user
}
