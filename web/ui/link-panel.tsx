// Links an account: the QR code with what to tap on the phone, and a code to type for who cannot scan.

import { useEffect, useState } from 'preact/hooks'
import lazy from 'preact-iso/lazy'
import type { Account, LinkCode } from '../api.ts'
import { useDesk } from '../desk.ts'
import { checkNumber, loadNumbers } from '../number.ts'
import { CountdownRing } from './countdown.tsx'
import { useAction } from './dialog.tsx'
import { ProblemNote } from './feedback.tsx'
import { Field } from './field.tsx'
import { Icon } from './icon.tsx'

const Qr = lazy(() => import('./qr.tsx'))

export function LinkPanel({ account }: { account: Account }) {
  const { accounts } = useDesk()
  const link = accounts.links.value[account.id] ?? null
  useEffect(() => void accounts.loadLink(account.id), [account.id, account.state])
  useAskAtTheEnd(link, () => accounts.loadLink(account.id))

  return (
    <section class="card-pad grid md:grid-cols-[minmax(0,1fr)_300px] gap-8" aria-labelledby="link-title">
      <div class="stack gap-6 order-2 md:order-1">
        <div class="stack gap-4">
          <h2 id="link-title" class="section-title">
            Scan this with your phone
          </h2>
          <ol class="steps">
            <li>Open WhatsApp on the phone.</li>
            <li>
              <span>
                Tap <b>Settings</b> on an iPhone, or the menu <b>⋮</b> on Android, then <b>Linked devices</b>.
              </span>
            </li>
            <li>
              <span>
                Tap <b>Link a device</b> and point the camera at the code.
              </span>
            </li>
          </ol>
        </div>
        {link?.code ? <PairingCode code={link.code} /> : link?.qr && <AskForCode account={account} />}
      </div>
      <div class="stack items-center gap-4 order-1 md:order-2">
        <div class="qr-frame">{link?.qr ? <Qr text={link.qr} /> : <QrWait words={account.message} />}</div>
        <div class="h-6">{link?.expires_at && <CountdownRing expiresAt={link.expires_at} />}</div>
      </div>
    </section>
  )
}

function QrWait({ words }: { words: string | null }) {
  return (
    <div class="w-full h-full grid place-items-center text-center p-6 rounded bg-sunken" role="status">
      <p class="text-sm text-ink-soft breathe">{words ?? 'Getting a code…'}</p>
    </div>
  )
}

/** News of the next code may be lost, so it is asked for when this one has run out. */
function useAskAtTheEnd(link: LinkCode | null, ask: () => void) {
  useEffect(() => {
    if (!link?.expires_at) return
    const timer = setTimeout(ask, Math.max(1500, new Date(link.expires_at).getTime() - Date.now() + 1000))
    return () => clearTimeout(timer)
  }, [link])
}

function PairingCode({ code }: { code: string }) {
  const half = Math.ceil(code.length / 2)
  return (
    <div class="well p-5 stack gap-3" aria-live="polite">
      <p class="label-text">Or type this code on the phone</p>
      <p class="pairing-code" data-code={code}>
        <span>{code.slice(0, half)}</span>
        <span>{code.slice(half)}</span>
      </p>
      <p class="hint">
        In <b>Link a device</b> choose <b>Link with phone number instead</b>.
      </p>
    </div>
  )
}

function AskForCode({ account }: { account: Account }) {
  const { accounts, session } = useDesk()
  const [open, setOpen] = useState(false)
  const [phone, setPhone] = useState(account.phone ?? '')
  const { busy, problem, run } = useAction()
  if (!open) {
    return (
      <button type="button" class="btn-quiet self-start -ml-4" onClick={() => setOpen(true)}>
        <Icon name="phone" size={18} />
        No camera? Link with a code to type
      </button>
    )
  }
  const checked = checkNumber(phone, session.facts.value?.default_country ?? null)
  const digits = checked && 'to' in checked ? checked.to.replace(/\D/g, '') : phone.replace(/\D/g, '')
  return (
    <form
      class="well p-5 stack gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        void run(() => accounts.connect(account.id, digits))
      }}
    >
      <Field
        label="Phone number of this WhatsApp"
        hint={
          checked && 'to' in checked
            ? `Reads as ${checked.to}`
            : 'With its country code, such as +91 98765 43210.'
        }
        problem={problem?.fields.phone ?? (problem?.code === 'invalid_phone' ? problem.message : null)}
      >
        {(control) => (
          <div class="flex flex-wrap gap-2">
            <input
              {...control}
              class={`${control.class} flex-1 w-auto! min-w-44`}
              type="tel"
              name="phone"
              required
              autocomplete="tel"
              value={phone}
              onFocus={() => void loadNumbers()}
              onInput={(event) => setPhone(event.currentTarget.value)}
            />
            <button type="submit" class="btn-primary" disabled={busy}>
              Get a code
            </button>
          </div>
        )}
      </Field>
      {problem?.code !== 'invalid_phone' && !problem?.fields.phone && <ProblemNote problem={problem} />}
    </form>
  )
}
