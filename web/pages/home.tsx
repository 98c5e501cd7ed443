// The first look: what to do first, how the accounts are, what was sent last.
import { useEffect } from 'preact/hooks'
import type { Account } from '../api.ts'
import { useDesk } from '../desk.ts'
import { paths } from '../paths.ts'
import { AccountRow, accountName } from '../ui/account-bits.tsx'
import { Empty, ProblemNote, Skeleton } from '../ui/feedback.tsx'
import { Icon } from '../ui/icon.tsx'
import { MessageRow } from '../ui/message-bits.tsx'
import { Page } from '../ui/shell.tsx'

export function Home() {
  const { accounts, recent, keys } = useDesk()
  useEffect(() => {
    void accounts.load()
    void keys.load()
    void recent.show({})
    return recent.rest
  }, [])

  const list = accounts.items.value
  const messages = recent.items.value
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
      <ProblemNote problem={accounts.problem.value} retry={accounts.load} />
      <Checklist />
      <div class="grid lg:grid-cols-2 gap-6 items-start">
        <section class="card overflow-hidden min-w-0" aria-labelledby="home-accounts">
          <SectionHead id="home-accounts" title="Accounts" to={paths.accounts} />
          {list === null ? (
            <div class="p-5 pt-0">
              <Skeleton rows={2} />
            </div>
          ) : list.length ? (
            list.slice(0, 6).map((account) => <AccountRow key={account.id} account={account} />)
          ) : (
            <Empty icon="phone" title="No account yet">
              Once a WhatsApp is linked, its state is shown here.
            </Empty>
          )}
        </section>
        <section class="card overflow-hidden min-w-0" aria-labelledby="home-messages">
          <SectionHead id="home-messages" title="Last messages" to={paths.messages} />
          {messages === null ? (
            <div class="p-5 pt-0">
              {recent.problem.value ? (
                <ProblemNote problem={recent.problem.value} retry={recent.loadNewest} />
              ) : (
                <Skeleton rows={3} height={52} />
              )}
            </div>
          ) : messages.length ? (
            messages.map((message) => (
              <MessageRow
                key={message.id}
                message={message}
                href={`/messages/${message.id}`}
                via={
                  list && list.length > 1 ? accountName(accounts.find(message.account_id ?? '')) : undefined
                }
              />
            ))
          ) : (
            <Empty icon="chat" title="Nothing sent yet">
              Messages from here and from the API appear with their status.
            </Empty>
          )}
        </section>
      </div>
    </Page>
  )
}

function SectionHead({ id, title, to }: { id: string; title: string; to: string }) {
  return (
    <header class="row px-5 pt-4 pb-2">
      <h2 id={id} class="section-title flex-1">
        {title}
      </h2>
      <a href={to} class="btn-quiet -mr-3">
        See all
        <Icon name="right" size={16} />
      </a>
    </header>
  )
}

/** Stays until everything on it is done; what is done is seen, not clicked. */
function Checklist() {
  const { accounts, recent, keys } = useDesk()
  const list = accounts.items.value
  if (!list || recent.items.value === null || keys.items.value === null) return null
  const linked = list.some((account) => account.linked_at)
  const first = list.find((account) => !account.linked_at)
  const steps = [
    {
      done: linked,
      title: 'Link your WhatsApp',
      words: 'Scan a code with your phone, as for WhatsApp Web.',
      to: first ? `/accounts/${first.id}` : `${paths.accounts}?add=1`,
      verb: first ? 'Go on linking' : 'Add an account',
    },
    {
      done: recent.items.value.some((message) => message.direction === 'out'),
      title: 'Send your first message',
      words: 'To yourself, perhaps, and watch it arrive.',
      to: paths.compose,
      verb: 'Write it',
    },
    {
      done: keys.items.value.length > 0,
      title: 'Make an API key',
      words: 'Then one web address sends from any program.',
      to: paths.keys,
      verb: 'Make a key',
    },
  ]
  const done = steps.filter((step) => step.done).length
  if (done === steps.length) return null
  const current = steps.findIndex((step) => !step.done)

  return (
    <section class="card-pad stack gap-5" aria-labelledby="first-steps">
      <header class="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h2 id="first-steps" class="section-title flex-1">
          First steps
        </h2>
        <p class="hint num">
          {done} of {steps.length} done
        </p>
      </header>
      <ol class="grid md:grid-cols-3 gap-3">
        {steps.map((step, index) => (
          <li key={step.title} class={`well p-4 stack gap-1 ${index === current ? 'step-now' : ''}`}>
            <span
              class={`avatar w-9! h-9! text-sm! mb-2 ${step.done ? 'bg-accent text-accent-on' : 'tone-neutral'}`}
            >
              {step.done ? <Icon name="check" size={18} /> : index + 1}
            </span>
            <h3 class="m-0 text-base font-semibold">
              {step.title}
              {step.done && <span class="seen-by-readers"> (done)</span>}
            </h3>
            <p class="text-sm text-ink-soft flex-1">{step.words}</p>
            {!step.done && (
              <a href={step.to} class={`${index === current ? 'btn-primary' : 'btn-plain'} mt-3 self-start`}>
                {step.verb}
              </a>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}

function healthSentence(list: Account[]): string {
  const working = list.filter((account) => account.state === 'ready').length
  const needing = list.filter((account) => needsSomebody(account)).length
  if (list.length === 0) return 'Let us get your first WhatsApp linked.'
  if (needing > 0) return needing === 1 ? 'One account needs you.' : `${needing} accounts need you.`
  if (working === list.length)
    return list.length === 1 ? 'Your account is connected.' : `All ${working} accounts are connected.`
  return `${working} of ${list.length} accounts connected.`
}

function needsSomebody({ state }: Account): boolean {
  return ['action_required', 'conflict', 'logged_out', 'qr_expired', 'failed', 'qr', 'pairing'].includes(
    state,
  )
}
