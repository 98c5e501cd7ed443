// Oneself: the password, the second factor, and where one is signed in.
import { useEffect, useState } from 'preact/hooks'
import type { Me } from '../calls/profile.ts'
import { useDesk } from '../desk.ts'
import { fullTime } from '../format.ts'
import { useAction } from '../ui/dialog.tsx'
import { ProblemNote, Skeleton } from '../ui/feedback.tsx'
import { PasswordField, passwordProblem } from '../ui/password-field.tsx'
import { SecondFactor } from '../ui/second-factor.tsx'
import { Page } from '../ui/shell.tsx'
import { SignedInPlaces } from '../ui/signed-in-places.tsx'

export default function Profile() {
  const { profile } = useDesk()
  useEffect(() => void profile.load(), [])
  const me = profile.me.value
  return (
    <Page title="Profile" lead={me?.email ?? 'Your sign-in to this BotWave.'}>
      <ProblemNote problem={profile.problem.value} retry={profile.load} />
      {me ? (
        <>
          <div class="grid lg:grid-cols-2 gap-6 items-start">
            <div class="stack gap-6">
              <About me={me} />
              <SecondFactor me={me} />
            </div>
            <ChangePassword />
          </div>
          <SignedInPlaces />
        </>
      ) : (
        !profile.problem.value && <Skeleton rows={3} height={140} />
      )}
    </Page>
  )
}

function About({ me }: { me: Me }) {
  const { profile, notices } = useDesk()
  const { busy, problem, run } = useAction()
  async function verify() {
    if (await run(profile.requestVerification)) notices.say('A link is on its way to your address.')
  }
  return (
    <section class="card-pad stack gap-4" aria-labelledby="about-title">
      <h2 id="about-title" class="section-title">
        You
      </h2>
      <dl class="facts">
        <dt>Email address</dt>
        <dd class="break-all">
          {me.email} <span class="text-ink-faint">{me.email_verified ? '· verified' : ''}</span>
        </dd>
        <dt>You are</dt>
        <dd>{me.role === 'admin' ? 'an admin' : 'a user'}</dd>
        <dt>You may send</dt>
        <dd class="num">{me.rate_limit} messages a minute</dd>
        {me.created_at && (
          <>
            <dt>Here since</dt>
            <dd class="num">{fullTime(me.created_at)}</dd>
          </>
        )}
      </dl>
      <ProblemNote problem={problem} />
      {!me.email_verified && (
        <div class="stack gap-2">
          <button type="button" class="btn-plain self-start" disabled={busy} onClick={verify}>
            Verify my address
          </button>
          <p class="hint">A link is mailed to you that shows that the address is yours.</p>
        </div>
      )}
    </section>
  )
}

function ChangePassword() {
  const { profile, notices } = useDesk()
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const { busy, problem, run } = useAction()
  const wrong = problem?.code === 'wrong_password' ? problem.message : undefined
  const weak = passwordProblem(problem)

  async function change(event: Event) {
    event.preventDefault()
    if (!(await run(() => profile.changePassword({ current_password: current, password })))) return
    setCurrent('')
    setPassword('')
    notices.say('Password changed. You are signed out everywhere else.')
  }
  return (
    <section class="card-pad stack gap-4" aria-labelledby="password-title">
      <h2 id="password-title" class="section-title">
        Password
      </h2>
      <form class="stack gap-5" onSubmit={change}>
        <PasswordField label="Current password" value={current} set={setCurrent} problem={wrong} />
        <PasswordField label="New password" fresh value={password} set={setPassword} problem={weak} />
        {!wrong && !weak && <ProblemNote problem={problem} />}
        <button type="submit" class="btn-primary self-start" disabled={busy}>
          {busy ? 'One moment…' : 'Change password'}
        </button>
      </form>
    </section>
  )
}
