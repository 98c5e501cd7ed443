// How one's accounts are: the state of each, its sentence, and the one thing that helps. Those that need somebody first.
import { useLocation } from 'preact-iso/router'
import type { Account } from '../api.ts'
import { useDesk } from '../desk.ts'
import { fullTime, relativeTime } from '../format.ts'
import { readableNumber } from '../number.ts'
import { paths } from '../paths.ts'
import { AccountSign, accountName, isLinking, verbFor } from './account-bits.tsx'
import { useAction } from './dialog.tsx'
import { ProblemNote } from './feedback.tsx'
import { SectionHead } from './section-head.tsx'
import { AccountState } from './status.tsx'

/** So many are shown here; all of them have a screen of their own. */
const SHOWN = 6

export function AccountHealth({ accounts }: { accounts: Account[] }) {
  const urgent = accounts.toSorted((a, b) => urgency(b) - urgency(a))
  return (
    <section class="card overflow-hidden min-w-0" aria-labelledby="home-accounts">
      <SectionHead
        id="home-accounts"
        title="Accounts"
        to={paths.accounts}
        all={accounts.length > SHOWN ? `See all ${accounts.length}` : 'See all'}
      />
      <ul>
        {urgent.slice(0, SHOWN).map((account) => (
          <Row key={account.id} account={account} />
        ))}
      </ul>
    </section>
  )
}

function Row({ account }: { account: Account }) {
  const { phone, message, next_try_at } = account
  return (
    <li>
      <div class="list-row items-start! md:items-center!">
        <AccountSign account={account} />
        <div class="flex-1 min-w-0 stack gap-3 md:flex-row md:flex-wrap md:items-center">
          <div class="flex-1 min-w-0">
            <p class="flex flex-wrap items-center gap-x-3 gap-y-1">
              <a href={`/accounts/${account.id}`} class="quiet-link font-semibold truncate">
                {accountName(account)}
              </a>
              <AccountState state={account.state} />
            </p>
            <p class="text-sm text-ink-soft num">
              {message ?? readableNumber(phone)}
              {message && next_try_at && (
                <span title={fullTime(next_try_at)}> Next try {relativeTime(next_try_at)}.</span>
              )}
            </p>
          </div>
          <Action account={account} />
        </div>
      </div>
    </li>
  )
}

function Action({ account }: { account: Account }) {
  const { accounts } = useDesk()
  const { route } = useLocation()
  const { busy, problem, run } = useAction()
  const to = `/accounts/${account.id}`
  const name = accountName(account)
  if (isLinking(account)) {
    return (
      <a href={to} class="btn-primary self-start md:self-center" aria-label={`Scan the code for ${name}`}>
        Scan the code
      </a>
    )
  }
  const verb = verbFor(account)
  if (!verb) return null
  async function connect() {
    // A link that is gone needs a code, and that is shown at the account.
    const needsCode = account.action === 'relink' || account.linked_at === null
    if ((await run(() => accounts.connect(account.id))) && needsCode) route(to)
  }
  return (
    <>
      <button
        type="button"
        class="btn-plain self-start md:self-center"
        aria-label={`${verb}: ${name}`}
        disabled={busy}
        onClick={connect}
      >
        {busy ? 'One moment…' : verb}
      </button>
      {problem && (
        <div class="w-full">
          <ProblemNote problem={problem} />
        </div>
      )}
    </>
  )
}

const NEEDS_SOMEBODY = 3

/** Disconnected is as its owner wanted it; what is being restored comes before that, what waits for somebody first. */
function urgency({ state, action }: Account): number {
  if (state === 'ready') return 0
  if (state === 'stopped') return 1
  return action && action !== 'wait' ? NEEDS_SOMEBODY : 2
}

/** What is to be said above everything else. */
export function healthSentence(accounts: Account[]): string {
  const working = accounts.filter((account) => account.state === 'ready').length
  const needing = accounts.filter((account) => urgency(account) === NEEDS_SOMEBODY).length
  if (accounts.length === 0) return 'Let us get your first WhatsApp linked.'
  if (needing > 0) return needing === 1 ? 'One account needs you.' : `${needing} accounts need you.`
  if (working === accounts.length) {
    return working === 1 ? 'Your account is connected.' : `All ${working} accounts are connected.`
  }
  return `${working} of ${accounts.length} accounts connected.`
}
