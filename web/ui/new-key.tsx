// Asks what a new API key is for, and for how long.
import { useState } from 'preact/hooks'
import { useDesk } from '../desk.ts'
import { accountName } from './account-bits.tsx'
import { Dialog, useAction } from './dialog.tsx'
import { ProblemNote } from './feedback.tsx'
import { Field } from './field.tsx'

const DAY_MS = 86_400_000

export function NewKey({ onClose }: { onClose: () => void }) {
  const { accounts, keys } = useDesk()
  const [name, setName] = useState('')
  const [account, setAccount] = useState('')
  const [days, setDays] = useState('')
  const { busy, problem, run } = useAction()
  const list = accounts.items.value ?? []

  function create() {
    return keys.create({
      name: name.trim(),
      ...(account ? { account_ids: [account] } : {}),
      ...(days ? { expires_at: new Date(Date.now() + Number(days) * DAY_MS).toISOString() } : {}),
    })
  }

  return (
    <Dialog title="New API key" onClose={onClose}>
      <form
        class="stack gap-5"
        onSubmit={async (event) => {
          event.preventDefault()
          if (await run(create)) onClose()
        }}
      >
        <Field
          label="Name"
          hint="The program that will use it, such as Webshop."
          problem={problem?.fields.name}
        >
          {(control) => (
            <input
              {...control}
              name="name"
              required
              maxLength={60}
              autocomplete="off"
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        {list.length > 1 && (
          <Field label="May send with">
            {(control) => (
              <select
                {...control}
                value={account}
                onChange={(event) => setAccount(event.currentTarget.value)}
              >
                <option value="">Any of your accounts</option>
                {list.map((one) => (
                  <option key={one.id} value={one.id}>
                    Only {accountName(one)}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        <Field label="Works" problem={problem?.fields.expires_at}>
          {(control) => (
            <select {...control} value={days} onChange={(event) => setDays(event.currentTarget.value)}>
              <option value="">Until you delete it</option>
              <option value="30">For 30 days</option>
              <option value="90">For 90 days</option>
              <option value="365">For a year</option>
            </select>
          )}
        </Field>
        {!problem?.fields.name && !problem?.fields.expires_at && <ProblemNote problem={problem} />}
        <footer class="dialog-foot">
          <button type="button" class="btn-plain" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="btn-primary" disabled={busy}>
            Create key
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
