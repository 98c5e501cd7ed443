// The second factor: whether it is on, and the ways to switch it on and off.
import { useState } from 'preact/hooks'
import type { Me } from '../calls/profile.ts'
import { useDesk } from '../desk.ts'
import { CodeField } from './code-field.tsx'
import { Dialog, useAction } from './dialog.tsx'
import { Note, ProblemNote } from './feedback.tsx'
import { PasswordField } from './password-field.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'
import { SetUpSecondFactor } from './set-up-second-factor.tsx'

/** So few recovery codes are worth a word. */
const FEW = 3

export function SecondFactor({ me }: { me: Me }) {
  const [open, setOpen] = useState<'on' | 'off' | 'codes' | null>(null)
  const close = () => setOpen(null)
  const left = me.recovery_codes_left
  return (
    <section class="card-pad stack gap-4" aria-labelledby="factor-title">
      <div class="row gap-3">
        <h2 id="factor-title" class="section-title flex-1">
          Second factor
        </h2>
        <span class={`pill ${me.second_factor ? 'tone-good' : 'tone-neutral'}`}>
          {me.second_factor ? 'On' : 'Off'}
        </span>
      </div>
      <p class="text-sm text-ink-soft">
        {me.second_factor
          ? `Signing in asks for a code of your app. ${left} recovery ${left === 1 ? 'code is' : 'codes are'} left.`
          : 'A code of an authenticator app beside your password: who learns one of them does not get in.'}
      </p>
      {me.second_factor && left <= FEW && (
        <Note tone="warn" icon="alert">
          Few recovery codes are left. Make new ones before you need them.
        </Note>
      )}
      <div class="flex flex-wrap gap-2">
        {me.second_factor ? (
          <>
            <button type="button" class="btn-plain" onClick={() => setOpen('codes')}>
              New recovery codes
            </button>
            <button type="button" class="btn-danger" onClick={() => setOpen('off')}>
              Switch off
            </button>
          </>
        ) : (
          <button type="button" class="btn-primary" onClick={() => setOpen('on')}>
            Set it up
          </button>
        )}
      </div>
      {open === 'on' && <SetUpSecondFactor onClose={close} />}
      {open === 'off' && <SwitchOff onClose={close} />}
      {open === 'codes' && <NewCodes onClose={close} />}
    </section>
  )
}

function SwitchOff({ onClose }: { onClose: () => void }) {
  const { profile, notices } = useDesk()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const { busy, problem, run } = useAction()
  const wrong = problem?.code === 'wrong_password' ? problem.message : undefined
  const bad = problem?.code === 'bad_code' ? problem.message : problem?.fields.code

  async function switchOff(event: Event) {
    event.preventDefault()
    if (!(await run(() => profile.endSecondFactor({ password, code: code.trim() })))) return
    notices.say('Second factor is off.')
    onClose()
  }
  return (
    <Dialog title="Switch the second factor off?" onClose={onClose}>
      <form class="stack gap-5" onSubmit={switchOff}>
        <p class="lead">From then on your password alone lets in.</p>
        <PasswordField label="Current password" value={password} set={setPassword} problem={wrong} />
        <CodeField value={code} set={setCode} problem={bad} />
        {!wrong && !bad && <ProblemNote problem={problem} />}
        <footer class="dialog-foot">
          <button type="button" class="btn-plain" onClick={onClose}>
            Keep it on
          </button>
          <button type="submit" class="btn-danger-full" disabled={busy}>
            Switch off
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

function NewCodes({ onClose }: { onClose: () => void }) {
  const { profile } = useDesk()
  const [password, setPassword] = useState('')
  const [codes, setCodes] = useState<string[] | null>(null)
  const { busy, problem, run } = useAction()
  const wrong = problem?.code === 'wrong_password' ? problem.message : undefined
  return (
    <Dialog title="New recovery codes" onClose={onClose}>
      {codes ? (
        <RecoveryCodes codes={codes} onDone={onClose} />
      ) : (
        <form
          class="stack gap-5"
          onSubmit={(event) => {
            event.preventDefault()
            void run(async () => setCodes(await profile.replaceRecoveryCodes(password)))
          }}
        >
          <p class="lead">Those you have do nothing any more once the new ones are made.</p>
          <PasswordField label="Current password" value={password} set={setPassword} problem={wrong} />
          {!wrong && <ProblemNote problem={problem} />}
          <footer class="dialog-foot">
            <button type="button" class="btn-plain" onClick={onClose}>
              Cancel
            </button>
            <button type="submit" class="btn-primary" disabled={busy}>
              Make new codes
            </button>
          </footer>
        </form>
      )}
    </Dialog>
  )
}
