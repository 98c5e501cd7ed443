// Everybody's messages, for admins: today, what waits, by day, by person, by account, and why some failed.
import { useEffect, useLayoutEffect } from 'preact/hooks'
import { ACCOUNT_STATES } from '../../src/rules/account-state.ts'
import { queryString } from '../api.ts'
import type { Figures } from '../calls/figures.ts'
import { useDesk } from '../desk.ts'
import { countWords } from '../figures.ts'
import { paths } from '../paths.ts'
import { Days } from '../ui/days.tsx'
import { ProblemNote } from '../ui/feedback.tsx'
import { Choice, Filters, useAddressFilter } from '../ui/filters.tsx'
import { ForAdmins } from '../ui/for-admins.tsx'
import { SectionHead } from '../ui/section-head.tsx'
import { Shares } from '../ui/shares.tsx'
import { Page } from '../ui/shell.tsx'
import { AccountState } from '../ui/status.tsx'
import { Today } from '../ui/today.tsx'
import { WhatWaits } from '../ui/what-waits.tsx'
import { WhyFailed } from '../ui/why-failed.tsx'

export default function Overview() {
  return (
    <ForAdmins title="Overview">
      <Everybody />
    </ForAdmins>
  )
}

const filterNames = ['days', 'user_id', 'account_id'] as const
const RANGES: [days: string, words: string][] = [
  ['7', 'Seven days'],
  ['30', 'Thirty days'],
  ['90', 'Ninety days'],
]
const DEFAULT_DAYS = '14'
/** The live line tells people of their own messages only, so everybody's are asked for. */
const REFRESH_MS = 30_000

function Everybody() {
  const { everybodysFigures: figures, everybodysBacklog: backlog, everybody } = useDesk()
  const { filter, inAddress, change } = useAddressFilter(filterNames)
  const { user_id, account_id } = filter
  const days = RANGES.some(([known]) => known === filter.days) ? filter.days! : DEFAULT_DAYS
  // Before anything is painted: the figures of one filter never stand under the name of another.
  useLayoutEffect(() => {
    void figures.show({
      days: Number(days),
      all: true,
      ...(user_id && { user_id }),
      ...(account_id && { account_id }),
    })
  }, [inAddress])
  useEffect(() => {
    void backlog.load()
    void everybody.list.show({})
    const timer = setInterval(() => {
      if (document.hidden) return
      void backlog.load()
      void everybody.list.refresh()
      void figures.load()
    }, REFRESH_MS)
    return () => clearInterval(timer)
  }, [])

  const shown = figures.figures.value
  const waits = backlog.items.value
  const answered =
    (shown || figures.problem.value) &&
    (waits || backlog.problem.value) &&
    (everybody.list.items.value || everybody.list.problem.value)
  return (
    <Page
      title="Overview"
      lead={whose(shown, filter)}
      action={
        <Filters of="figures" clear={inAddress !== '' && (() => change({}))}>
          <Choice
            label="Days"
            value={filter.days}
            all="Fourteen days"
            options={RANGES}
            set={(days) => change({ ...filter, days })}
          />
        </Filters>
      }
    >
      <ProblemNote problem={figures.problem.value} retry={figures.load} />
      {answered ? (
        <>
          {shown && <Today days={shown.days} byNow={figures.byNow.value} />}
          {!user_id && !account_id && (
            <div class="grid lg:grid-cols-2 gap-6 md:gap-8">
              {everybody.list.items.value && <States counts={everybody.counts.value} />}
              <ProblemNote problem={everybody.list.problem.value} retry={everybody.list.reload} />
              {waits && <WhatWaits items={waits} totals={backlog.totals.value} everybody />}
              <ProblemNote problem={backlog.problem.value} retry={backlog.load} />
            </div>
          )}
          {shown && (
            <>
              <Days title={rangeWords(days)} figures={shown} />
              <div class="grid lg:grid-cols-2 gap-6 md:gap-8 items-start">
                {!user_id && <People people={shown.people} days={filter.days} />}
                {!account_id && <Accounts accounts={shown.accounts} days={filter.days} userId={user_id} />}
                <div class={user_id && !account_id ? '' : 'lg:col-span-2'}>
                  <WhyFailed failures={shown.failures} failed={shown.total.failed} />
                </div>
              </div>
            </>
          )}
        </>
      ) : (
        <Coming />
      )}
    </Page>
  )
}

/** How many accounts are in which state; each leads to them. */
function States({ counts }: { counts: Record<string, number> }) {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return (
    <section class="card" aria-labelledby="states">
      <SectionHead id="states" title="Accounts" to={paths.allAccounts} />
      <div class="px-4 md:px-5 pb-5 stack gap-3">
        <p class="text-sm text-ink-soft num">
          {all === 0
            ? 'Nobody has added an account yet.'
            : `${countWords(counts.ready ?? 0)} of ${countWords(all)} connected.`}
        </p>
        <ul class="stack gap-1">
          {ACCOUNT_STATES.toReversed()
            .filter((state) => counts[state])
            .map((state) => (
              <li key={state}>
                <a
                  class="row gap-3 min-h-9 text-sm text-ink no-underline hover:underline"
                  href={`${paths.allAccounts}?state=${state}`}
                >
                  <AccountState state={state} />
                  <span class="flex-1" />
                  <span class="num font-semibold">{countWords(counts[state]!)}</span>
                </a>
              </li>
            ))}
        </ul>
      </div>
    </section>
  )
}

function People({ people, days }: { people: Figures['people']; days: string | undefined }) {
  const shares = people.map(({ user_id, email, ...counts }) => ({
    id: user_id,
    name: email ?? 'Removed',
    href: paths.overview + queryString({ days, user_id }),
    counts,
  }))
  return <Shares id="by-person" title="By person" shares={shares} />
}

interface AccountsProps {
  accounts: Figures['accounts']
  days: string | undefined
  userId: string | undefined
}

function Accounts({ accounts, days, userId }: AccountsProps) {
  const shares = accounts.map(({ account_id, name, user_email, ...counts }) => ({
    id: account_id ?? '',
    name: account_id ? name || 'New account' : 'Removed accounts',
    below: userId ? null : user_email,
    counts,
    ...(account_id && { href: paths.overview + queryString({ days, user_id: userId, account_id }) }),
  }))
  return <Shares id="by-account" title="By account" shares={shares} />
}

/** Of whom the figures are, once they say so. */
function whose(shown: Figures | null, filter: { user_id?: string; account_id?: string }): string {
  const account = shown?.accounts.find(({ account_id }) => account_id === filter.account_id)
  if (filter.account_id)
    return account ? `Messages of the account ${account.name}.` : 'Messages of one account.'
  const person = shown?.people.find(({ user_id }) => user_id === filter.user_id)
  if (filter.user_id) return person?.email ? `Messages of ${person.email}.` : 'Messages of one person.'
  return 'Everybody’s messages on this server.'
}

function rangeWords(days: string): string {
  return RANGES.find(([known]) => known === days)?.[1] ?? 'Fourteen days'
}

function Coming() {
  return (
    <div class="stack gap-6 md:gap-8" role="status">
      <span class="seen-by-readers">Loading…</span>
      {[190, 330, 420].map((height) => (
        <div key={height} class="bone" style={{ height: `${height}px`, borderRadius: '18px' }} />
      ))}
    </div>
  )
}
