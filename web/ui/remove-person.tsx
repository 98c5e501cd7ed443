// Removing somebody for good: first what goes with them, then their address typed, then it is done.
import { Fragment } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { type ApiProblem, asProblem } from '../api.ts'
import type { Person, Removal } from '../calls/people.ts'
import { useDesk } from '../desk.ts'
import { Dialog, useAction } from './dialog.tsx'
import { Note, ProblemNote, Skeleton } from './feedback.tsx'
import { Field } from './field.tsx'

export function RemovePerson({ person, onClose }: { person: Person; onClose: () => void }) {
  const { people } = useDesk()
  const [removal, setRemoval] = useState<Removal | null>(null)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  async function look() {
    setProblem(null)
    try {
      setRemoval(await people.previewRemoval(person.id))
    } catch (error) {
      setProblem(asProblem(error))
    }
  }
  useEffect(() => void look(), [])
  return (
    <Dialog title={`Remove ${person.email} for good?`} onClose={onClose}>
      <ProblemNote problem={problem} retry={look} />
      {removal ? (
        <Ask person={person} removal={removal} onClose={onClose} />
      ) : (
        !problem && <Skeleton rows={3} height={40} />
      )}
    </Dialog>
  )
}

function Ask({ person, removal, onClose }: { person: Person; removal: Removal; onClose: () => void }) {
  const { people, notices } = useDesk()
  const [typed, setTyped] = useState('')
  const { busy, problem, run } = useAction()
  const goes = goesWith(removal)
  async function remove(event: Event) {
    event.preventDefault()
    if (!(await run(() => people.remove(person)))) return
    notices.say(`${person.email} is removed.`)
    onClose()
  }
  return (
    <form class="stack gap-5" onSubmit={remove}>
      {goes.length > 0 && (
        <dl class="facts">
          {goes.map(([what, words]) => (
            <Fragment key={what}>
              <dt>{what}</dt>
              <dd class="num">{words}</dd>
            </Fragment>
          ))}
        </dl>
      )}
      <Note tone="bad" icon="alert">
        It cannot be undone. To lock somebody out and keep what they have, suspend them.
      </Note>
      <Field label={`Type ${removal.confirm} to go on`}>
        {(control) => (
          <input
            {...control}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        )}
      </Field>
      <ProblemNote problem={problem} />
      <footer class="dialog-foot">
        <button type="button" class="btn-plain" onClick={onClose}>
          Keep them
        </button>
        <button
          type="submit"
          class="btn-danger-full"
          disabled={busy || typed.trim().toLowerCase() !== removal.confirm.toLowerCase()}
        >
          {busy ? 'Removing…' : 'Remove for good'}
        </button>
      </footer>
    </form>
  )
}

/** What becomes of their data; what they have none of is left out. */
function goesWith(removal: Removal): [what: string, words: string][] {
  const { accounts, linked_accounts, messages, files, keys, webhooks, sessions, activity } = removal
  const rows: [string, number, string][] = [
    ['Accounts', accounts, `${accounts} removed, ${linked_accounts} of them logged out of WhatsApp`],
    ['Messages', messages, `${messages} removed, with their events`],
    ['Files', files, `${files} removed`],
    ['API keys', keys, `${keys} stop working`],
    ['Webhooks', webhooks, `${webhooks} removed`],
    ['Sign-ins', sessions, `${sessions} ended`],
    ['Activity', activity, `${activity} entries stay in the log, with the address`],
  ]
  return rows.filter(([, count]) => count > 0).map(([what, , words]) => [what, words])
}
