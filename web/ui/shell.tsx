// The frame around every screen of somebody signed in: where one can go, who one is, how live the page is.

import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useLocation } from 'preact-iso/router'
import { useDesk } from '../desk.ts'
import { docsRoot, paths } from '../paths.ts'
import { Wordmark } from './brand.tsx'
import { Notices } from './feedback.tsx'
import { Icon, type IconName } from './icon.tsx'
import { LiveSign } from './live-sign.tsx'

const places: [path: string, word: string, icon: IconName][] = [
  [paths.home, 'Home', 'home'],
  [paths.accounts, 'Accounts', 'phone'],
  [paths.compose, 'Send', 'send'],
  [paths.messages, 'Messages', 'chat'],
  [paths.keys, 'API keys', 'key'],
]

/** What has no tab on a phone. */
const morePlaces: typeof places = [
  [paths.webhooks, 'Webhooks', 'hook'],
  [paths.activity, 'Activity', 'list'],
  [docsRoot, 'Documentation', 'question'],
]

const profilePlace: (typeof places)[number] = [paths.profile, 'Profile', 'person']

const adminPlaces: typeof places = [
  [paths.overview, 'Overview', 'chart'],
  [paths.people, 'People', 'people'],
  [paths.allAccounts, 'All accounts', 'phones'],
  [paths.settings, 'Settings', 'gear'],
]

export function Shell({ children }: { children: ComponentChildren }) {
  const { path } = useLocation()
  useFocusOnMove(path)
  return (
    <div class="md:grid md:grid-cols-[248px_minmax(0,1fr)] min-h-dvh">
      <a href="#main" class="skip">
        Skip to the content
      </a>
      <SideBar path={path} />
      <TopBar />
      <main id="main" tabIndex={-1} class="min-w-0 outline-none pb-24 md:pb-0">
        {children}
      </main>
      <nav class="tab-bar md:hidden" aria-label="Main">
        {places.map(([to, word, icon]) => (
          <a key={to} href={to} class="tab" aria-current={isHere(path, to) ? 'page' : undefined}>
            <Icon name={icon} size={22} />
            {word}
          </a>
        ))}
      </nav>
      <Notices />
    </div>
  )
}

function SideBar({ path }: { path: string }) {
  const { session } = useDesk()
  return (
    <aside class="hidden md:flex stack gap-1 sticky top-0 h-dvh p-4 border-0 shadow-[1px_0_0_var(--line)]">
      <a href={paths.home} class="px-2 py-3 mb-3 no-underline rounded">
        <Wordmark />
      </a>
      <nav class="stack gap-1" aria-label="Main">
        {[...places, ...morePlaces].map(([to, word, icon]) => (
          <NavItem key={to} to={to} word={word} icon={icon} here={isHere(path, to)} />
        ))}
        {session.isAdmin.value && (
          <>
            <p class="overline px-3 pt-4 pb-1">For admins</p>
            {adminPlaces.map(([to, word, icon]) => (
              <NavItem key={to} to={to} word={word} icon={icon} here={isHere(path, to)} />
            ))}
          </>
        )}
      </nav>
      <div class="flex-1" />
      <div class="px-3 pb-2">
        <LiveSign />
      </div>
      <div class="row gap-2 pl-3 pt-3 shadow-[0_-1px_0_var(--line)]">
        <a
          href={paths.profile}
          class="flex-1 min-w-0 py-1 rounded text-ink no-underline"
          aria-current={path === paths.profile ? 'page' : undefined}
        >
          <span class="block text-sm font-medium truncate" title={session.user.value?.email}>
            {session.user.value?.email}
          </span>
          <span class="block text-xs text-ink-faint">
            {session.isAdmin.value ? 'Admin · your profile' : 'Your profile'}
          </span>
        </a>
        <SignOut class="btn-icon" />
      </div>
    </aside>
  )
}

function NavItem({ to, word, icon, here }: { to: string; word: string; icon: IconName; here: boolean }) {
  return (
    <a href={to} class="nav-item" aria-current={here ? 'page' : undefined}>
      <Icon name={icon} />
      {word}
    </a>
  )
}

/** Phones: the mark, the live sign, and a menu for what has no tab. */
function TopBar() {
  const { session } = useDesk()
  const menu = useRef<HTMLDetailsElement>(null)
  const close = () => menu.current?.removeAttribute('open')
  return (
    <header class="md:hidden row gap-2 sticky top-0 z-20 px-4 h-15 bg-ground">
      <a href={paths.home} class="no-underline rounded" aria-label="BotWave, home">
        <Wordmark />
      </a>
      <span class="flex-1" />
      <LiveSign />
      <details
        ref={menu}
        class="menu"
        onKeyDown={(event) => event.key === 'Escape' && close()}
        onFocusOut={(event) => menu.current?.contains(event.relatedTarget as Node) || setTimeout(close, 150)}
      >
        <summary class="avatar tone-good w-11! cursor-pointer" aria-label="Your menu">
          {session.user.value?.email.slice(0, 1).toUpperCase()}
        </summary>
        <div class="menu-list rise">
          <p class="px-3 py-2 text-sm text-ink-soft truncate">{session.user.value?.email}</p>
          {[...morePlaces, profilePlace, ...(session.isAdmin.value ? adminPlaces : [])].map(
            ([to, word, icon]) => (
              <a key={to} href={to} class="nav-item" onClick={close}>
                <Icon name={icon} />
                {word}
              </a>
            ),
          )}
          <SignOut class="nav-item w-full" words />
        </div>
      </details>
    </header>
  )
}

function SignOut({ class: look, words }: { class: string; words?: boolean }) {
  const { session, notices } = useDesk()
  return (
    <button
      type="button"
      class={look}
      aria-label="Sign out"
      title="Sign out"
      onClick={() => session.logout().catch(() => notices.say('Signing out did not work. Try again.', 'bad'))}
    >
      <Icon name="exit" />
      {words && 'Sign out'}
    </button>
  )
}

function isHere(path: string, to: string) {
  return to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`)
}

/** After a move readers hear the new screen's heading; the first screen keeps the browser's own focus. */
function useFocusOnMove(path: string) {
  // A message opens beside its list: that is no move.
  const place = path.startsWith(paths.messages) ? paths.messages : path
  const last = useRef(place)
  useEffect(() => {
    if (last.current === place) return
    last.current = place
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true })
  }, [place])
}

interface PageProps {
  title: string
  lead?: ComponentChildren
  action?: ComponentChildren
  children: ComponentChildren
}

/** A screen: its heading, what can be done with all of it, and its content. */
export function Page({ title, lead, action, children }: PageProps) {
  return (
    <div class="page-wide stack gap-6 md:gap-8">
      <header class="flex flex-wrap items-start gap-x-6 gap-y-3">
        <div class="flex-1 min-w-60 stack gap-1">
          <h1 class="page-title" tabIndex={-1}>
            {title}
          </h1>
          {lead && <p class="lead">{lead}</p>}
        </div>
        {action}
      </header>
      {children}
    </div>
  )
}
