// Signs somebody in and leads on to where they wanted to go.
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { SignInForm } from '../api.ts'
import { useDesk } from '../desk.ts'
import { paths } from '../paths.ts'
import { createSignIn, type SignIn } from '../stores/sign-in.ts'
import { CodeField } from '../ui/code-field.tsx'
import { Credentials } from '../ui/credentials.tsx'
import { Note, ProblemNote } from '../ui/feedback.tsx'
import { PasswordField, passwordProblem } from '../ui/password-field.tsx'
import { Welcome } from '../ui/welcome.tsx'

export function Login() {
  const { session } = useDesk()
  const signIn = useMemo(() => createSignIn(session), [session])
  switch (signIn.step.value) {
    case 'password':
      return <Password signIn={signIn} />
    case 'code':
      return <Code signIn={signIn} />
    case 'new_password':
      return <NewPassword signIn={signIn} />
  }
}

function Password({ signIn }: { signIn: SignIn }) {
  const { session } = useDesk()
  return (
    <Welcome title="Welcome back" lead="Sign in to your BotWave.">
      {session.notice.value && (
        <Note tone="info" icon="info">
          {session.notice.value}
        </Note>
      )}
      <Credentials verb="Sign in" submit={signIn.give} refused={signIn.problem.value} />
      <div class="stack gap-2">
        <p class="lead text-center">
          <a href={paths.forgotPassword}>Forgot your password?</a>
        </p>
        {session.facts.value?.registration_open && (
          <p class="lead text-center">
            New here? <a href={paths.register}>Create an account</a>
          </p>
        )}
      </div>
    </Welcome>
  )
}

function Code({ signIn }: { signIn: SignIn }) {
  const [code, setCode] = useState('')
  const problem = signIn.problem.value
  const wrong = problem?.code === 'bad_code' ? problem.message : problem?.fields.code
  return (
    <Welcome title="One more code" lead="Your password is right. Now the code of your authenticator app.">
      <Step signIn={signIn} verb="Sign in" give={{ code: code.trim() }} isSaid={Boolean(wrong)}>
        <CodeField value={code} set={setCode} problem={wrong} />
      </Step>
    </Welcome>
  )
}

function NewPassword({ signIn }: { signIn: SignIn }) {
  const [password, setPassword] = useState('')
  const weak = passwordProblem(signIn.problem.value)
  return (
    <Welcome title="Choose a new password" lead="The one you have must be changed before you go on.">
      <Step
        signIn={signIn}
        verb="Change it and sign in"
        give={{ new_password: password }}
        isSaid={Boolean(weak)}
      >
        <PasswordField label="New password" fresh value={password} set={setPassword} problem={weak} />
      </Step>
    </Welcome>
  )
}

interface StepProps {
  signIn: SignIn
  verb: string
  give: Partial<SignInForm>
  /** What is wrong stands at its field already. */
  isSaid: boolean
  children: ComponentChildren
}

/** One more thing that is asked for; its field has the focus, for the one before is gone. */
function Step({ signIn, verb, give, isSaid, children }: StepProps) {
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector('input')?.focus(), [])
  const busy = signIn.busy.value
  return (
    <form
      ref={form}
      class="stack gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        void signIn.give(give)
      }}
    >
      {children}
      {!isSaid && <ProblemNote problem={signIn.problem.value} />}
      <div class="stack gap-2">
        <button type="submit" class="btn-primary w-full" disabled={busy}>
          {busy ? 'One moment…' : verb}
        </button>
        <button type="button" class="btn-quiet w-full" onClick={signIn.startOver}>
          Sign in as somebody else
        </button>
      </div>
    </form>
  )
}
