// A password: hidden unless asked to show; a new one says what is asked of it before it is typed.
import { useState } from 'preact/hooks'
import type { ApiProblem } from '../api.ts'
import { Field } from './field.tsx'

/** What the server asks of a new password. */
const MIN_PASSWORD_LENGTH = 12

interface PasswordFieldProps {
  label?: string
  /** A new password is measured; a known one may be filled in by the browser. */
  fresh?: boolean
  value: string
  set: (value: string) => void
  problem?: string | undefined
}

export function PasswordField({
  label = 'Password',
  fresh = false,
  value,
  set,
  problem,
}: PasswordFieldProps) {
  const [shown, setShown] = useState(false)
  const missing = MIN_PASSWORD_LENGTH - [...value].length
  const asked = `At least ${MIN_PASSWORD_LENGTH} characters; a few words work well.`
  return (
    <Field label={label} problem={problem} hint={fresh && (missing > 0 ? asked : 'Long enough.')}>
      {(control) => (
        <div class="relative">
          <input
            {...control}
            class={`${control.class} pr-18`}
            // The element's type changes while it lives; its attribute types know only one.
            type={(shown ? 'text' : 'password') as 'password'}
            name={fresh ? 'new-password' : 'password'}
            required
            minLength={fresh ? MIN_PASSWORD_LENGTH : 1}
            maxLength={1000}
            autocomplete={fresh ? 'new-password' : 'current-password'}
            value={value}
            onInput={(event) => set(event.currentTarget.value)}
          />
          <button
            type="button"
            class="absolute right-0 top-0 min-h-11 px-4 text-sm font-medium text-ink-soft rounded"
            aria-pressed={shown}
            aria-label={shown ? `Hide the ${label.toLowerCase()}` : `Show the ${label.toLowerCase()}`}
            onClick={() => setShown(!shown)}
          >
            {shown ? 'Hide' : 'Show'}
          </button>
        </div>
      )}
    </Field>
  )
}

/** What the server says of a new password, at whichever name it has in that form; undefined: nothing. */
export function passwordProblem(problem: ApiProblem | null): string | undefined {
  if (problem?.code === 'weak_password') return problem.message
  return problem?.fields.password ?? problem?.fields.new_password
}
