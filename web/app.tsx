// Which screen is shown: by who one is, then by the address.

import { useEffect, useState } from 'preact/hooks'
import lazy, { ErrorBoundary } from 'preact-iso/lazy'
import { LocationProvider, Route, Router, useLocation } from 'preact-iso/router'
import { type Desk, DeskContext, useDesk } from './desk.ts'
import { Home } from './pages/home.tsx'
import { Login } from './pages/login.tsx'
import { Register } from './pages/register.tsx'
import { Setup } from './pages/setup.tsx'
import { paths } from './paths.ts'
import { Mark } from './ui/brand.tsx'
import { Empty } from './ui/feedback.tsx'
import { Page, Shell } from './ui/shell.tsx'

const Accounts = lazy(() => import('./pages/accounts.tsx'))
const Account = lazy(() => import('./pages/account.tsx'))
const Compose = lazy(() => import('./pages/compose.tsx'))
const Messages = lazy(() => import('./pages/messages.tsx'))
const Keys = lazy(() => import('./pages/keys.tsx'))
const Docs = lazy(() => import('./pages/docs.tsx'))
const Settings = lazy(() => import('./pages/settings.tsx'))
const Profile = lazy(() => import('./pages/profile.tsx'))
const Overview = lazy(() => import('./pages/overview.tsx'))
const People = lazy(() => import('./pages/people.tsx'))
const AllAccounts = lazy(() => import('./pages/all-accounts.tsx'))
const Activity = lazy(() => import('./pages/activity.tsx'))
const Webhooks = lazy(() => import('./pages/webhooks.tsx'))
const Webhook = lazy(() => import('./pages/webhook.tsx'))
const ForgotPassword = lazy(() => import('./pages/forgot-password.tsx'))
const ResetPassword = lazy(() => import('./pages/reset-password.tsx'))
const VerifyEmail = lazy(() => import('./pages/verify-email.tsx'))
const AcceptInvitation = lazy(() => import('./pages/accept-invitation.tsx'))

/** The documentation's pages are no screens of this one: the browser goes there by itself. */
const ours = /^(?!\/docs(\/|#|$))/

export function App({ desk }: { desk: Desk }) {
  return (
    <DeskContext.Provider value={desk}>
      <LocationProvider scope={ours}>
        <Door />
      </LocationProvider>
    </DeskContext.Provider>
  )
}

function Door() {
  const { session } = useDesk()
  const { path } = useLocation()
  const link = useNewLink()
  // Anybody may read it, signed in or not.
  if (path === paths.docs) return <ApiDocs />
  switch (session.phase.value) {
    case 'asking':
      return <Splash />
    case 'unreachable':
      return <Unreachable />
    case 'setup':
      return path === paths.setup ? <Setup key={link} /> : <Move to={paths.setup} />
    case 'out':
      if (isLink(path)) return <Links key={link} />
      if (path === paths.login) return <Login />
      if (path === paths.register) return <Register />
      return <Move to={loginWith(path)} />
    case 'in':
      // A link in a mail works for whom it was made, whoever is signed in here.
      if (isLink(path)) return <Links key={link} />
      return isDoor(path) ? <Move to={wayBack()} /> : <Rooms />
  }
}

function ApiDocs() {
  return (
    <ErrorBoundary>
      <Router>
        <Route path={paths.docs} component={Docs} />
        <Route default component={Docs} />
      </Router>
    </ErrorBoundary>
  )
}

/** Counts links that are opened where the page is already: they change only what stands behind the #. */
function useNewLink() {
  const [count, setCount] = useState(0)
  useEffect(() => {
    const count = () => location.hash && setCount((before) => before + 1)
    addEventListener('hashchange', count)
    return () => removeEventListener('hashchange', count)
  }, [])
  return count
}

function Links() {
  return (
    <ErrorBoundary>
      <Router>
        <Route path={paths.forgotPassword} component={ForgotPassword} />
        <Route path={paths.resetPassword} component={ResetPassword} />
        <Route path={paths.verifyEmail} component={VerifyEmail} />
        <Route path={paths.acceptInvitation} component={AcceptInvitation} />
      </Router>
    </ErrorBoundary>
  )
}

function Rooms() {
  return (
    <Shell>
      <ErrorBoundary>
        <Router>
          <Route path={paths.home} component={Home} />
          <Route path={paths.accounts} component={Accounts} />
          <Route path={paths.account} component={Account} />
          <Route path={paths.compose} component={Compose} />
          <Route path={`${paths.messages}/:id?`} component={Messages} />
          <Route path={paths.keys} component={Keys} />
          <Route path={paths.profile} component={Profile} />
          <Route path={paths.webhooks} component={Webhooks} />
          <Route path={paths.webhook} component={Webhook} />
          <Route path={paths.activity} component={Activity} />
          <Route path={paths.overview} component={Overview} />
          <Route path={paths.people} component={People} />
          <Route path={paths.allAccounts} component={AllAccounts} />
          <Route path={paths.settings} component={Settings} />
          <Route default component={NotFound} />
        </Router>
      </ErrorBoundary>
    </Shell>
  )
}

function Move({ to }: { to: string }) {
  const { route } = useLocation()
  useEffect(() => route(to, true), [to])
  return <Splash />
}

function Splash() {
  return (
    <div class="min-h-dvh grid place-items-center" role="status" aria-label="Loading BotWave">
      <span class="breathe">
        <Mark size={56} />
      </span>
    </div>
  )
}

function Unreachable() {
  const { session } = useDesk()
  return (
    <main class="min-h-dvh grid place-items-center">
      <Empty
        whole
        icon="alert"
        title="BotWave cannot be reached"
        action={
          <button type="button" class="btn-primary" onClick={session.open}>
            Try again
          </button>
        }
      >
        Check that the server is running and that this device is on its network.
      </Empty>
    </main>
  )
}

function NotFound() {
  return (
    <Page title="Nothing here">
      <p class="lead">
        This address leads nowhere. <a href={paths.home}>Go home</a>
      </p>
    </Page>
  )
}

function isDoor(path: string) {
  return path === paths.login || path === paths.register || path === paths.setup
}

const linkPaths: readonly string[] = [
  paths.forgotPassword,
  paths.resetPassword,
  paths.verifyEmail,
  paths.acceptInvitation,
]

function isLink(path: string) {
  return linkPaths.includes(path)
}

/** Where somebody wanted to go before signing in; only ever a path of our own. */
function loginWith(path: string) {
  const wanted = path + location.search
  return wanted === '/' || isDoor(path) ? paths.login : `${paths.login}?next=${encodeURIComponent(wanted)}`
}

function wayBack() {
  const next = new URLSearchParams(location.search).get('next') ?? '/'
  return /^\/(?![/\\])/.test(next) ? next : '/'
}
