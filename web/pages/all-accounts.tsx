// Everybody's accounts, for admins: how each is and what it takes, and starting it anew or stopping it.
import { useEffect } from 'preact/hooks'
import { ACCOUNT_STATES } from '../../src/rules/account-state.ts'
import type { OwnedAccount } from '../calls/people.ts'
import { useDesk } from '../desk.ts'
import { durationWords, fullTime } from '../format.ts'
import { readableNumber } from '../number.ts'
import { AccountSign, accountName } from '../ui/account-bits.tsx'
import { useAction } from '../ui/dialog.tsx'
import { Empty, ProblemNote } from '../ui/feedback.tsx'
import { Choice, Filters, Search, useAddressFilter } from '../ui/filters.tsx'
import { ForAdmins } from '../ui/for-admins.tsx'
import { Icon } from '../ui/icon.tsx'
import { PagedList } from '../ui/paged-list.tsx'
import { Page } from '../ui/shell.tsx'
import { AccountState, accountWord } from '../ui/status.tsx'

export default function AllAccounts() {
  return (
    <ForAdmins title="All accounts">
      <List />
    </ForAdmins>
  )
}

const filterNames = ['q', 'state', 'user_id'] as const
/** The live line tells people of their own accounts only, so everybody's are asked for. */
const REFRESH_MS = 5_000

function List() {
  const { everybody } = useDesk()
  const { filter, inAddress, change } = useAddressFilter(filterNames)
  useEffect(() => {
    void everybody.list.show(filter)
    const timer = setInterval(() => !document.hidden && everybody.list.refresh(), REFRESH_MS)
    return () => clearInterval(timer)
  }, [inAddress])
  const set = (part: typeof filter) => change({ ...filter, ...part })
  const counts = everybody.counts.value

  return (
    <Page title="All accounts" lead={countSentence(counts)}>
      <div class="stack gap-4">
        <Filters of="accounts" clear={inAddress !== '' && (() => change({}))}>
          <Search
            label="Search by name, phone or owner"
            placeholder="Search by name, phone or owner"
            value={filter.q ?? ''}
            set={(q) => set({ q })}
          />
          <Choice
            label="State"
            value={filter.state}
            all="Any state"
            options={ACCOUNT_STATES.map((state) => [
              state,
              counts[state] ? `${accountWord(state)} (${counts[state]})` : accountWord(state),
            ])}
            set={(state) => set({ state })}
          />
        </Filters>
        <PagedList
          pages={everybody.list}
          more="accounts"
          filtered={inAddress !== ''}
          clear={() => change({})}
          none={
            <Empty icon="phone" title="No account yet">
              Each WhatsApp that somebody adds shows up here.
            </Empty>
          }
          keyOf={(account) => account.id}
          row={(account) => <Row account={account} />}
        />
      </div>
    </Page>
  )
}

function Row({ account }: { account: OwnedAccount }) {
  const { everybody, notices } = useDesk()
  const { busy, problem, run } = useAction()
  const name = accountName(account)
  async function act(verb: (id: string) => Promise<void>, words: string) {
    if (await run(() => verb(account.id))) notices.say(words)
  }
  return (
    <div class="list-row flex-wrap">
      <AccountSign account={account} />
      <div class="flex-1 min-w-50">
        <p class="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span class="font-semibold truncate">{name}</span>
          <AccountState state={account.state} />
        </p>
        <p class="text-sm text-ink-soft break-all">
          {account.user_email}
          {account.phone && account.name && <span class="num"> · {readableNumber(account.phone)}</span>}
        </p>
        <p
          class="hint num empty:hidden"
          title={account.started_at ? `Since ${fullTime(account.started_at)}` : undefined}
        >
          {figures(account)}
        </p>
        {account.message && <p class="hint">{account.message}</p>}
        <ProblemNote problem={problem} />
      </div>
      <div class="flex gap-2">
        <button
          type="button"
          class="btn-plain"
          aria-label={`Restart ${name} of ${account.user_email}`}
          disabled={busy}
          onClick={() => act(everybody.restart, `${name} starts anew.`)}
        >
          <Icon name="refresh" size={18} />
          Restart
        </button>
        {account.wanted && (
          <button
            type="button"
            class="btn-danger"
            aria-label={`Stop ${name} of ${account.user_email}`}
            disabled={busy}
            onClick={() => act(everybody.stop, `${name} stops. Its link is kept.`)}
          >
            Stop
          </button>
        )}
      </div>
    </div>
  )
}

function figures({ memory_mb, uptime_s, queued }: OwnedAccount): string {
  const parts = [
    memory_mb !== null && `${memory_mb} MB`,
    uptime_s !== null && `up ${durationWords(uptime_s)}`,
    queued > 0 && `${queued} ${queued === 1 ? 'message waits' : 'messages wait'}`,
  ]
  return parts.filter(Boolean).join(' · ')
}

function countSentence(counts: Record<string, number>): string {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
  if (all === 0) return 'Every linked WhatsApp on this server.'
  return `${counts.ready ?? 0} of ${all} connected.`
}
