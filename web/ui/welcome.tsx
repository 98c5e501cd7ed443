// The frame of the screens before somebody is in: what BotWave is on one side, the form on the other.
import type { ComponentChildren } from 'preact'
import { Sea, Wordmark } from './brand.tsx'
import { Icon, type IconName } from './icon.tsx'

const promises: [IconName, string][] = [
  ['phone', 'Your own WhatsApp, linked like any other device'],
  ['checks', 'Every status comes from WhatsApp itself'],
  ['key', 'One address to send from your own programs'],
]

export function Welcome({
  title,
  lead,
  children,
}: {
  title: string
  lead?: string
  children: ComponentChildren
}) {
  return (
    <div class="lg:grid lg:grid-cols-[minmax(0,1fr)_minmax(0,1.050fr)] min-h-dvh">
      <aside class="welcome-side hidden lg:flex stack p-14">
        <p class="text-lg font-bold tracking-tight">BotWave</p>
        <div class="flex-1 stack justify-center gap-9 pb-30 relative z-1">
          <p class="text-3xl font-semibold tracking-tight max-w-120">
            Smart WhatsApp automation on your own machine.
          </p>
          <ul class="stack gap-4">
            {promises.map(([icon, words]) => (
              <li key={icon} class="row gap-3.5 text-base">
                <Icon name={icon} size={22} />
                {words}
              </li>
            ))}
          </ul>
        </div>
        <Sea />
      </aside>
      <main class="flex stack justify-center min-h-dvh lg:min-h-0 px-5 py-10 bg-surface">
        <div class="w-full max-w-100 mx-auto stack gap-7">
          <div class="lg:hidden">
            <Wordmark />
          </div>
          <header class="stack gap-2">
            <h1 class="page-title">{title}</h1>
            {lead && <p class="lead">{lead}</p>}
          </header>
          {children}
        </div>
      </main>
    </div>
  )
}
