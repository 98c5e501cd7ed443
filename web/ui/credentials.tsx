// Asks for an email address and a password: to sign in, to register, to set up.
import { useState } from 'preact/hooks'
import type { ApiProblem } from '../api.ts'
import { useAction } from './dialog.tsx'
import { ProblemNote } from './feedback.tsx'
import { Field } from './field.tsx'
import { PasswordField, passwordProblem } from './password-field.tsx'

interface CredentialsProps {
  verb: string
  /** A new password is measured and may be seen; a known one may be filled in by the browser. */
  fresh?: boolean
  submit: (form: { email: string; password: string }) => Promise<unknown>
  /** A problem that is kept elsewhere than in this form. */
  refused?: ApiProblem | null
}

export function Credentials({ verb, fresh = false, submit, refused = null }: CredentialsProps) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const { busy, problem: own, run } = useAction()
  const problem = own ?? refused
  const weak = passwordProblem(problem)

  return (
    <form
      class="stack gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        void run(() => submit({ email: email.trim(), password }))
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
      <PasswordField fresh={fresh} value={password} set={setPassword} problem={weak} />
      {!weak && !problem?.fields.email && <ProblemNote problem={problem} />}
      <button type="submit" class="btn-primary w-full" disabled={busy}>
        {busy ? 'One moment…' : verb}
      </button>
    </form>
  )
}
