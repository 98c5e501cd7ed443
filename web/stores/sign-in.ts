// Signing in step by step: the password, then what the server asks for besides.
import { signal } from '@preact/signals'
import { type ApiProblem, asProblem, type SignInForm } from '../api.ts'
import type { Session } from '../session.ts'

/** `code`: of the second factor. `new_password`: this one must be changed now. */
export type SignInStep = 'password' | 'code' | 'new_password'

export type SignIn = ReturnType<typeof createSignIn>

/** Holds the password between the steps, in memory only; throw it away with the screen. */
export function createSignIn(session: Pick<Session, 'login'>) {
  const step = signal<SignInStep>('password')
  const problem = signal<ApiProblem | null>(null)
  const busy = signal(false)
  let form: SignInForm | null = null

  /** Gives what this step asks for, beside what was given before. Ends signed in, at the next step, or with a problem. */
  async function give(part: Partial<SignInForm>) {
    if (busy.value) return
    busy.value = true
    problem.value = null
    const tried = { email: '', password: '', ...form, ...part }
    try {
      await session.login(tried)
      form = null
    } catch (error) {
      refused(asProblem(error), tried)
    } finally {
      busy.value = false
    }
  }

  function refused(why: ApiProblem, tried: SignInForm) {
    const asked = asks[why.code]
    if (asked) {
      form = tried
      step.value = asked
    }
    if (why.code === 'bad_credentials') startOver()
    // That more is needed is no fault; a code that does not fit is one.
    if (!asked || why.code === 'bad_code') problem.value = why
  }

  /** Back to the password, which may have been somebody else's. */
  function startOver() {
    form = null
    step.value = 'password'
    problem.value = null
  }

  return { step, problem, busy, give, startOver }
}

/** `bad_code` also comes after the new password: a code lasts half a minute. */
const asks: Record<string, SignInStep | undefined> = {
  code_required: 'code',
  bad_code: 'code',
  password_change_required: 'new_password',
}
