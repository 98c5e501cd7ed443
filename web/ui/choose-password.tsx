// A screen where the holder of a one-time link chooses a password.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { useLocation } from 'preact-iso/router'
import { forgetToken, takeToken } from '../one-time-token.ts'
import { useAction } from './dialog.tsx'
import { Note, ProblemNote } from './feedback.tsx'
import { PasswordField, passwordProblem } from './password-field.tsx'
import { Welcome } from './welcome.tsx'

interface ChoosePasswordProps {
  title: string
  lead: string
  verb: string
  submit: (form: { token: string; password: string }) => Promise<unknown>
  /** Where it leads. */
  next: string
  /** The way out when the link is not valid any more, or incomplete. */
  otherwise: ComponentChildren
}

export function ChoosePassword({ title, lead, verb, submit, next, otherwise }: ChoosePasswordProps) {
  const [token] = useState(takeToken)
  const [password, setPassword] = useState('')
  const { busy, problem, run } = useAction()
  const { route } = useLocation()
  const weak = passwordProblem(problem)
  const over = problem?.code === 'bad_token'

  async function choose(event: Event) {
    event.preventDefault()
    if (!(await run(() => submit({ token, password })))) return
    forgetToken()
    route(next, true)
  }

  if (!token || over) {
    return (
      <Welcome title={title}>
        <Note tone="warn" icon="key">
          {over
            ? 'This link is not valid any more: it was used, replaced or is too old.'
            : 'This address is not complete. Open the link itself, whole; each one works once.'}
        </Note>
        <p class="lead text-center">{otherwise}</p>
      </Welcome>
    )
  }
  return (
    <Welcome title={title} lead={lead}>
      <form class="stack gap-5" onSubmit={choose}>
        <PasswordField label="New password" fresh value={password} set={setPassword} problem={weak} />
        {!weak && <ProblemNote problem={problem} />}
        <button type="submit" class="btn-primary w-full" disabled={busy}>
          {busy ? 'One moment…' : verb}
        </button>
      </form>
    </Welcome>
  )
}
