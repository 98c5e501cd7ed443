// The current password again, before something that a stolen session must not be able to do.
import { Problem } from '../http/problem.ts'
import type { User } from '../users/store.ts'
import type { Delays } from './delays.ts'
import type { Passwords } from './passwords.ts'

/** Throws `wrong_password`, or `sign_in_delayed` after several wrong ones. */
export async function confirmPassword(
  { passwords, delays }: { passwords: Passwords; delays: Delays },
  user: Pick<User, 'id' | 'password_hash'>,
  password: string,
): Promise<void> {
  // By id: whoever tries at the sign-in from outside does not make the signed-in person wait.
  const attempt = delays.begin({ account: user.id, address: null })
  if (!(await passwords.verify(password, user.password_hash))) throw new Problem('wrong_password')
  attempt.right()
}
