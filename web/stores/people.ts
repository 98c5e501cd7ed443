// Everybody, for admins: found, changed, invited and removed.
import { signal } from '@preact/signals'
import { type Api, type ApiProblem, asProblem } from '../api.ts'
import type { Invitation, PeopleCounts, PeopleFilter, Person, PersonChange } from '../calls/people.ts'
import { createPages } from './pages.ts'

export type People = ReturnType<typeof createPeople>

export function createPeople(api: Api, { limit = 40 } = {}) {
  /** Of everybody, whatever is searched for. */
  const counts = signal<PeopleCounts | null>(null)
  const invitations = signal<Invitation[] | null>(null)
  const invitationsProblem = signal<ApiProblem | null>(null)
  const list = createPages<Person, PeopleFilter>(
    async (query) => {
      const page = await api.listPeople(query)
      counts.value = page.counts
      return page
    },
    { limit },
  )

  async function loadInvitations() {
    try {
      invitations.value = (await api.listInvitations()).items
      invitationsProblem.value = null
    } catch (error) {
      invitationsProblem.value = asProblem(error)
    }
  }

  /** What the server says of them now stands in the list, even where it no longer fits the filter. */
  async function change(id: string, change: PersonChange) {
    const person = await api.updatePerson(id, change)
    list.patch((shown) => shown.id === id, person)
    return person
  }

  async function remove(person: Pick<Person, 'id' | 'email'>) {
    await api.removePerson(person.id, person.email)
    list.drop((shown) => shown.id === person.id)
    if (counts.value) counts.value = { ...counts.value, all: counts.value.all - 1 }
  }

  /** Resolves to the link where it was not mailed; nobody can read it again. */
  async function invite(form: {
    email: string
    role: Person['role']
    mail?: boolean
  }): Promise<string | null> {
    const { link } = await api.invite(form)
    await loadInvitations()
    return link
  }

  async function revoke(id: string) {
    await api.revokeInvitation(id)
    invitations.value = (invitations.value ?? []).filter((invitation) => invitation.id !== id)
  }

  function clear() {
    list.clear()
    counts.value = null
    invitations.value = null
    invitationsProblem.value = null
  }

  return {
    list,
    counts,
    invitations,
    invitationsProblem,
    loadInvitations,
    change,
    remove,
    invite,
    revoke,
    makeResetLink: api.makeResetLink,
    previewRemoval: api.previewRemoval,
    clear,
  }
}
