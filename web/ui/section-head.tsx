// The head of a card: what it shows, and the way to all of it.
import type { ComponentChildren } from 'preact'
import { Icon } from './icon.tsx'

interface SectionHeadProps {
  id: string
  title: string
  /** Where all of it is. */
  to?: string
  all?: string
  children?: ComponentChildren
}

export function SectionHead({ id, title, to, all = 'See all', children }: SectionHeadProps) {
  return (
    <header class="row px-4 md:px-5 pt-4 pb-2 min-h-17">
      <h2 id={id} class="section-title flex-1">
        {title}
      </h2>
      {children}
      {to && (
        <a href={to} class="btn-quiet -mr-3">
          {all}
          <span class="seen-by-readers">: {title}</span>
          <Icon name="right" size={16} />
        </a>
      )}
    </header>
  )
}
