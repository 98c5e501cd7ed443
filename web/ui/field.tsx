// A labelled control with its hint and its fault, tied together for screen readers.
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface FieldProps {
  label: string
  hint?: ComponentChildren
  problem?: string | null | undefined
  /** Gets what the control needs to be found by its label, hint and fault. */
  children: (control: {
    id: string
    class: string
    'aria-describedby': string
    'aria-invalid': boolean
  }) => ComponentChildren
}

export function Field({ label, hint, problem, children }: FieldProps) {
  const id = useId()
  return (
    <div class="stack gap-1.5">
      <label for={id} class="label-text">
        {label}
      </label>
      {children({
        id,
        class: `input ${problem ? 'input-bad' : ''}`,
        'aria-describedby': `${id}-hint`,
        'aria-invalid': Boolean(problem),
      })}
      <p id={`${id}-hint`} class={problem ? 'text-sm text-bad' : 'hint empty:hidden'}>
        {problem || hint}
      </p>
    </div>
  )
}

interface SwitchProps {
  label: string
  hint: string
  checked: boolean
  disabled?: boolean
  onChange: (checked: boolean) => void
}

export function Switch({ label, hint, checked, disabled, onChange }: SwitchProps) {
  const id = useId()
  return (
    <div class="row gap-4 py-3">
      <label for={id} class="flex-1 cursor-pointer">
        <span class="block label-text">{label}</span>
        <span class="block hint" id={`${id}-hint`}>
          {hint}
        </span>
      </label>
      <input
        id={id}
        type="checkbox"
        role="switch"
        aria-checked={checked}
        class="switch"
        aria-describedby={`${id}-hint`}
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    </div>
  )
}

/** One of several things that may be chosen. */
export function Check({
  label,
  checked,
  set,
}: {
  label: string
  checked: boolean
  set: (checked: boolean) => void
}) {
  return (
    <label class="row gap-3 min-h-11 text-sm cursor-pointer">
      <input
        type="checkbox"
        class="w-5 h-5 shrink-0 accent-accent"
        checked={checked}
        onChange={(event) => set(event.currentTarget.checked)}
      />
      {label}
    </label>
  )
}
