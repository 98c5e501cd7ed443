// The first look: what to do first, how the accounts are, today against yesterday, what waits, the last fourteen days
// and what failed in them.
import { useEffect } from 'preact/hooks'
import { useDesk } from '../desk.ts'
import { paths } from '../paths.ts'
import { startOfDay } from '../stores/figures.ts'
import { accountName } from '../ui/account-bits.tsx'
import { AccountHealth, healthSentence } from '../ui/account-health.tsx'
import { Days } from '../ui/days.tsx'
import { ProblemNote } from '../ui/feedback.tsx'
import { FirstSteps } from '../ui/first-steps.tsx'
import { Icon } from '../ui/icon.tsx'
import { LastFailures } from '../ui/last-failures.tsx'
import { MessageRow } from '../ui/message-bits.tsx'
import { SectionHead } from '../ui/section-head.tsx'
import { Page } from '../ui/shell.tsx'
import { Today } from '../ui/today.tsx'
import { WhatWaits } from '../ui/what-waits.tsx'

const DAYS = 14
/** Times run on and midnight passes also while nothing happens. */
const REFRESH_MS = 60_000

export function Home() {
  const { accounts } = useDesk()
  const answered = useAnswers()
  const list = accounts.items.value
  return (
    <Page
      title="Home"
      lead={list ? healthSentence(list) : 'Looking at your accounts…'}
      action={
        accounts.ready.value.length > 0 && (
          <a href={paths.compose} class="btn-primary">
            <Icon name="send" size={18} />
            New message
          </a>
        )
      }
    >
      {answered ? <Answered /> : <Coming />}
    </Page>
  )
}

/** Asks for all that stands here; true once all of it was answered or refused, so that nothing moves when it comes. */
function useAnswers(): boolean {
  const { accounts, keys, recent, failures, figures, backlog } = useDesk()
  useEffect(() => {
    const load = () => {
      void accounts.load()
      void backlog.load()
    }
    load()
    void keys.load()
    void recent.show({})
    void failures.show({ status: 'failed', from: startOfDay(new Date(), 1 - DAYS).toISOString() })
    void figures.show({ days: DAYS })
    const timer = setInterval(() => {
      if (document.hidden) return
      load()
      void figures.load()
    }, REFRESH_MS)
    return () => {
      clearInterval(timer)
      for (const store of [recent, failures, figures, backlog]) store.rest()
    }
  }, [])
  return [
    [accounts.items.value, accounts.problem.value],
    [keys.items.value, keys.problem.value],
    [recent.items.value, recent.problem.value],
    [failures.items.value, failures.problem.value],
    [figures.figures.value, figures.problem.value],
    [backlog.items.value, backlog.problem.value],
  ].every(([answer, problem]) => answer !== null || problem !== null)
}

function Answered() {
  const { accounts, recent, failures, figures, backlog } = useDesk()
  const shown = figures.figures.value
  const list = accounts.items.value
  const waits = backlog.items.value
  const failed = failures.items.value
  // Who has not sent anything yet needs no zeros, but the first steps.
  const isNew = recent.items.value?.length === 0 && shown?.total.accepted === 0
  return (
    <>
      <ProblemNote problem={accounts.problem.value} retry={accounts.load} />
      <FirstSteps />
      {list && list.length > 0 && <AccountHealth accounts={list} />}
      {!isNew && (
        <>
          <ProblemNote problem={figures.problem.value} retry={figures.load} />
          {shown && <Today days={shown.days} byNow={figures.byNow.value} />}
          {waits ? (
            <WhatWaits items={waits} totals={backlog.totals.value} wide />
          ) : (
            <ProblemNote problem={backlog.problem.value} retry={backlog.load} />
          )}
          {shown && <Days title="Fourteen days" figures={shown} />}
          <div class="grid lg:grid-cols-2 gap-6 md:gap-8 items-start">
            {failed ? (
              <LastFailures messages={failed} />
            ) : (
              <ProblemNote problem={failures.problem.value} retry={failures.loadNewest} />
            )}
            <LastMessages />
          </div>
        </>
      )}
    </>
  )
}

function LastMessages() {
  const { accounts, recent } = useDesk()
  const messages = recent.items.value
  if (!messages) return <ProblemNote problem={recent.problem.value} retry={recent.loadNewest} />
  const several = (accounts.items.value?.length ?? 0) > 1
  return (
    <section class="card overflow-hidden min-w-0" aria-labelledby="home-messages">
      <SectionHead id="home-messages" title="Last messages" to={paths.messages} />
      {messages.map((message) => (
        <MessageRow
          key={message.id}
          message={message}
          href={`/messages/${message.id}`}
          via={several ? accountName(accounts.find(message.account_id ?? '')) : undefined}
        />
      ))}
    </section>
  )
}

/** The shapes of what comes, as large as it will be. */
function Coming() {
  return (
    <div class="stack gap-6 md:gap-8" role="status">
      <span class="seen-by-readers">Loading…</span>
      {[148, 210, 380].map((height) => (
        <div key={height} class="bone" style={{ height: `${height}px`, borderRadius: '18px' }} />
      ))}
    </div>
  )
}
