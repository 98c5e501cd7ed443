// Signs somebody in and leads on to where they wanted to go.
import { useDesk } from '../desk.ts'
import { paths } from '../paths.ts'
import { Credentials } from '../ui/credentials.tsx'
import { Note } from '../ui/feedback.tsx'
import { Welcome } from '../ui/welcome.tsx'

export function Login() {
  const { session } = useDesk()
  return (
    <Welcome title="Welcome back" lead="Sign in to your BotWave.">
      {session.notice.value && (
        <Note tone="info" icon="info">
          {session.notice.value}
        </Note>
      )}
      <Credentials verb="Sign in" submit={session.login} />
      {session.facts.value?.registration_open && (
        <p class="lead text-center">
          New here? <a href={paths.register}>Create an account</a>
        </p>
      )}
    </Welcome>
  )
}
