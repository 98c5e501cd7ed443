// `botwave admin reset [EMAIL]`: prints a one-time link for an admin who cannot get in any more.
import { resetAdmin } from '../auth/admin-reset.ts'
import { createLinks } from '../auth/links.ts'
import { publicUrl } from '../config.ts'
import { withDatabase } from './beside.ts'

/** Works beside a running server, through its database, and without one. Answers the exit code. */
export async function admin([verb, email = null, ...rest]: (string | null)[]): Promise<number> {
  if (verb !== 'reset' || rest.length) throw new Error('This command is: botwave admin reset [EMAIL]')
  const text = await withDatabase(async ({ sql }, config) => {
    const url = publicUrl(config, config.port)
    const reset = await resetAdmin(sql, email)
    return reset.kind === 'setup'
      ? `There is no admin yet. Become it with this link, which works once: ${url}/setup#${reset.token}`
      : `${reset.email} chooses a new password with this link, which works once, for 30 minutes: ${createLinks(() => url).passwordReset(reset.token)}`
  })
  process.stdout.write(`${text}\n`)
  return 0
}
