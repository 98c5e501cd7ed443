// Calls about oneself: the password, the second factor, where one is signed in.
import type { Treaty } from '@elysia/eden/treaty2'
import type { Client, Known } from '../api.ts'

export type Me = Treaty.Data<Client['auth']['me']['get']>['user']
export type SignedInPlace = Treaty.Data<Client['auth']['sessions']['get']>['items'][number]
type Codes = { recovery_codes: string[] }

export function profileCalls({ auth }: Client, known: Known) {
  const factor = auth['second-factor']
  return {
    readProfile: () => known<{ user: Me }>(auth.me.get()),
    changePassword: (form: { current_password: string; password: string }) =>
      known<void>(auth.password.put(form)),
    requestVerification: () => known<unknown>(auth.verifications.post()),
    listSessions: () => known<{ items: SignedInPlace[] }>(auth.sessions.get()),
    endSession: (id: string) => known<void>(auth.sessions({ id }).delete()),
    endOtherSessions: () => known<{ ended: number }>(auth.sessions.delete(undefined, { query: {} })),
    /** Begins; nothing is asked for before `confirmSecondFactor` was given a first code. */
    startSecondFactor: (password: string) =>
      known<{ secret: string; uri: string }>(factor.post({ password })),
    confirmSecondFactor: (code: string) => known<Codes>(factor.put({ code })),
    endSecondFactor: (form: { password: string; code: string }) => known<void>(factor.delete(form)),
    replaceRecoveryCodes: (password: string) => known<Codes>(factor['recovery-codes'].post({ password })),
  }
}
