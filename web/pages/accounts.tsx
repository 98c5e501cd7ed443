// All accounts of the person, and the way to one more.

import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso/router'
import { useDesk } from '../desk.ts'
import { paths } from '../paths.ts'
import { AccountRow } from '../ui/account-bits.tsx'
import { Dialog, useAction } from '../ui/dialog.tsx'
import { Empty, ProblemNote, Skeleton } from '../ui/feedback.tsx'
import { Field } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { Page } from '../ui/shell.tsx'

export default function Accounts() {
  const { accounts } = useDesk()
  const { query, route } = useLocation()
  const adding = query.add !== undefined
  const add = () => route(`${paths.accounts}?add=1`)
  useEffect(() => void accounts.load(), [])

  const list = accounts.items.value
  const button = (
    <button type="button" class="btn-primary" onClick={add}>
      <Icon name="plus" size={18} />
      Add account
    </button>
  )
  return (
    <Page
      title="Accounts"
      lead="Each account is one WhatsApp, linked like any other device."
      action={list && list.length > 0 && button}
    >
      <ProblemNote problem={accounts.problem.value} retry={accounts.load} />
      {list === null ? (
        !accounts.problem.value && <Skeleton rows={3} height={76} />
      ) : list.length ? (
        <ul class="card overflow-hidden">
          {list.map((account) => (
            <li key={account.id}>
              <AccountRow account={account} />
            </li>
          ))}
        </ul>
      ) : (
        <div class="card">
          <Empty icon="phone" title="Link your first WhatsApp" action={button}>
            You need the phone that has it. Nothing is installed there, and you can unlink it at any time.
          </Empty>
        </div>
      )}
      {adding && <AddDialog onClose={() => route(paths.accounts, true)} />}
    </Page>
  )
}

/** Makes the account and starts linking at once: the next thing to see is its QR code. */
function AddDialog({ onClose }: { onClose: () => void }) {
  const { accounts } = useDesk()
  const { route } = useLocation()
  const [name, setName] = useState('')
  const { busy, problem, run } = useAction()

  async function add() {
    const account = await accounts.create(name.trim())
    route(`/accounts/${account.id}`, true)
    await accounts.connect(account.id)
  }

  return (
    <Dialog title="Add an account" onClose={onClose}>
      <form
        class="stack gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          void run(add)
        }}
      >
        <Field
          label="Name"
          hint="For you alone, such as Shop or Support. You can leave it empty."
          problem={problem?.fields.name}
        >
          {(control) => (
            <input
              {...control}
              name="name"
              maxLength={60}
              autocomplete="off"
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        {!problem?.fields.name && <ProblemNote problem={problem} />}
        <footer class="dialog-foot">
          <button type="button" class="btn-plain" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="btn-primary" disabled={busy}>
            Add and link
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
