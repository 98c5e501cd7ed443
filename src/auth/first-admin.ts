// An installation without an admin: a one-time link, or the first boot's ADMIN_EMAIL and ADMIN_PASSWORD.
import type { Sql } from 'postgres'
import { hashSecret } from '../rules/secret-hash.ts'
import { adminExists, createUser } from '../users/store.ts'
import { randomToken } from './one-time-token.ts'
import { isWeakPassword, type Passwords } from './passwords.ts'
import { replaceSetupToken } from './store.ts'

/** The token for the setup link, or null when there is an admin. Throws one sentence for a weak password. */
export async function prepareFirstAdmin(
  { sql, passwords }: { sql: Sql; passwords: Passwords },
  { adminEmail, adminPassword }: { adminEmail: string | null; adminPassword: string | null },
): Promise<string | null> {
  if (await adminExists(sql)) return null
  if (adminEmail && adminPassword) {
    if (isWeakPassword(adminPassword, adminEmail)) {
      throw new Error('ADMIN_PASSWORD must have at least 12 characters and not be a common password.')
    }
    const passwordHash = await passwords.hash(adminPassword)
    await createUser(sql, { email: adminEmail, passwordHash, role: 'admin' })
    return null
  }
  const token = randomToken()
  await replaceSetupToken(sql, hashSecret(token))
  return token
}
