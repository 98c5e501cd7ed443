// One person, for admins: role and limit, letting them in or not, a link for a new password, and removing them.
import { useState } from 'preact/hooks'
import type { Person, PersonChange } from '../calls/people.ts'
import { useDesk } from '../desk.ts'
import { fullTime } from '../format.ts'
import { paths } from '../paths.ts'
import { Confirm, Dialog, useAction } from './dialog.tsx'
import { Note, ProblemNote } from './feedback.tsx'
import { Check, Field } from './field.tsx'
import { OnceLink } from './once-link.tsx'
import { RemovePerson } from './remove-person.tsx'

export function PersonDrawer({ person, onClose }: { person: Person; onClose: () => void }) {
  const { session } = useDesk()
  const isMe = session.user.value?.id === person.id
  return (
    <Dialog title={person.email} kind="drawer" onClose={onClose}>
      <Facts person={person} />
      {isMe && (
        <Note tone="info" icon="info">
          This is you. Another admin can change your role, suspend or remove you.
        </Note>
      )}
      <Rights person={person} isMe={isMe} />
      {!isMe && <Actions person={person} />}
    </Dialog>
  )
}

function Facts({ person }: { person: Person }) {
  return (
    <dl class="facts">
      <dt>Status</dt>
      <dd>
        <span class={`pill ${person.status === 'active' ? 'tone-good' : 'tone-warn'}`}>
          {person.status === 'active' ? 'Active' : 'Suspended'}
        </span>
      </dd>
      <dt>Accounts</dt>
      <dd class="num">
        {person.accounts === 0 ? (
          'None'
        ) : (
          <>
            {person.accounts_ready} of {person.accounts} connected{' '}
            <a href={`${paths.allAccounts}?user_id=${person.id}`}>Show</a>
          </>
        )}
      </dd>
      <dt>API keys</dt>
      <dd class="num">{person.keys}</dd>
      <dt>Messages in 24 h</dt>
      <dd class="num">{person.messages_today}</dd>
      <dt>Here since</dt>
      <dd class="num">{fullTime(person.created_at)}</dd>
      <dt>Last sign-in</dt>
      <dd class="num">{person.last_sign_in_at ? fullTime(person.last_sign_in_at) : 'None that lasts'}</dd>
    </dl>
  )
}

function Rights({ person, isMe }: { person: Person; isMe: boolean }) {
  const { people, notices } = useDesk()
  const [role, setRole] = useState(person.role)
  const [limit, setLimit] = useState(person.rate_limit === null ? '' : String(person.rate_limit))
  const { busy, problem, run } = useAction()
  const refused = problem?.fields.rate_limit ?? limitProblem(problem?.message)

  async function save(event: Event) {
    event.preventDefault()
    const change: PersonChange = { rate_limit: limit === '' ? null : Number(limit) }
    if (!isMe) change.role = role
    if (await run(() => people.change(person.id, change))) notices.say('Saved. It holds from now on.')
  }
  return (
    <form class="stack gap-4" onSubmit={save}>
      {!isMe && (
        <Field label="Role" hint="An admin sees and changes everything here.">
          {(control) => (
            <select
              {...control}
              value={role}
              onChange={(event) => setRole(event.currentTarget.value as Person['role'])}
            >
              <option value="user">User</option>
              <option value="admin">Admin</option>
            </select>
          )}
        </Field>
      )}
      <Field label="Messages a minute" hint="Empty: as set for everybody." problem={refused}>
        {(control) => (
          <input
            {...control}
            type="number"
            min={1}
            max={1_000_000}
            inputMode="numeric"
            value={limit}
            onInput={(event) => setLimit(event.currentTarget.value)}
          />
        )}
      </Field>
      {!refused && <ProblemNote problem={problem} />}
      <button type="submit" class="btn-plain self-start" disabled={busy}>
        Save
      </button>
    </form>
  )
}

/** The server names the ceiling in its sentence. */
function limitProblem(message: string | undefined): string | undefined {
  const [, ceiling] = message?.match(/^rate_limit: .*\((\d+)\)/) ?? []
  return ceiling && `The ceiling for one person is ${ceiling}; the settings raise it.`
}

function Actions({ person }: { person: Person }) {
  const [asking, setAsking] = useState<'status' | 'link' | 'removal' | null>(null)
  const close = () => setAsking(null)
  const active = person.status === 'active'
  return (
    <div class="stack gap-2 pt-2">
      <button type="button" class="btn-plain" disabled={!active} onClick={() => setAsking('link')}>
        Make a link for a new password
      </button>
      <button type="button" class={active ? 'btn-danger' : 'btn-plain'} onClick={() => setAsking('status')}>
        {active ? 'Suspend' : 'Let in again'}
      </button>
      <button type="button" class="btn-danger" onClick={() => setAsking('removal')}>
        Remove for good
      </button>
      {asking === 'status' && <ChangeStatus person={person} onClose={close} />}
      {asking === 'link' && <ResetLink person={person} onClose={close} />}
      {asking === 'removal' && <RemovePerson person={person} onClose={close} />}
    </div>
  )
}

function ChangeStatus({ person, onClose }: { person: Person; onClose: () => void }) {
  const { people, notices } = useDesk()
  const active = person.status === 'active'
  return (
    <Confirm
      title={active ? `Suspend ${person.email}?` : `Let ${person.email} in again?`}
      verb={active ? 'Suspend' : 'Let in again'}
      otherwise="Cancel"
      danger={active}
      onClose={onClose}
      act={async () => {
        await people.change(person.id, { status: active ? 'suspended' : 'active' })
        notices.say(active ? 'Suspended.' : 'They can sign in again.')
      }}
    >
      {active
        ? 'They are signed out at once, their keys are refused and their WhatsApp accounts stop. Nothing is deleted; waiting messages wait.'
        : 'They can sign in, their keys work again and their accounts connect.'}
    </Confirm>
  )
}

function ResetLink({ person, onClose }: { person: Person; onClose: () => void }) {
  const { people } = useDesk()
  const [ends, setEnds] = useState(false)
  const [link, setLink] = useState<string | null>(null)
  const { busy, problem, run } = useAction()
  return (
    <Dialog title="A link for a new password" onClose={onClose}>
      {link ? (
        <OnceLink
          link={link}
          words={`Give this to ${person.email}. It works once, for 30 minutes.`}
          onDone={onClose}
        />
      ) : (
        <form
          class="stack gap-5"
          onSubmit={(event) => {
            event.preventDefault()
            void run(async () =>
              setLink((await people.makeResetLink(person.id, { ends_second_factor: ends })).link),
            )
          }}
        >
          <p class="lead">
            Who opens it chooses a new password for {person.email}. Their old one works until then.
          </p>
          <Check
            label="It also switches off their second factor, for who lost the phone"
            checked={ends}
            set={setEnds}
          />
          <ProblemNote problem={problem} />
          <footer class="dialog-foot">
            <button type="button" class="btn-plain" onClick={onClose}>
              Cancel
            </button>
            <button type="submit" class="btn-primary" disabled={busy}>
              Make the link
            </button>
          </footer>
        </form>
      )}
    </Dialog>
  )
}
