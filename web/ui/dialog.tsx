// A question in front of the page, and a drawer at its side. The browser keeps the focus inside and hears Escape.
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { type ApiProblem, asProblem } from '../api.ts'
import { ProblemNote } from './feedback.tsx'
import { Icon } from './icon.tsx'

interface DialogProps {
  title: string
  kind?: 'dialog' | 'drawer'
  onClose: () => void
  children: ComponentChildren
}

export function Dialog({ title, kind = 'dialog', onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    if (!element.current?.open) element.current?.showModal()
    focusFirst(element.current)
  }, [])
  return (
    <dialog
      ref={element}
      class={kind}
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => event.target === element.current && element.current?.close()}
      onKeyDown={(event) => event.key === 'Escape' && event.stopPropagation()}
    >
      <div class="dialog-body">
        <header class="row gap-3">
          <h2 id={id} class="section-title flex-1 outline-none" tabIndex={-1}>
            {title}
          </h2>
          <button
            type="button"
            class="btn-icon -mr-2 -my-2"
            aria-label="Close"
            onClick={() => element.current?.close()}
          >
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}

/** Where there is something to fill in, that; else the heading, so that readers begin at the beginning. */
function focusFirst(dialog: HTMLDialogElement | null) {
  const field = dialog?.querySelector<HTMLElement>('input, select, textarea')
  ;(field ?? dialog?.querySelector('h2'))?.focus()
}

interface ConfirmProps {
  title: string
  verb: string
  danger?: boolean
  /** The button that leaves everything as it is. */
  otherwise?: string
  /** What happens on yes; the dialog stays open and says why when it fails. */
  act: () => Promise<unknown>
  onClose: () => void
  children: ComponentChildren
}

export function Confirm({
  title,
  verb,
  danger,
  otherwise = 'Keep it',
  act,
  onClose,
  children,
}: ConfirmProps) {
  const { busy, problem, run } = useAction()
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="lead">{children}</div>
      <ProblemNote problem={problem} />
      <footer class="dialog-foot">
        <button type="button" class="btn-plain" onClick={onClose}>
          {otherwise}
        </button>
        <button
          type="button"
          class={danger ? 'btn-danger-full' : 'btn-primary'}
          disabled={busy}
          onClick={() => run(act).then((done) => done && onClose())}
        >
          {verb}
        </button>
      </footer>
    </Dialog>
  )
}

/** Runs one thing at a time and keeps why it failed. Resolves to whether it went well. */
export function useAction() {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  async function run(act: () => Promise<unknown>): Promise<boolean> {
    if (busy) return false
    setBusy(true)
    setProblem(null)
    try {
      await act()
      return true
    } catch (error) {
      setProblem(asProblem(error))
      return false
    } finally {
      setBusy(false)
    }
  }
  return { busy, problem, run }
}
