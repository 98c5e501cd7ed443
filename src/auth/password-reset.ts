// A new password by a one-time link: asked for by mail, or handed out by an admin.
import type { ISql, Sql } from 'postgres'
import { recordActivity } from '../activity/store.ts'
import { Problem } from '../http/problem.ts'
import type { Mailer } from '../mail.ts'
import { changePassword } from '../users/store.ts'
import type { Delays } from './delays.ts'
import type { Links } from './links.ts'
import { createOneTimeToken, findOneTimeToken, takeOneTimeToken } from './one-time-token.ts'
import { isWeakPassword, type Passwords } from './passwords.ts'
import { endSecondFactor } from './second-factor.ts'
import { endSessions } from './store.ts'

/** Known and unknown addresses are answered after this time: an insert takes a few milliseconds of it, or none. */
const ANSWER_MS = 250

/** Mails a link to whoever has this address. Says nothing about whether anybody does, not even by the time it takes. */
export async function requestPasswordReset(
  { sql, mailer, links }: { sql: Sql; mailer: Mailer; links: Links },
  { email, ip }: { email: string; ip: string | null },
): Promise<void> {
  const answerAt = Bun.sleep(ANSWER_MS)
  const made = await sql.begin(async (tx) => {
    const made = await createOneTimeToken(tx, { purpose: 'password_reset', email })
    if (!made) return null
    const action = 'auth.password_reset_requested'
    await recordActivity(tx, { userId: made.userId, userEmail: email.toLowerCase(), action, ip })
    return made
  })
  await answerAt
  if (!made) return
  mailer.send({
    to: email,
    subject: 'Choose a new password for BotWave',
    text: `Somebody, hopefully you, asked for a new password for ${email}.

Open this link within 30 minutes and choose one. It works once:

${links.passwordReset(made.token)}

If it was not you, do nothing: your password stays as it is.
`,
  })
}

export interface ResetParts {
  sql: Sql
  passwords: Passwords
  delays: Delays
}

/** Sets the password and ends every session. Throws `bad_token` or `weak_password`; a weak one leaves the link alive. */
export async function resetPassword(
  { sql, passwords, delays }: ResetParts,
  { token, password, ip }: { token: string; password: string; ip: string | null },
): Promise<void> {
  const attempt = delays.begin({ account: null, address: ip })
  const known = await findOneTimeToken(sql, 'password_reset', token)
  if (!known) throw new Problem('bad_token')
  attempt.right()
  if (isWeakPassword(password, known.email)) throw new Problem('weak_password')
  const passwordHash = await passwords.hash(password)
  await sql.begin(async (tx) => {
    const taken = await takeOneTimeToken(tx, 'password_reset', token)
    if (!taken) throw new Problem('bad_token')
    await setPassword(tx, taken.user_id, passwordHash)
    if (taken.ends_second_factor) await endSecondFactor(tx, taken.user_id)
    await recordActivity(tx, {
      userId: taken.user_id,
      userEmail: taken.email,
      action: 'auth.password_reset',
      details: { second_factor_ended: taken.ends_second_factor },
      ip,
    })
  })
}

async function setPassword(sql: ISql, userId: string, passwordHash: string): Promise<void> {
  await changePassword(sql, userId, passwordHash)
  await endSessions(sql, userId)
}
