// Removing somebody for good: first what goes with them, then their address typed, then it is done.
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
  async function remove(event: Event) {
    event.preventDefault()
    if (!(await run(() => people.remove(person)))) return
    notices.say(`${person.email} is removed.`)
    onClose()
  }
  return (
    <form class="stack gap-5" onSubmit={remove}>
      <dl class="facts">
        <dt>Accounts</dt>
        <dd class="num">
          {removal.accounts}, of which {removal.linked_accounts} are logged out of WhatsApp
        </dd>
        <dt>Messages</dt>
        <dd class="num">{removal.messages} removed, with their events</dd>
        <dt>Files</dt>
        <dd class="num">{removal.files} removed</dd>
        <dt>API keys</dt>
        <dd class="num">{removal.keys} stop working</dd>
        <dt>Webhooks</dt>
        <dd class="num">{removal.webhooks} removed</dd>
        <dt>Sign-ins</dt>
        <dd class="num">{removal.sessions} end</dd>
        <dt>Activity</dt>
        <dd class="num">{removal.activity} entries stay in the log, with the address</dd>
      </dl>
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
