// A person as admins see them.
import { t } from 'elysia'
import { iso, whole } from '../http/shape.ts'
import type { ListedUser } from './list.ts'

export const userShape = t.Object({
  id: t.String(),
  email: t.String(),
  role: t.String(),
  status: t.String(),
  rate_limit: t.Nullable(whole({ description: 'Sends a minute; null: the default of the settings.' })),
  created_at: t.String(),
  last_sign_in_at: t.Nullable(t.String()),
  accounts: whole(),
  accounts_ready: whole(),
  keys: whole(),
  messages_today: whole({ description: 'Handed in within the last 24 hours.' }),
})

export function viewUser(user: ListedUser) {
  const { id, email, role, status, rate_limit, accounts, accounts_ready, keys, messages_today } = user
  return {
    id,
    email,
    role,
    status,
    rate_limit,
    created_at: user.created_at.toISOString(),
    last_sign_in_at: iso(user.last_sign_in_at),
    accounts,
    accounts_ready,
    keys,
    messages_today,
  }
}
