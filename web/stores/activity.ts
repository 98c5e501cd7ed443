// Who did what: a person's own, or everybody's for admins.
import type { Api } from '../api.ts'
import type { Act, ActivityFilter } from '../calls/people.ts'
import { createPages } from './pages.ts'

export type Activity = ReturnType<typeof createActivity>

export function createActivity(api: Api, { limit = 50 } = {}) {
  return createPages<Act, ActivityFilter>(api.listActivity, { limit })
}
