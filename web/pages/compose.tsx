// Writes one message, shows it as it will look, sends it and follows it until it is read.

import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso/router'
import { useDesk } from '../desk.ts'
import { checkNumber, loadNumbers, readableNumber } from '../number.ts'
import { paths } from '../paths.ts'
import { accountName } from '../ui/account-bits.tsx'
import { ComposePreview } from '../ui/compose-preview.tsx'
import { Empty, ProblemNote, Skeleton } from '../ui/feedback.tsx'
import { Field } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { Page } from '../ui/shell.tsx'
import { accountWord } from '../ui/status.tsx'

/** What WhatsApp takes in one text. */
const MAX_LENGTH = 65_536

export default function Compose() {
  const { accounts, compose } = useDesk()
  const { query } = useLocation()
  useEffect(() => {
    void accounts.load()
    void loadNumbers()
    if (query.account) compose.accountId.value = query.account
    if (query.number) compose.number.value = query.number
  }, [])

  const linked = accounts.items.value?.filter((account) => account.linked_at !== null) ?? null
  return (
    <Page title="New message" lead="It goes out through your phone's own WhatsApp.">
      <ProblemNote problem={accounts.problem.value} retry={accounts.load} />
      {linked === null ? (
        !accounts.problem.value && <Skeleton rows={3} />
      ) : linked.length === 0 ? (
        <div class="card">
          <Empty
            icon="link"
            title="First link a WhatsApp"
            action={
              <a href={`${paths.accounts}?add=1`} class="btn-primary">
                Add an account
              </a>
            }
          >
            Messages are sent by a linked account, and there is none yet.
          </Empty>
        </div>
      ) : (
        <div class="grid lg:grid-cols-[minmax(0,1fr)_400px] gap-6 items-start">
          <ComposeForm />
          <ComposePreview />
        </div>
      )}
    </Page>
  )
}

function ComposeForm() {
  const { accounts, compose } = useDesk()
  const linked = accounts.items.value?.filter((account) => account.linked_at !== null) ?? []
  const chosen = linked.find((account) => account.id === compose.accountId.value) ?? linked[0]
  const problem = compose.problem.value
  const atNumber =
    problem?.fields.number ?? (problem?.code.startsWith('invalid_number') ? problem.message : null)
  const atText = problem?.fields.message ?? (problem?.code.startsWith('message_') ? problem.message : null)
  const atTime = problem?.fields.send_at ?? (problem?.code === 'send_at_invalid' ? problem.message : null)

  return (
    <form
      class="card-pad stack gap-5"
      onSubmit={(event) => {
        event.preventDefault()
        compose.accountId.value = chosen?.id ?? null
        void compose.send()
      }}
    >
      <Field
        label="From"
        hint={
          chosen && chosen.state !== 'ready'
            ? `${accountWord(chosen.state)} right now. The message waits until it is connected.`
            : ''
        }
      >
        {(control) => (
          <select
            {...control}
            name="account"
            value={chosen?.id}
            onChange={(event) => {
              compose.accountId.value = event.currentTarget.value
            }}
          >
            {linked.map((account) => (
              <option key={account.id} value={account.id}>
                {accountName(account)}
                {account.name && account.phone ? ` · ${readableNumber(account.phone)}` : ''}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Recipient problem={atNumber} />
      <Field
        label="Message"
        problem={atText}
        hint={compose.text.value.length > MAX_LENGTH * 0.9 && `${compose.text.value.length} of ${MAX_LENGTH}`}
      >
        {(control) => (
          <textarea
            {...control}
            class={`${control.class} min-h-36 resize-y`}
            name="message"
            required
            maxLength={MAX_LENGTH}
            value={compose.text.value}
            onInput={(event) => {
              compose.text.value = event.currentTarget.value
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey))
                event.currentTarget.form?.requestSubmit()
            }}
          />
        )}
      </Field>
      <SendTime problem={atTime} />
      {!atNumber && !atText && !atTime && <ProblemNote problem={problem} />}
      <div class="flex flex-wrap items-center gap-4">
        <button type="submit" class="btn-primary px-6" disabled={compose.sending.value}>
          <Icon name={compose.sendAt.value ? 'clock' : 'send'} size={18} />
          {compose.sending.value ? 'Sending…' : compose.sendAt.value ? 'Schedule' : 'Send'}
        </button>
        <p class="hint hidden md:block">
          <kbd>Ctrl</kbd> + <kbd>Enter</kbd> sends too.
        </p>
      </div>
    </form>
  )
}

function Recipient({ problem }: { problem: string | null }) {
  const { compose, session } = useDesk()
  const [left, setLeft] = useState(false)
  const checked = checkNumber(compose.number.value, session.facts.value?.default_country ?? null)
  const early = left && checked && 'problem' in checked ? checked.problem : null
  return (
    <Field
      label="To"
      hint={
        checked && 'to' in checked
          ? `Reads as ${checked.to}`
          : 'A number with its country code, or a chat id.'
      }
      problem={problem ?? early}
    >
      {(control) => (
        <input
          {...control}
          name="number"
          inputMode="tel"
          required
          autocomplete="off"
          placeholder="+91 98765 43210"
          value={compose.number.value}
          onInput={(event) => {
            compose.number.value = event.currentTarget.value
            setLeft(false)
          }}
          onBlur={() => setLeft(true)}
        />
      )}
    </Field>
  )
}

function SendTime({ problem }: { problem: string | null }) {
  const { compose } = useDesk()
  if (compose.sendAt.value === null) {
    return (
      <button
        type="button"
        class="btn-quiet self-start -ml-4 -my-2"
        onClick={() => {
          compose.sendAt.value = inAnHour()
        }}
      >
        <Icon name="clock" size={18} />
        Send later
      </button>
    )
  }
  return (
    <Field label="Send at" hint="In your own time zone." problem={problem}>
      {(control) => (
        <div class="flex gap-2">
          <input
            {...control}
            type="datetime-local"
            name="send_at"
            required
            value={compose.sendAt.value ?? ''}
            onInput={(event) => {
              compose.sendAt.value = event.currentTarget.value
            }}
          />
          <button
            type="button"
            class="btn-plain shrink-0"
            onClick={() => {
              compose.sendAt.value = null
            }}
          >
            Send now
          </button>
        </div>
      )}
    </Field>
  )
}

/** `2026-03-01T14:30`, as the input wants it, in local time. */
function inAnHour(): string {
  const at = new Date(Date.now() + 3_600_000)
  at.setMinutes(at.getMinutes() - at.getTimezoneOffset())
  return at.toISOString().slice(0, 16)
}
