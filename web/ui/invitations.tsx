// Invitations: making one, and those that are still open.
import { useState } from 'preact/hooks'
import type { Invitation, Person } from '../calls/people.ts'
import { useDesk } from '../desk.ts'
import { relativeTime } from '../format.ts'
import { Dialog, useAction } from './dialog.tsx'
import { ProblemNote } from './feedback.tsx'
import { Field } from './field.tsx'
import { Icon } from './icon.tsx'
import { OnceLink } from './once-link.tsx'

export function Invite({ onClose }: { onClose: () => void }) {
  const { people, notices } = useDesk()
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Person['role']>('user')
  const [link, setLink] = useState<string | null>(null)
  const { busy, problem, run } = useAction()

  async function invite(event: Event) {
    event.preventDefault()
    let made: string | null = null
    const went = await run(async () => {
      made = await people.invite({ email: email.trim(), role })
    })
    if (!went) return
    if (made) return setLink(made)
    notices.say(`The invitation to ${email.trim()} is on its way.`)
    onClose()
  }
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      {link ? (
        <OnceLink
          link={link}
          words={`Give this link to ${email.trim()}. It works once, for seven days.`}
          onDone={onClose}
        />
      ) : (
        <form class="stack gap-5" onSubmit={invite}>
          <Field label="Email address" problem={problem?.fields.email}>
            {(control) => (
              <input
                {...control}
                type="email"
                name="invited-email"
                required
                autocomplete="off"
                value={email}
                onInput={(event) => setEmail(event.currentTarget.value)}
              />
            )}
          </Field>
          <Field label="Will be" hint="An admin sees and changes everything here.">
            {(control) => (
              <select
                {...control}
                value={role}
                onChange={(event) => setRole(event.currentTarget.value as Person['role'])}
              >
                <option value="user">A user</option>
                <option value="admin">An admin</option>
              </select>
            )}
          </Field>
          {!problem?.fields.email && <ProblemNote problem={problem} />}
          <footer class="dialog-foot">
            <button type="button" class="btn-plain" onClick={onClose}>
              Cancel
            </button>
            <button type="submit" class="btn-primary" disabled={busy}>
              Invite
            </button>
          </footer>
        </form>
      )}
    </Dialog>
  )
}

export function Invitations() {
  const { people } = useDesk()
  const list = people.invitations.value
  if (people.invitationsProblem.value) {
    return <ProblemNote problem={people.invitationsProblem.value} retry={people.loadInvitations} />
  }
  if (!list?.length) return null
  return (
    <section class="card overflow-hidden" aria-labelledby="invitations-title">
      <h2 id="invitations-title" class="section-title px-5 pt-5 pb-2">
        Open invitations
      </h2>
      <ul>
        {list.map((invitation) => (
          <li key={invitation.id}>
            <InvitationRow invitation={invitation} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function InvitationRow({ invitation }: { invitation: Invitation }) {
  const { people, notices } = useDesk()
  const { busy, problem, run } = useAction()
  async function revoke() {
    if (await run(() => people.revoke(invitation.id)))
      notices.say('Invitation revoked. Its link does nothing now.')
  }
  return (
    <div class="list-row">
      <div class="flex-1 min-w-0">
        <p class="font-semibold truncate">{invitation.email}</p>
        <p class="hint num">
          {invitation.role === 'admin' ? 'As an admin' : 'As a user'} · ends{' '}
          {relativeTime(invitation.expires_at)}
        </p>
        <ProblemNote problem={problem} />
      </div>
      <button
        type="button"
        class="btn-icon"
        aria-label={`Revoke the invitation to ${invitation.email}`}
        disabled={busy}
        onClick={revoke}
      >
        <Icon name="trash" />
      </button>
    </div>
  )
}
