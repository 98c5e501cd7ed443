// Asks for an email address and a password: to sign in, to register, to set up.
import { useState } from 'preact/hooks'
import { useAction } from './dialog.tsx'
import { ProblemNote } from './feedback.tsx'
import { Field } from './field.tsx'

/** What the server asks of a new password; said before it is typed. */
const MIN_PASSWORD_LENGTH = 12

interface CredentialsProps {
  verb: string
  /** A new password is measured and may be seen; a known one may be filled in by the browser. */
  fresh?: boolean
  submit: (form: { email: string; password: string }) => Promise<unknown>
}

export function Credentials({ verb, fresh = false, submit }: CredentialsProps) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [shown, setShown] = useState(false)
  const { busy, problem, run } = useAction()
  const missing = MIN_PASSWORD_LENGTH - [...password].length
  const weak = problem?.code === 'weak_password' ? problem.message : problem?.fields.password

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
      <Field
        label="Password"
        problem={weak}
        hint={
          fresh &&
          (missing > 0
            ? `At least ${MIN_PASSWORD_LENGTH} characters; a few words work well.`
            : 'Long enough.')
        }
      >
        {(control) => (
          <div class="relative">
            <input
              {...control}
              class={`${control.class} pr-18`}
              // The element's type changes while it lives; its attribute types know only one.
              type={(shown ? 'text' : 'password') as 'password'}
              name="password"
              required
              minLength={fresh ? MIN_PASSWORD_LENGTH : 1}
              autocomplete={fresh ? 'new-password' : 'current-password'}
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
            <button
              type="button"
              class="absolute right-0 top-0 min-h-11 px-4 text-sm font-medium text-ink-soft rounded"
              aria-pressed={shown}
              aria-label={shown ? 'Hide the password' : 'Show the password'}
              onClick={() => setShown(!shown)}
            >
              {shown ? 'Hide' : 'Show'}
            </button>
          </div>
        )}
      </Field>
      {!weak && !problem?.fields.email && <ProblemNote problem={problem} />}
      <button type="submit" class="btn-primary w-full" disabled={busy}>
        {busy ? 'One moment…' : verb}
      </button>
    </form>
  )
}
