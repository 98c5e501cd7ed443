// Asks what a new API key is for, what it may do, and for how long.
import { useState } from 'preact/hooks'
import type { Scope } from '../../src/rules/api-key.ts'
import { useDesk } from '../desk.ts'
import { accountName } from './account-bits.tsx'
import { Dialog, useAction } from './dialog.tsx'
import { ProblemNote } from './feedback.tsx'
import { Check, Field } from './field.tsx'

const DAY_MS = 86_400_000

/** The scopes of the API, in words. */
const SCOPE_CHOICES: [scope: Scope, words: string][] = [
  ['send', 'Send messages'],
  ['read', 'Read messages, files, accounts and events'],
  ['accounts', 'Link, pace and stop accounts'],
  ['webhooks', 'Manage webhooks'],
]
const ADMIN_CHOICE: (typeof SCOPE_CHOICES)[number] = ['admin', 'Manage people and settings']

export function NewKey({ onClose }: { onClose: () => void }) {
  const { accounts, keys, session } = useDesk()
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<Scope[]>(['send'])
  const [account, setAccount] = useState('')
  const [days, setDays] = useState('')
  const { busy, problem, run } = useAction()
  const list = accounts.items.value ?? []
  const choices = session.isAdmin.value ? [...SCOPE_CHOICES, ADMIN_CHOICE] : SCOPE_CHOICES

  function create() {
    return keys.create({
      name: name.trim(),
      scopes,
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
        <fieldset class="stack gap-1">
          <legend class="label-text p-0 mb-1">It may</legend>
          {choices.map(([scope, words]) => (
            <Check
              key={scope}
              label={words}
              checked={scopes.includes(scope)}
              set={(on) => setScopes(on ? [...scopes, scope] : scopes.filter((one) => one !== scope))}
            />
          ))}
        </fieldset>
        {list.length > 1 && (
          <Field label="With which accounts">
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
          <button type="submit" class="btn-primary" disabled={busy || scopes.length === 0}>
            Create key
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
