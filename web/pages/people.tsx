// Everybody on this server, for admins: found, invited, and opened to be changed.
import { useEffect, useState } from 'preact/hooks'
import type { PeopleCounts, Person } from '../calls/people.ts'
import { useDesk } from '../desk.ts'
import { relativeTime } from '../format.ts'
import { Empty } from '../ui/feedback.tsx'
import { Choice, Filters, Search, useAddressFilter } from '../ui/filters.tsx'
import { ForAdmins } from '../ui/for-admins.tsx'
import { Icon } from '../ui/icon.tsx'
import { Invitations, Invite } from '../ui/invitations.tsx'
import { PagedList } from '../ui/paged-list.tsx'
import { PersonDrawer } from '../ui/person-drawer.tsx'
import { Page } from '../ui/shell.tsx'

export default function People() {
  return (
    <ForAdmins title="People">
      <Everybody />
    </ForAdmins>
  )
}

const filterNames = ['q', 'role', 'status'] as const

function Everybody() {
  const { people } = useDesk()
  const { filter, inAddress, change } = useAddressFilter(filterNames)
  const [inviting, setInviting] = useState(false)
  const [openId, setOpenId] = useState<string | null>(null)
  const open = people.list.items.value?.find((person) => person.id === openId)
  useEffect(() => void people.list.show(filter), [inAddress])
  useEffect(() => void people.loadInvitations(), [])
  const set = (part: typeof filter) => change({ ...filter, ...part })

  return (
    <Page
      title="People"
      lead={people.counts.value ? countSentence(people.counts.value) : 'Everybody on this server.'}
      action={
        <button type="button" class="btn-primary" onClick={() => setInviting(true)}>
          <Icon name="plus" size={18} />
          Invite
        </button>
      }
    >
      <div class="stack gap-4">
        <Filters of="people" clear={inAddress !== '' && (() => change({}))}>
          <Search
            label="Search by email address"
            placeholder="Search by address"
            value={filter.q ?? ''}
            set={(q) => set({ q })}
          />
          <Choice
            label="Role"
            value={filter.role}
            all="Any role"
            options={[
              ['admin', 'Admins'],
              ['user', 'Users'],
            ]}
            set={(role) => set({ role })}
          />
          <Choice
            label="Status"
            value={filter.status}
            all="Active and suspended"
            options={[
              ['active', 'Active'],
              ['suspended', 'Suspended'],
            ]}
            set={(status) => set({ status })}
          />
        </Filters>
        <PagedList
          pages={people.list}
          more="people"
          filtered={inAddress !== ''}
          clear={() => change({})}
          none={<Empty icon="people" title="Nobody yet" />}
          keyOf={(person) => person.id}
          row={(person) => <PersonRow person={person} open={() => setOpenId(person.id)} />}
        />
      </div>
      <Invitations />
      {inviting && <Invite onClose={() => setInviting(false)} />}
      {open && <PersonDrawer key={open.id} person={open} onClose={() => setOpenId(null)} />}
    </Page>
  )
}

function PersonRow({ person, open }: { person: Person; open: () => void }) {
  const suspended = person.status === 'suspended'
  return (
    <button type="button" class="list-row w-full" onClick={open}>
      <span class={`avatar ${suspended ? 'tone-warn' : 'tone-good'}`} aria-hidden="true">
        {person.email.slice(0, 1).toUpperCase()}
      </span>
      <span class="flex-1 min-w-0">
        <span class="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span class="font-semibold truncate">{person.email}</span>
          {person.role === 'admin' && <span class="pill tone-info">Admin</span>}
          {suspended && <span class="pill tone-warn">Suspended</span>}
        </span>
        <span class="block text-sm text-ink-soft num">
          {accountWords(person)} · {person.messages_today} messages in 24&nbsp;h
        </span>
        <span class="block text-xs text-ink-faint num">
          {person.last_sign_in_at
            ? `Signed in ${relativeTime(person.last_sign_in_at)}`
            : 'No sign-in of late'}
        </span>
      </span>
      <Icon name="right" class="text-ink-faint" />
    </button>
  )
}

function accountWords({ accounts, accounts_ready }: Person): string {
  if (accounts === 0) return 'No account'
  return `${accounts} ${accounts === 1 ? 'account' : 'accounts'}, ${accounts_ready} connected`
}

function countSentence({ all, suspended, admins }: PeopleCounts): string {
  const people = all === 1 ? '1 person' : `${all} people`
  return `${people}: ${admins} ${admins === 1 ? 'admin' : 'admins'}, ${suspended} suspended.`
}
