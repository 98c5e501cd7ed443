// Where the link in a mail leads that shows that an address is somebody's.
import { useEffect, useState } from 'preact/hooks'
import { type ApiProblem, asProblem } from '../api.ts'
import { useDesk } from '../desk.ts'
import { forgetToken, takeToken } from '../one-time-token.ts'
import { paths } from '../paths.ts'
import { Note, ProblemNote, Skeleton } from '../ui/feedback.tsx'
import { Welcome } from '../ui/welcome.tsx'

export default function VerifyEmail() {
  const { api, session } = useDesk()
  const [token] = useState(takeToken)
  const [email, setEmail] = useState<string | null>(null)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const isIn = session.phase.value === 'in'

  async function verify() {
    setProblem(null)
    try {
      setEmail((await api.verifyEmail(token)).email)
      forgetToken()
    } catch (error) {
      setProblem(asProblem(error))
    }
  }
  useEffect(() => {
    if (token) void verify()
  }, [])

  return (
    <Welcome title="Your email address">
      {!token ? (
        <Note tone="warn" icon="key">
          This address is not complete. Open the link in the mail itself, whole.
        </Note>
      ) : problem?.code === 'bad_token' ? (
        <Note tone="warn" icon="key">
          This link is not valid any more: it was used, replaced or is too old.
          {isIn ? ' Your profile sends a new one.' : ' Sign in, and your profile sends a new one.'}
        </Note>
      ) : problem ? (
        <ProblemNote problem={problem} retry={verify} />
      ) : email ? (
        <div role="status">
          <Note tone="good" icon="check">
            {email} is verified.
          </Note>
        </div>
      ) : (
        <Skeleton rows={1} />
      )}
      <a href={isIn ? paths.home : paths.login} class="btn-primary">
        {isIn ? 'Go on' : 'Sign in'}
      </a>
    </Welcome>
  )
}
