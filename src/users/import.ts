// People of an older installation come over: each whole, with the key that programs of theirs still use, or not at all.
import type { Sql } from 'postgres'
import { importKey } from '../keys/store.ts'
import { isDefaultPassword, listDefaultPasswords } from '../rules/common-passwords.ts'
import { Refused } from '../rules/old-fields.ts'
import type { OldUser } from '../rules/old-user.ts'
import { hashSecret } from '../rules/secret-hash.ts'
import { findUser, findUserByEmail, importUser } from './store.ts'

/** How passwords are hashed and checked; `auth/passwords` does both. */
export interface Hasher {
  hash(password: string): Promise<string>
  verify(password: string, hash: string | null): Promise<boolean>
}

/**
 * `known`: the same person came over in an earlier import. A password that lay in the clear is hashed and must be changed
 * at the first sign-in. Throws `Refused`.
 */
export async function importPerson(
  { sql, passwords }: { sql: Sql; passwords: Hasher },
  old: OldUser,
): Promise<'imported' | 'known'> {
  const there = await findUserByEmail(sql, old.email)
  if (there?.id === old.id) return 'known'
  if (there) throw new Refused('somebody is registered with this email address already')
  if (await findUser(sql, old.id)) throw new Refused('somebody else has this id already')
  await refuseDefaultPassword(passwords, old)
  const { kind, text } = old.password
  const passwordHash = kind === 'hash' ? text : await passwords.hash(text)
  await sql.begin(async (tx) => {
    const made = await importUser(tx, { ...old, passwordHash, mustChangePassword: kind === 'clear' })
    if (!made) throw new Refused('somebody is registered with this email address already')
    if (old.apiKey === null) return
    // Too short to be guessed from, long enough to be recognised.
    const key = { userId: old.id, prefix: old.apiKey.slice(0, 4), hash: hashSecret(old.apiKey) }
    if (!(await importKey(tx, key))) throw new Refused('api_key is somebody else’s already')
  })
  return 'imported'
}

async function refuseDefaultPassword(passwords: Hasher, { email, password }: OldUser): Promise<void> {
  const { kind, text } = password
  const isDefault =
    kind === 'clear'
      ? isDefaultPassword(text, email)
      : await matchesOne(passwords, listDefaultPasswords(email), text)
  if (isDefault) throw new Refused('the password is a known default: invite them instead')
}

async function matchesOne(passwords: Hasher, words: string[], hash: string): Promise<boolean> {
  const found = await Promise.all(words.map((word) => passwords.verify(word, hash)))
  return found.includes(true)
}
