// An API key as its owner sees it, and what they may ask of one.
import { t } from 'elysia'
import { id, iso, oneOf, time, whole } from '../http/shape.ts'
import { SCOPES } from '../rules/api-key.ts'
import type { ApiKey } from './store.ts'

const name = t.String({ minLength: 1, maxLength: 100, pattern: '\\S' })
const limits = {
  account_ids: t.Optional(
    t.Nullable(t.Array(id, { minItems: 1, maxItems: 100, description: 'Null: all your accounts.' })),
  ),
  addresses: t.Optional(
    t.Nullable(
      t.Array(t.String({ maxLength: 50 }), {
        minItems: 1,
        maxItems: 100,
        description: 'Addresses and networks (CIDR) that it may be used from. Null: anywhere.',
      }),
    ),
  ),
  expires_at: t.Optional(t.Nullable(time)),
}

export const newKey = {
  name,
  scopes: t.Optional(
    t.Array(oneOf(SCOPES), {
      minItems: 1,
      maxItems: 10,
      description: '`send` unless given. `admin` is for admins, and works only while they are.',
    }),
  ),
  ...limits,
}
export const keyChange = { name: t.Optional(name), ...limits }

/** Thirty days at most: a rotation that nobody finishes should end. */
export const rotation = {
  grace_s: t.Optional(
    whole({ minimum: 0, maximum: 30 * 86_400, description: 'Seconds that the old text works on; 86400.' }),
  ),
}
export const DEFAULT_GRACE_S = 86_400

export const keyShape = {
  id: t.String(),
  name: t.String(),
  prefix: t.String(),
  scopes: t.Array(t.String()),
  account_ids: t.Nullable(t.Array(t.String())),
  addresses: t.Nullable(t.Array(t.String())),
  created_at: t.Nullable(t.String()),
  expires_at: t.Nullable(t.String()),
  last_used_at: t.Nullable(t.String()),
  needs_rotation: t.Boolean({ description: 'It came from an older installation in the clear: rotate it.' }),
  previous: t.Nullable(t.Object({ prefix: t.String(), expires_at: t.String() }), {
    description: 'The text before the last rotation, while it still works.',
  }),
}

export const keyRequest = t.Object({
  at: t.String(),
  method: t.String(),
  path: t.String({ description: 'Without the query; numbers are hidden.' }),
  status: whole(),
  ip_address: t.Nullable(t.String()),
})

export function viewKey(key: ApiKey, now = new Date()) {
  const { id, name, prefix, scopes, account_ids, addresses, needs_rotation } = key
  const { previous_prefix, previous_expires_at } = key
  return {
    id,
    name,
    prefix,
    scopes,
    account_ids,
    addresses,
    needs_rotation,
    created_at: iso(key.created_at),
    expires_at: iso(key.expires_at),
    last_used_at: iso(key.last_used_at),
    previous:
      previous_prefix && previous_expires_at && previous_expires_at > now
        ? { prefix: previous_prefix, expires_at: previous_expires_at.toISOString() }
        : null,
  }
}
