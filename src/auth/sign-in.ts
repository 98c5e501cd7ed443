// Opens and ends sessions: the one place where a token is handed out.
import type { Sql } from 'postgres'
import { recordActivity } from '../activity/store.ts'
import { Problem } from '../http/problem.ts'
import type { Role } from '../rules/roles.ts'
import { hashSecret } from '../rules/secret-hash.ts'
import { adminExists, createUser, findUserByEmail, type User } from '../users/store.ts'
import { isWeakPassword, type Passwords } from './passwords.ts'
import { consumeSetupToken, createSession } from './store.ts'
import type { Tokens } from './tokens.ts'

export interface SignInParts {
  sql: Sql
  tokens: Tokens
  passwords: Passwords
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
  const passwordHash = await parts.passwords.hash(password)
  const user = await parts.sql.begin(async (tx) => {
    if (!(await consumeSetupToken(tx, hashSecret(token)))) throw new Problem('bad_setup_token')
    if (await adminExists(tx)) throw new Problem('already_set_up')
    const made = await createUser(tx, { email, passwordHash, role: 'admin' })
    if (!made) throw new Problem('email_taken')
    return made
  })
  return open(parts, user, 'setup', from)
}

export async function register(
  parts: SignInParts,
  { email, password }: { email: string; password: string },
  from: From,
): Promise<SignedIn> {
  if (isWeakPassword(password, email)) throw new Problem('weak_password')
  const passwordHash = await parts.passwords.hash(password)
  const user = await createUser(parts.sql, { email, passwordHash, role: 'user' })
  if (!user) throw new Problem('email_taken')
  return open(parts, user, 'register', from)
}

export async function signIn(
  parts: SignInParts,
  { email, password }: { email: string; password: string },
  from: From,
): Promise<SignedIn> {
  const user = await findUserByEmail(parts.sql, email)
  const right = await parts.passwords.verify(password, user?.password_hash ?? null)
  if (!user || !right) throw new Problem('bad_credentials')
  if (user.status !== 'active') throw new Problem('suspended')
  return open(parts, user, 'login', from)
}

/** A new token for a session that is still alive. */
export async function renew(
  parts: SignInParts,
  sessionId: string,
  user: SignedIn['user'],
): Promise<SignedIn> {
  const { token, expiresAt } = await parts.tokens.sign({ sessionId, userId: user.id })
  return { token, expires_at: expiresAt.toISOString(), user }
}

async function open(parts: SignInParts, user: User, action: string, from: From): Promise<SignedIn> {
  const sessionId = await parts.sql.begin(async (tx) => {
    const { ip } = from
    await recordActivity(tx, { userId: user.id, userEmail: user.email, action: `auth.${action}`, ip })
    return createSession(tx, { userId: user.id, ...from })
  })
  const { id, email, role, status } = user
  return renew(parts, sessionId, { id, email, role, status })
}
