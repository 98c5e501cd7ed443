// Switches the second factor on: the password, a QR code for the app with its first code, then the recovery codes.
import { useState } from 'preact/hooks'
import lazy from 'preact-iso/lazy'
import { useDesk } from '../desk.ts'
import { CodeField } from './code-field.tsx'
import { CopyBox } from './copy.tsx'
import { Dialog, useAction } from './dialog.tsx'
import { ProblemNote } from './feedback.tsx'
import { PasswordField } from './password-field.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'

const Qr = lazy(() => import('./qr.tsx'))

interface Begun {
  secret: string
  uri: string
}

export function SetUpSecondFactor({ onClose }: { onClose: () => void }) {
  const [begun, setBegun] = useState<Begun | null>(null)
  const [codes, setCodes] = useState<string[] | null>(null)
  return (
    <Dialog title={codes ? 'Your recovery codes' : 'Set up a second factor'} onClose={onClose}>
      {codes ? (
        <RecoveryCodes codes={codes} onDone={onClose} />
      ) : begun ? (
        <FirstCode begun={begun} done={setCodes} />
      ) : (
        <AskPassword done={setBegun} />
      )}
    </Dialog>
  )
}

function AskPassword({ done }: { done: (begun: Begun) => void }) {
  const { profile } = useDesk()
  const [password, setPassword] = useState('')
  const { busy, problem, run } = useAction()
  const wrong = problem?.code === 'wrong_password' ? problem.message : undefined
  return (
    <form
      class="stack gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        void run(async () => done(await profile.startSecondFactor(password)))
      }}
    >
      <p class="lead">You need an authenticator app on your phone. First show that it is you.</p>
      <PasswordField label="Current password" value={password} set={setPassword} problem={wrong} />
      {!wrong && <ProblemNote problem={problem} />}
      <footer class="dialog-foot">
        <button type="submit" class="btn-primary" disabled={busy}>
          {busy ? 'One moment…' : 'Go on'}
        </button>
      </footer>
    </form>
  )
}

function FirstCode({ begun, done }: { begun: Begun; done: (codes: string[]) => void }) {
  const { profile } = useDesk()
  const [code, setCode] = useState('')
  const { busy, problem, run } = useAction()
  const bad = problem?.code === 'bad_code' ? problem.message : problem?.fields.code
  return (
    <form
      class="stack gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        void run(async () => done(await profile.confirmSecondFactor(code.trim())))
      }}
    >
      <p class="lead">Scan this with the app, then type the code that it shows.</p>
      <div class="qr-frame mx-auto max-w-55">
        <Qr text={begun.uri} label="QR code for your authenticator app" />
      </div>
      <div class="stack gap-1.5">
        <p class="hint">Or type this into the app:</p>
        <CopyBox text={begun.secret} label="Copy" />
      </div>
      <CodeField
        value={code}
        set={setCode}
        problem={bad}
        hint="Six digits; a new one comes every 30 seconds."
      />
      {!bad && <ProblemNote problem={problem} />}
      <footer class="dialog-foot">
        <button type="submit" class="btn-primary" disabled={busy}>
          {busy ? 'One moment…' : 'Switch it on'}
        </button>
      </footer>
    </form>
  )
}
