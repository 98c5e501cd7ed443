// As whom our own PostgreSQL runs when we are root: it refuses to be root itself.
import { lstatSync, readFileSync } from 'node:fs'

/** A user of the operating system by its numbers. */
export interface Unprivileged {
  uid: number
  gid: number
}

/**
 * Null where we are not root: PostgreSQL then runs as ourselves. As root: who owns `folder` already, else the first
 * of a few names this system knows. Throws an Error with one sentence when there is none.
 */
export function unprivilegedUser(folder: string): Unprivileged | null {
  if (process.getuid?.() !== 0) return null
  const owner = lstatSync(folder, { throwIfNoEntry: false })
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  // initdb wants a user that has a name. The folder above ours is closed to everyone, so sharing one is harmless.
  const known = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
  for (const name of ['botwave', 'postgres', 'nobody']) {
    const entry = known.find((fields) => fields[0] === name)
    if (entry && Number(entry[2]) > 0) return { uid: Number(entry[2]), gid: Number(entry[3]) }
  }
  throw new Error(
    'PostgreSQL cannot run as root and this system has no user "nobody": run BotWave as another user.',
  )
}

/** The command that runs `command` as that user, with no way back to root. */
export function commandAs(user: Unprivileged | null, command: string[]): string[] {
  if (!user) return command
  const setpriv = Bun.which('setpriv', { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' })
  if (!setpriv)
    throw new Error(
      'PostgreSQL cannot run as root and "setpriv" is missing: install util-linux or run as another user.',
    )
  const { uid, gid } = user
  return [setpriv, `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--no-new-privs', '--', ...command]
}
