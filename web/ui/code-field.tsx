// The code of a second factor: six digits of the app, or one of the recovery codes.
import { Field } from './field.tsx'

interface CodeFieldProps {
  value: string
  set: (value: string) => void
  problem?: string | undefined
  hint?: string
}

export function CodeField({
  value,
  set,
  problem,
  hint = 'No phone at hand? A recovery code works too, once.',
}: CodeFieldProps) {
  return (
    <Field label="Code" hint={hint} problem={problem}>
      {(control) => (
        <input
          {...control}
          class={`${control.class} num`}
          name="code"
          required
          minLength={6}
          maxLength={40}
          autocomplete="one-time-code"
          autocapitalize="none"
          spellcheck={false}
          value={value}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}
