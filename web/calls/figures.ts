// Calls for figures: what became of messages, and what waits.
import type { Treaty } from '@elysia/eden/treaty2'
import type { Client, Known } from '../api.ts'

export type Figures = Treaty.Data<Client['analytics']['get']>
/** Each later one is part of the earlier: what was read was delivered, what was delivered was sent. */
export type Counts = Figures['total']
export type Day = Figures['days'][number]
export type Backlog = Treaty.Data<Client['queue']['get']>['items'][number]

export interface FiguresQuery {
  /** Everybody's, for admins. */
  all?: boolean
  user_id?: string
  account_id?: string
  from: string
  to?: string
  time_zone: string
}

export function figureCalls(client: Client, known: Known) {
  return {
    readFigures: (query: FiguresQuery) => known<Figures>(client.analytics.get({ query })),
    listQueue: (query: { all?: boolean }) => known<{ items: Backlog[] }>(client.queue.get({ query })),
  }
}
