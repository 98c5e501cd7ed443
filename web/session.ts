// Who is signed in, and the ways in and out.
import { computed, signal } from '@preact/signals'
import { type Api, ApiProblem, type PublicFacts, type SignInForm, type User } from './api.ts'

/** `unreachable`: the first question to the server failed; `retry` asks again. */
export type SessionPhase = 'asking' | 'setup' | 'out' | 'in' | 'unreachable'

export type Session = ReturnType<typeof createSession>

/** Well within the life of a token, so that a page left open stays signed in for as long as the session lives. */
const RENEW_MS = 60 * 60_000

/** @param renewMs how often the token behind the cookie is renewed while somebody is in. */
export function createSession(api: Api, { renewMs = RENEW_MS } = {}) {
  const phase = signal<SessionPhase>('asking')
  const user = signal<User | null>(null)
  const facts = signal<PublicFacts | null>(null)
  /** A sentence for the sign-in screen: why somebody who was in is out. */
  const notice = signal<string | null>(null)

  async function open() {
    try {
      facts.value = await api.facts()
      if (facts.value.setup_needed) phase.value = 'setup'
      else enter((await api.me()).user)
    } catch (error) {
      const signedOut = error instanceof ApiProblem && error.status === 401
      phase.value = signedOut ? 'out' : 'unreachable'
    }
  }

  function enter(who: User) {
    user.value = who
    notice.value = null
    phase.value = 'in'
  }

  /** The server does not know us any more. */
  function expire() {
    if (phase.value === 'in') notice.value = 'Your session has ended. Sign in again.'
    user.value = null
    if (phase.value !== 'asking') phase.value = 'out'
  }

  async function setUp(form: { token: string; email: string; password: string }) {
    enter((await api.setUp(form)).user)
    facts.value = await api.facts().catch(() => facts.value)
  }

  async function login(form: SignInForm) {
    enter((await api.login(form)).user)
  }

  async function acceptInvitation(form: { token: string; password: string }) {
    enter((await api.acceptInvitation(form)).user)
  }

  /** Ends every session of that person; whoever is in here is asked to sign in again. */
  async function resetPassword(form: { token: string; password: string }) {
    await api.resetPassword(form)
    user.value = null
    phase.value = 'out'
    notice.value = 'Your new password is set. Sign in with it.'
  }

  async function register(form: { email: string; password: string }) {
    enter((await api.register(form)).user)
  }

  async function logout() {
    await api.logout().catch((error) => {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error
    })
    user.value = null
    notice.value = null
    phase.value = 'out'
  }

  /** Renews the token while somebody is in; the first time at once, for it may be old. Returns the function that ends it. */
  function keepAlive() {
    const renew = () => api.renew().catch(() => {})
    void renew()
    const timer = setInterval(renew, renewMs)
    return () => clearInterval(timer)
  }

  const isAdmin = computed(() => user.value?.role === 'admin')
  return {
    phase,
    user,
    isAdmin,
    facts,
    notice,
    open,
    expire,
    setUp,
    login,
    register,
    acceptInvitation,
    resetPassword,
    logout,
    keepAlive,
  }
}
