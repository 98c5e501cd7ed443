// What a screen shows when there is nothing yet, nothing at all, or something went wrong.
import type { ComponentChildren } from 'preact'
import type { ApiProblem } from '../api.ts'
import { useDesk } from '../desk.ts'
import { Icon, type IconName } from './icon.tsx'

/** A quiet picture of what will be here; readers hear "Loading". */
export function Skeleton({ rows = 3, height = 64 }: { rows?: number; height?: number }) {
  return (
    <div class="stack gap-3" role="status">
      <span class="seen-by-readers">Loading…</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class="bone" style={{ height: `${height}px`, opacity: 1 - row * 0.22 }} />
      ))}
    </div>
  )
}

interface EmptyProps {
  icon: IconName
  title: string
  /** It is all there is on the screen, so its title is the screen's heading. */
  whole?: boolean
  children?: ComponentChildren
  action?: ComponentChildren
}

/** Says what belongs here and offers the way to the first one. */
export function Empty({ icon, title, whole = false, children, action }: EmptyProps) {
  const Heading = whole ? 'h1' : 'h2'
  return (
    <div class="stack items-center text-center gap-2 px-6 py-12">
      <span class="empty-sign">
        <Icon name={icon} size={30} />
      </span>
      <Heading class="section-title mt-3">{title}</Heading>
      <p class="lead max-w-110">{children}</p>
      {action && <div class="mt-4">{action}</div>}
    </div>
  )
}

/** A failed call: the server's sentence, a way to try again, and the id to quote when the fault is ours. */
export function ProblemNote({ problem, retry }: { problem: ApiProblem | null; retry?: () => void }) {
  if (!problem) return null
  return (
    <div class="note tone-bad" role="alert">
      <Icon name="alert" />
      <div class="flex-1 min-w-0">
        <p>{problem.message}</p>
        {problem.status === 500 && problem.requestId && <p class="text-xs">Request {problem.requestId}</p>}
      </div>
      {retry && (
        <button type="button" class="btn-quiet text-current! -my-2" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  )
}

/** A sentence that helps or warns, beside what it is about. */
export function Note({
  tone,
  icon,
  children,
}: {
  tone: string
  icon: IconName
  children: ComponentChildren
}) {
  return (
    <div class={`note tone-${tone}`}>
      <Icon name={icon} />
      <div class="flex-1 min-w-0">{children}</div>
    </div>
  )
}

/** Words about what was just done; read out politely. */
export function Notices() {
  const { notices } = useDesk()
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.items.value.map((notice) => (
        <div key={notice.id} class="notice rise">
          <Icon name={notice.tone === 'good' ? 'check' : 'alert'} />
          <span class="flex-1">{notice.text}</span>
          <button
            type="button"
            class="notice-close"
            aria-label="Dismiss"
            onClick={() => notices.dismiss(notice.id)}
          >
            <Icon name="close" size={18} />
          </button>
        </div>
      ))}
    </div>
  )
}
