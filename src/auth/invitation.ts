// Invitations: an admin lets one address in, with a role, whether registration is open or not.
import type { ISql, Sql } from 'postgres'
import { recordActivity } from '../activity/store.ts'
import { Problem } from '../http/problem.ts'
import type { Mail } from '../mail.ts'
import type { Role } from '../rules/roles.ts'
import { hashSecret } from '../rules/secret-hash.ts'
import { createUser, findUserByEmail, verifyEmail } from '../users/store.ts'
import { randomToken } from './one-time-token.ts'
import { isWeakPassword } from './passwords.ts'
import { type From, openWith, type SignedIn, type SignInParts } from './sign-in.ts'

export interface Invitation {
  id: string
  email: string
  role: Role
  /** Address of the admin who invited; null when that person is gone. */
  invited_by: string | null
  created_at: Date
  expires_at: Date
}

const LIVES_DAYS = 7

/** A new one takes the place of an open one to the same address. Throws `email_taken`. */
export async function invite(
  sql: Sql,
  {
    email: given,
    role,
    by,
    ip,
  }: { email: string; role: Role; by: { id: string; email: string }; ip: string | null },
): Promise<{ invitation: Invitation; token: string }> {
  const email = given.toLowerCase()
  const token = randomToken()
  const invitation = await sql.begin(async (tx) => {
    // Two admins at once wait for each other here, so that the later invitation is the one that works.
    await tx`select pg_advisory_xact_lock(hashtext('invitation'), hashtext(${email}))`
    if (await findUserByEmail(tx, email)) throw new Problem('email_taken')
    await tx`update invitations set revoked_at = now()
      where email = ${email} and accepted_at is null and revoked_at is null`
    const [row] = await tx<Invitation[]>`insert into invitations ${tx({
      id: Bun.randomUUIDv7(),
      email,
      role,
      token_hash: hashSecret(token),
      invited_by: by.id,
      expires_at: new Date(Date.now() + LIVES_DAYS * 86_400_000),
    })} returning id, email, role, created_at, expires_at`
    await record(tx, 'invitation.created', { invitation: row!, by, ip })
    return { ...row!, invited_by: by.email }
  })
  return { invitation, token }
}

export function invitationMail({ email, expires_at }: Invitation, link: string): Mail {
  return {
    to: email,
    subject: 'You are invited to BotWave',
    text: `You are invited to BotWave, which sends WhatsApp messages.

Open this link until ${expires_at.toISOString().slice(0, 10)} and choose a password. It works once:

${link}

If you do not know what this is about, do nothing.
`,
  }
}

/** Those that can still be accepted, newest first. */
export async function listInvitations(
  sql: ISql,
  { after, limit }: { after: string | null; limit: number },
): Promise<Invitation[]> {
  return await sql<Invitation[]>`
    select i.id, i.email, i.role, u.email as invited_by, i.created_at, i.expires_at
    from invitations i left join users u on u.id = i.invited_by
    where i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
      ${after ? sql`and i.id < ${after}` : sql``}
    order by i.id desc limit ${limit}`
}

/** Throws `invitation_not_found` for one that is not open any more. */
export async function revokeInvitation(
  sql: Sql,
  id: string,
  { by, ip }: { by: { id: string; email: string }; ip: string | null },
): Promise<void> {
  await sql.begin(async (tx) => {
    const [row] = await tx<Invitation[]>`
      update invitations set revoked_at = now()
      where id = ${id} and accepted_at is null and revoked_at is null returning id, email, role`
    if (!row) throw new Problem('invitation_not_found')
    await record(tx, 'invitation.revoked', { invitation: row, by, ip })
  })
}

/** Makes the person and signs them in. Throws `bad_token`, `weak_password` or `email_taken`; then the link lives on. */
export async function acceptInvitation(
  parts: SignInParts,
  { token, password }: { token: string; password: string },
  from: From,
): Promise<SignedIn> {
  const attempt = parts.delays.begin({ account: null, address: from.ip })
  const open = await findOpen(parts.sql, token)
  if (!open) throw new Problem('bad_token')
  attempt.right()
  if (isWeakPassword(password, open.email)) throw new Problem('weak_password')
  const passwordHash = await parts.passwords.hash(password)
  return openWith(parts, 'invitation_accepted', from, async (tx) => {
    // The update lets one of two attempts through.
    const taken = await tx`
      update invitations set accepted_at = now()
      where id = ${open.id} and accepted_at is null and revoked_at is null and expires_at > now() returning 1`
    if (taken.length === 0) throw new Problem('bad_token')
    const user = await createUser(tx, { email: open.email, passwordHash, role: open.role })
    if (!user) throw new Problem('email_taken')
    // Where the link was mailed, it shows that mail arrives; where it was handed over, an admin vouches for them.
    await verifyEmail(tx, user.id)
    return user
  })
}

async function findOpen(sql: ISql, token: string): Promise<Pick<Invitation, 'id' | 'email' | 'role'> | null> {
  const [row] = await sql<Pick<Invitation, 'id' | 'email' | 'role'>[]>`
    select id, email, role from invitations
    where token_hash = ${hashSecret(token)} and accepted_at is null and revoked_at is null and expires_at > now()`
  return row ?? null
}

async function record(
  sql: ISql,
  action: string,
  { invitation, by, ip }: { invitation: Invitation; by: { id: string; email: string }; ip: string | null },
): Promise<void> {
  const { id, email, role } = invitation
  const details = { invitation_id: id, email, role }
  await recordActivity(sql, { userId: by.id, userEmail: by.email, action, details, ip })
}
