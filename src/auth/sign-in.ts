// Opens and ends sessions: the one place where a token is handed out.
import type { ISql, Sql } from 'postgres'
import { recordActivity } from '../activity/store.ts'
import { Problem } from '../http/problem.ts'
import type { Role } from '../rules/roles.ts'
import { hashSecret } from '../rules/secret-hash.ts'
import {
  adminExists,
  changePassword,
  createUser,
  findUserByEmail,
  findUserToSignIn,
  type User,
  updateUser,
} from '../users/store.ts'
import type { Vault } from '../vault.ts'
import type { Attempt, Delays } from './delays.ts'
import { isOldHash, isWeakPassword, type Passwords } from './passwords.ts'
import { hasSecondFactor, takeCode } from './second-factor.ts'
import { consumeSetupToken, createSession, endSessions, hasSignedInFrom } from './store.ts'
import type { Tokens } from './tokens.ts'

export interface SignInParts {
  sql: Sql
  tokens: Tokens
  passwords: Passwords
  delays: Delays
  vault: Vault
}

export interface From {
  ip: string | null
  userAgent: string | null
}

export interface SignedIn {
  token: string
  expires_at: string
  user: { id: string; email: string; role: Role; status: 'active' | 'suspended' }
}

/** The first admin, by the link printed at start. Two at once: one of them gets `bad_setup_token`. */
export async function setUp(
  parts: SignInParts,
  { token, email, password }: { token: string; email: string; password: string },
  from: From,
): Promise<SignedIn> {
  if (isWeakPassword(password, email)) throw new Problem('weak_password')
  const attempt = parts.delays.begin({ account: null, address: from.ip })
  const passwordHash = await parts.passwords.hash(password)
  const signedIn = await openWith(parts, 'setup', from, async (tx) => {
    if (!(await consumeSetupToken(tx, hashSecret(token)))) throw new Problem('bad_setup_token')
    if (await adminExists(tx)) throw new Problem('already_set_up')
    const made = await createUser(tx, { email, passwordHash, role: 'admin' })
    if (!made) throw new Problem('email_taken')
    return made
  })
  attempt.right()
  return signedIn
}

export async function register(
  parts: SignInParts,
  { email, password }: { email: string; password: string },
  from: From,
): Promise<SignedIn> {
  if (isWeakPassword(password, email)) throw new Problem('weak_password')
  const passwordHash = await parts.passwords.hash(password)
  return openWith(parts, 'register', from, async (tx) => {
    const made = await createUser(tx, { email, passwordHash, role: 'user' })
    if (!made) throw new Problem('email_taken')
    return made
  })
}

export interface Credentials {
  email: string
  password: string
  /** Of the app, or a recovery code, where there is a second factor. */
  code?: string | undefined
  /** Where the password must be changed, and where somebody likes to: ends the other sessions. */
  new_password?: string | undefined
}

/**
 * The answer to an unknown address, a wrong password and both with a code is the same, and takes as long. What is
 * missing beside the right password (`code_required`, `password_change_required`) is said only to who knows that.
 */
export async function signIn(parts: SignInParts, credentials: Credentials, from: From): Promise<SignedIn> {
  const { sql, passwords } = parts
  const { password, code, new_password: newPassword } = credentials
  const email = credentials.email.toLowerCase()
  const attempt = await beginAttempt(parts, email, from)
  const user = await findUserByEmail(sql, email)
  const right = await passwords.verify(password, user?.password_hash ?? null)
  if (!user || !right) throw new Problem('bad_credentials')

  const missing = await whatIsMissing(sql, user, { ...credentials, email })
  if (missing) {
    attempt.undo()
    throw missing
  }
  const rehash = newPassword ?? (isOldHash(user.password_hash) ? password : null)
  const passwordHash = rehash === null ? null : await passwords.hash(rehash)
  const signedIn = await openWith(parts, 'login', from, async (tx) => {
    const now = await findUserToSignIn(tx, user.id)
    if (now?.password_hash !== user.password_hash) throw new Problem('bad_credentials')
    if (now.status !== 'active') throw new Problem('suspended')
    if (await hasSecondFactor(tx, user.id)) {
      if (code === undefined) throw new Problem('code_required')
      await takeCode({ sql: tx, vault: parts.vault }, { userId: user.id, code })
    }
    if (newPassword !== undefined && passwordHash) {
      await changePassword(tx, user.id, passwordHash)
      await endSessions(tx, user.id)
    } else if (passwordHash) await updateUser(tx, user.id, { password_hash: passwordHash })
    return now
  })
  attempt.right()
  return signedIn
}

/** An address from which this person was let in before waits for its own wrong tries only: nobody can lock them out. */
async function beginAttempt({ sql, delays }: SignInParts, email: string, { ip }: From): Promise<Attempt> {
  const isKnown = delays.mustWait(email) && ip !== null && (await hasSignedInFrom(sql, email, ip))
  return delays.begin({ account: isKnown ? `${email} from ${ip}` : email, address: ip })
}

async function whatIsMissing(
  sql: Sql,
  user: User,
  { password, code, new_password: newPassword }: Credentials,
): Promise<Problem | null> {
  if (user.status !== 'active') return new Problem('suspended')
  if (code === undefined && (await hasSecondFactor(sql, user.id))) return new Problem('code_required')
  if (newPassword === undefined)
    return user.must_change_password ? new Problem('password_change_required') : null
  const isWeak = isWeakPassword(newPassword, user.email) || newPassword === password
  return isWeak ? new Problem('weak_password') : null
}

/** A new token for a session that is still alive. */
export async function renew(
  parts: Pick<SignInParts, 'tokens'>,
  sessionId: string,
  user: SignedIn['user'],
): Promise<SignedIn> {
  const { token, expiresAt } = await parts.tokens.sign({ sessionId, userId: user.id })
  return { token, expires_at: expiresAt.toISOString(), user }
}

/** Opens a session for whom `admit` lets in, in the same transaction: who comes in by a one-time link uses it up so. */
export async function openWith(
  parts: Pick<SignInParts, 'sql' | 'tokens'>,
  action: string,
  from: From,
  admit: (tx: ISql) => Promise<User>,
): Promise<SignedIn> {
  const { user, sessionId } = await parts.sql.begin(async (tx) => {
    const user = await admit(tx)
    const { ip } = from
    await recordActivity(tx, { userId: user.id, userEmail: user.email, action: `auth.${action}`, ip })
    return { user, sessionId: await createSession(tx, { userId: user.id, ...from }) }
  })
  const { id, email, role, status } = user
  return renew(parts, sessionId, { id, email, role, status })
}
