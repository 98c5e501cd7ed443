// Oneself: who one is here, where one is signed in, and how one proves it.
import { signal } from '@preact/signals'
import { type Api, type ApiProblem, asProblem } from '../api.ts'
import type { Me, SignedInPlace } from '../calls/profile.ts'

export type Profile = ReturnType<typeof createProfile>

export function createProfile(api: Api) {
  const me = signal<Me | null>(null)
  const sessions = signal<SignedInPlace[] | null>(null)
  const problem = signal<ApiProblem | null>(null)

  async function load() {
    try {
      const [profile, places] = await Promise.all([api.readProfile(), api.listSessions()])
      me.value = profile.user
      sessions.value = places.items
      problem.value = null
    } catch (error) {
      problem.value = asProblem(error)
    }
  }

  /** Ends every other session. */
  async function changePassword(form: { current_password: string; password: string }) {
    await api.changePassword(form)
    await load()
  }

  async function endSession(id: string) {
    await api.endSession(id)
    sessions.value = (sessions.value ?? []).filter((session) => session.id !== id)
  }

  /** Resolves to how many were ended. */
  async function endOtherSessions(): Promise<number> {
    const { ended } = await api.endOtherSessions()
    sessions.value = (sessions.value ?? []).filter((session) => session.current)
    return ended
  }

  /** Switches it on; resolves to the recovery codes, which nobody can read again. */
  async function confirmSecondFactor(code: string): Promise<string[]> {
    const { recovery_codes } = await api.confirmSecondFactor(code)
    await load()
    return recovery_codes
  }

  async function endSecondFactor(form: { password: string; code: string }) {
    await api.endSecondFactor(form)
    await load()
  }

  /** Those before do nothing any more. */
  async function replaceRecoveryCodes(password: string): Promise<string[]> {
    const { recovery_codes } = await api.replaceRecoveryCodes(password)
    await load()
    return recovery_codes
  }

  function clear() {
    me.value = null
    sessions.value = null
    problem.value = null
  }

  return {
    me,
    sessions,
    problem,
    load,
    changePassword,
    requestVerification: api.requestVerification,
    endSession,
    endOtherSessions,
    startSecondFactor: api.startSecondFactor,
    confirmSecondFactor,
    endSecondFactor,
    replaceRecoveryCodes,
    clear,
  }
}
