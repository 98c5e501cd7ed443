// One account: how it is, how to link it, and everything that can be done with it.

import { useEffect } from 'preact/hooks'
import { useRoute } from 'preact-iso/router'
import type { Account as AccountFacts } from '../api.ts'
import { useDesk } from '../desk.ts'
import { fullTime, relativeTime } from '../format.ts'
import { readableNumber } from '../number.ts'
import { paths } from '../paths.ts'
import { AccountSign, accountName, isLinking, verbFor } from '../ui/account-bits.tsx'
import { AccountCare } from '../ui/account-care.tsx'
import { useAction } from '../ui/dialog.tsx'
import { Empty, Note, ProblemNote, Skeleton } from '../ui/feedback.tsx'
import { Icon } from '../ui/icon.tsx'
import { LinkPanel } from '../ui/link-panel.tsx'
import { AccountState, accountTone } from '../ui/status.tsx'

export default function Account() {
  const { accounts } = useDesk()
  const { id = '' } = useRoute().params
  useEffect(() => void accounts.load(), [id])
  const account = accounts.find(id)

  return (
    <div class="page-wide stack gap-6">
      <a href={paths.accounts} class="btn-quiet self-start -ml-3 -mb-3 md:-mt-4">
        <Icon name="left" size={16} />
        Accounts
      </a>
      <ProblemNote problem={accounts.problem.value} retry={accounts.load} />
      {account ? (
        <Known account={account} />
      ) : accounts.items.value ? (
        <div class="card">
          <Empty
            whole
            icon="question"
            title="No such account"
            action={<a href={paths.accounts}>All accounts</a>}
          >
            It may have been removed.
          </Empty>
        </div>
      ) : (
        <Skeleton rows={2} height={120} />
      )}
    </div>
  )
}

function Known({ account }: { account: AccountFacts }) {
  return (
    <>
      <header class="flex flex-wrap items-center gap-4">
        <AccountSign account={account} size={60} />
        <div class="flex-1 min-w-56 stack gap-1">
          <h1 class="page-title break-words" tabIndex={-1}>
            {accountName(account)}
          </h1>
          <div class="flex flex-wrap items-center gap-x-3 gap-y-1" aria-live="polite">
            <AccountState state={account.state} />
            {account.phone && <span class="text-sm text-ink-soft num">{readableNumber(account.phone)}</span>}
            <span class="text-sm text-ink-faint" title={fullTime(account.since)}>
              since {relativeTime(account.since)}
            </span>
          </div>
        </div>
        {account.state === 'ready' && (
          <a class="btn-primary" href={`${paths.compose}?account=${account.id}`}>
            <Icon name="send" size={18} />
            New message
          </a>
        )}
      </header>
      <Connection account={account} />
      <AccountCare account={account} />
    </>
  )
}

/** While it can be linked: the codes. Else the sentence for its state and the one thing that helps. */
function Connection({ account }: { account: AccountFacts }) {
  if (isLinking(account)) return <LinkPanel account={account} />
  if (account.state === 'ready') {
    return (
      <Note tone="good" icon="check">
        Connected. Messages from here and from the API go out through this phone.
      </Note>
    )
  }
  return <Trouble account={account} />
}

function Trouble({ account }: { account: AccountFacts }) {
  const { accounts } = useDesk()
  const { busy, problem, run } = useAction()
  const verb = verbFor(account)
  const tone = accountTone(account.state)
  return (
    <section class="card-pad stack gap-4" aria-label="Connection">
      <div class="flex flex-wrap items-center gap-4">
        <span class={`avatar tone-${tone}`}>
          <Icon
            name={
              tone === 'info' || account.action === 'wait' ? 'refresh' : tone === 'neutral' ? 'link' : 'alert'
            }
          />
        </span>
        <div class="flex-1 min-w-56">
          <p class="font-semibold">{account.message ?? 'One moment…'}</p>
          {account.next_try_at && <p class="hint num">Next try {relativeTime(account.next_try_at)}.</p>}
          {account.action === 'open_phone' && (
            <p class="hint">When it is done there, it goes on here by itself.</p>
          )}
        </div>
        {verb && (
          <button
            type="button"
            class="btn-primary"
            disabled={busy}
            onClick={() => run(() => accounts.connect(account.id))}
          >
            {busy ? 'One moment…' : verb}
          </button>
        )}
      </div>
      <ProblemNote problem={problem} />
    </section>
  )
}
