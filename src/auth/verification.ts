// Proves that mail to an address arrives: a link is mailed there and opened.
import type { ISql, Sql } from 'postgres'
import { recordActivity } from '../activity/store.ts'
import { Problem } from '../http/problem.ts'
import type { Mailer } from '../mail.ts'
import { verifyEmail } from '../users/store.ts'
import type { Delays } from './delays.ts'
import type { Links } from './links.ts'
import { createOneTimeToken, takeOneTimeToken } from './one-time-token.ts'

export async function requestVerification(
  { sql, mailer, links }: { sql: ISql; mailer: Mailer; links: Links },
  email: string,
): Promise<void> {
  const made = await createOneTimeToken(sql, { purpose: 'verification', email })
  if (!made) return
  mailer.send({
    to: email,
    subject: 'Is this your address? (BotWave)',
    text: `Open this link within a day to show that mail to ${email} reaches you. It works once:

${links.verification(made.token)}

If you have nothing to do with BotWave, do nothing.
`,
  })
}

/** Throws `bad_token`. */
export async function verifyByToken(
  { sql, delays }: { sql: Sql; delays: Delays },
  { token, ip }: { token: string; ip: string | null },
): Promise<{ email: string }> {
  const attempt = delays.begin({ account: null, address: ip })
  const email = await sql.begin(async (tx) => {
    const taken = await takeOneTimeToken(tx, 'verification', token)
    if (!taken) throw new Problem('bad_token')
    await verifyEmail(tx, taken.user_id)
    const { user_id: userId, email: userEmail } = taken
    await recordActivity(tx, { userId, userEmail, action: 'auth.email_verified', ip })
    return taken.email
  })
  attempt.right()
  return { email }
}
