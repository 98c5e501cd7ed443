// What the owner of an account may change: its name, what to do when in doubt, and its ends, gentle to final.
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { useLocation } from 'preact-iso/router'
import type { Account } from '../api.ts'
import { useDesk } from '../desk.ts'
import { fullTime } from '../format.ts'
import { paths } from '../paths.ts'
import { accountName } from './account-bits.tsx'
import { Confirm, useAction } from './dialog.tsx'
import { ProblemNote } from './feedback.tsx'
import { Field } from './field.tsx'

export function AccountCare({ account }: { account: Account }) {
  return (
    <div class="grid lg:grid-cols-2 gap-6 items-start">
      <section class="card-pad stack gap-5" aria-labelledby="care-title">
        <h2 id="care-title" class="section-title">
          Settings
        </h2>
        <Rename key={account.id} account={account} />
        <WhenInDoubt account={account} />
        <dl class="facts">
          <dt>Linked</dt>
          <dd>{account.linked_at ? fullTime(account.linked_at) : 'Not yet'}</dd>
          <dt>Waiting messages</dt>
          <dd class="num">{account.queued}</dd>
          <dt>Id for the API</dt>
          <dd class="code break-all select-all">{account.id}</dd>
        </dl>
      </section>
      <Ends account={account} />
    </div>
  )
}

function Rename({ account }: { account: Account }) {
  const { accounts, notices } = useDesk()
  const [name, setName] = useState(account.name)
  const { busy, problem, run } = useAction()
  return (
    <form
      onSubmit={async (event) => {
        event.preventDefault()
        if (await run(() => accounts.update(account.id, { name: name.trim() }))) notices.say('Name saved.')
      }}
    >
      <Field label="Name" problem={problem?.fields.name ?? problem?.message}>
        {(control) => (
          <div class="flex gap-2">
            <input
              {...control}
              name="name"
              maxLength={60}
              autocomplete="off"
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
            <button
              type="submit"
              class="btn-plain"
              disabled={busy || name.trim() === '' || name.trim() === account.name}
            >
              Save
            </button>
          </div>
        )}
      </Field>
    </form>
  )
}

function WhenInDoubt({ account }: { account: Account }) {
  const { accounts, notices } = useDesk()
  const { problem, run } = useAction()
  return (
    <Field
      label="If it cannot be proved that a message went out"
      hint="This is rare: a crash in the very moment of sending."
      problem={problem?.message}
    >
      {(control) => (
        <select
          {...control}
          value={account.on_uncertain}
          onChange={async (event) => {
            const on_uncertain = event.currentTarget.value as Account['on_uncertain']
            if (await run(() => accounts.update(account.id, { on_uncertain }))) notices.say('Saved.')
          }}
        >
          <option value="hold">Show it as uncertain and wait for proof</option>
          <option value="resend">Send it again, perhaps twice</option>
          <option value="drop">Give it up</option>
        </select>
      )}
    </Field>
  )
}

type End = 'disconnect' | 'logout' | 'remove'

function Ends({ account }: { account: Account }) {
  const { accounts, notices } = useDesk()
  const { route } = useLocation()
  const [asking, setAsking] = useState<End | null>(null)
  const { busy, problem, run } = useAction()
  const close = () => setAsking(null)
  const running = account.wanted || !['stopped', 'logged_out', 'qr_expired', 'failed'].includes(account.state)

  return (
    <section class="card-pad stack gap-1" aria-labelledby="ends-title">
      <h2 id="ends-title" class="section-title mb-2">
        Disconnect
      </h2>
      <EndRow words="Stop for now" hint="The link is kept: it comes back without a code. Messages wait.">
        <button
          type="button"
          class="btn-plain"
          disabled={!running || busy}
          onClick={() => run(() => accounts.disconnect(account.id, { logout: false }))}
        >
          Disconnect
        </button>
      </EndRow>
      <EndRow
        words="Unlink from the phone"
        hint="BotWave leaves the phone's linked devices. The next link needs a code."
      >
        <button
          type="button"
          class="btn-plain"
          disabled={!account.linked_at}
          onClick={() => setAsking('logout')}
        >
          Log out
        </button>
      </EndRow>
      <EndRow
        words="Remove from BotWave"
        hint="Unlinks it and takes the account away. Its messages stay in the history."
      >
        <button type="button" class="btn-danger" onClick={() => setAsking('remove')}>
          Remove
        </button>
      </EndRow>
      <ProblemNote problem={problem} />
      {asking === 'logout' && (
        <Confirm
          title={`Log out ${accountName(account)}?`}
          verb="Log out"
          onClose={close}
          act={() => accounts.disconnect(account.id, { logout: true })}
        >
          BotWave is taken off the phone's linked devices. Waiting messages wait until it is linked again,
          with a new code.
        </Confirm>
      )}
      {asking === 'remove' && (
        <Confirm
          title={`Remove ${accountName(account)}?`}
          verb="Remove account"
          danger
          onClose={close}
          act={async () => {
            await accounts.remove(account.id)
            notices.say('Account removed.')
            route(paths.accounts, true)
          }}
        >
          It is unlinked from the phone and cannot be brought back. Messages that still wait are not sent.
        </Confirm>
      )}
    </section>
  )
}

function EndRow({ words, hint, children }: { words: string; hint: string; children: ComponentChildren }) {
  return (
    <div class="row gap-4 py-3">
      <div class="flex-1 min-w-0">
        <p class="label-text">{words}</p>
        <p class="hint">{hint}</p>
      </div>
      {children}
    </div>
  )
}
