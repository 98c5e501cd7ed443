// Asks for a link to choose a new password; the answer is the same whether the address is known or not.
import { useState } from 'preact/hooks'
import { useDesk } from '../desk.ts'
import { paths } from '../paths.ts'
import { useAction } from '../ui/dialog.tsx'
import { Note, ProblemNote } from '../ui/feedback.tsx'
import { Field } from '../ui/field.tsx'
import { Welcome } from '../ui/welcome.tsx'

export default function ForgotPassword() {
  const { api } = useDesk()
  const [email, setEmail] = useState('')
  const [asked, setAsked] = useState(false)
  const { busy, problem, run } = useAction()
  return (
    <Welcome title="Forgot your password?" lead="A link by mail lets you choose a new one.">
      {asked ? (
        <div class="stack gap-3" role="status">
          <Note tone="good" icon="check">
            If somebody is registered with {email}, a link is on its way. It works once, for 30 minutes.
          </Note>
          <p class="hint">Nothing there after a few minutes? An admin can give you such a link too.</p>
        </div>
      ) : (
        <form
          class="stack gap-5"
          onSubmit={async (event) => {
            event.preventDefault()
            if (await run(() => api.requestPasswordReset(email.trim()))) setAsked(true)
          }}
        >
          <Field label="Email address" problem={problem?.fields.email}>
            {(control) => (
              <input
                {...control}
                type="email"
                name="email"
                required
                autocomplete="username"
                value={email}
                onInput={(event) => setEmail(event.currentTarget.value)}
              />
            )}
          </Field>
          {!problem?.fields.email && <ProblemNote problem={problem} />}
          <button type="submit" class="btn-primary w-full" disabled={busy}>
            {busy ? 'One moment…' : 'Send me a link'}
          </button>
        </form>
      )}
      <p class="lead text-center">
        <a href={paths.login}>Back to signing in</a>
      </p>
    </Welcome>
  )
}
