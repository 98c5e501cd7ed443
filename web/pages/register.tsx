// Create a user; where an admin has closed registration, say so.
import { useDesk } from '../desk.ts'
import { paths } from '../paths.ts'
import { Credentials } from '../ui/credentials.tsx'
import { Note } from '../ui/feedback.tsx'
import { Welcome } from '../ui/welcome.tsx'

export function Register() {
  const { session } = useDesk()
  const open = session.facts.value?.registration_open
  return (
    <Welcome title="Create your account" lead={open ? 'It takes a minute, and no phone yet.' : undefined}>
      {open ? (
        <Credentials verb="Create account" fresh submit={session.register} />
      ) : (
        <Note tone="warn" icon="info">
          Registration is closed here. Ask an admin to let you in.
        </Note>
      )}
      <p class="lead text-center">
        Registered already? <a href={paths.login}>Sign in</a>
      </p>
    </Welcome>
  )
}
