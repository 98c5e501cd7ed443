// Calls of admins: people, invitations, everybody's accounts, and who did what.
import type { Treaty } from '@elysia/eden/treaty2'
import type { Account, Client, Exactly, Known } from '../api.ts'
import type { ListPage } from '../stores/pages.ts'

export type Person = Exactly<
  Treaty.Data<Client['users']['get']>['items'][number],
  { role: 'admin' | 'user'; status: 'active' | 'suspended' }
>
export type PeopleCounts = Treaty.Data<Client['users']['get']>['counts']
export type Invitation = Treaty.Data<Client['invitations']['get']>['items'][number]
export type Removal = Treaty.Data<ReturnType<Client['users']>['deletion']['get']>
export type OwnedAccount = Account &
  Pick<
    Treaty.Data<Client['admin']['accounts']['get']>['items'][number],
    'user_id' | 'user_email' | 'memory_mb' | 'started_at' | 'uptime_s'
  >
export type Act = Treaty.Data<Client['activity']['get']>['items'][number]

export interface PeopleFilter {
  q?: string
  role?: string
  status?: string
}

export interface OwnedAccountFilter {
  q?: string
  state?: string
  user_id?: string
}

export interface ActivityFilter {
  all?: string
  q?: string
  action?: string
  from?: string
  to?: string
}

export interface PersonChange {
  role?: Person['role']
  status?: Person['status']
  /** Sends a minute; null: the default of the settings. */
  rate_limit?: number | null
}

type Paged = { after?: string; limit?: number }

export function peopleCalls(client: Client, known: Known) {
  const user = (id: string) => client.users({ id })
  const connection = (id: string) => client.admin.accounts({ id }).connection
  return {
    listPeople: (query: PeopleFilter & Paged) =>
      known<ListPage<Person> & { counts: PeopleCounts }>(client.users.get({ query: query as object })),
    updatePerson: (id: string, change: PersonChange) => known<Person>(user(id).patch(change)),
    /** A link with which they choose a new password; in this answer and never again. */
    makeResetLink: (id: string, form: { ends_second_factor: boolean }) =>
      known<{ link: string; expires_at: string }>(user(id)['password-reset'].post(form)),
    previewRemoval: (id: string) => known<Removal>(user(id).deletion.get()),
    removePerson: (id: string, confirm: string) => known<void>(user(id).delete({ confirm })),

    listInvitations: () => known<ListPage<Invitation>>(client.invitations.get({ query: { limit: 100 } })),
    /** Mailed, or with its link in this answer and never again. */
    invite: (form: { email: string; role: Person['role']; mail?: boolean }) =>
      known<Invitation & { mailed: boolean; link: string | null }>(client.invitations.post(form)),
    revokeInvitation: (id: string) => known<void>(client.invitations({ id }).delete()),

    listEverybodysAccounts: (query: OwnedAccountFilter & Paged) =>
      known<ListPage<OwnedAccount> & { counts: Record<string, number> }>(
        client.admin.accounts.get({ query: query as object }),
      ),
    restartAccount: (id: string) => known<{ state: Account['state'] }>(connection(id).post()),
    stopAccount: (id: string) => known<{ state: Account['state'] }>(connection(id).delete()),

    listActivity: (query: ActivityFilter & Paged) =>
      known<ListPage<Act>>(client.activity.get({ query: query as object })),
  }
}
