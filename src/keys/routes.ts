// API keys: made, listed, revoked; shown whole only once.
import { Elysia, t } from 'elysia'
import type { ISql } from 'postgres'
import { listAccounts } from '../accounts/store.ts'
import { recordActivity } from '../activity/store.ts'
import type { AsPerson } from '../database/tenancy.ts'
import type { Hub } from '../events/hub.ts'
import type { Callers } from '../http/callers.ts'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { body, id, iso, isUuid, oneOf, problem, problems, time } from '../http/shape.ts'
import { formatApiKey, SCOPES } from '../rules/api-key.ts'
import { hashSecret } from '../rules/secret-hash.ts'
import { type ApiKey, createKey, listKeys, revokeKey } from './store.ts'

export interface KeyRouteParts {
  asPerson: AsPerson
  hub: Hub
  guard: Guard
  callers: Callers
  addressOf: (request: Request) => string | null
}

const shape = {
  id: t.String(),
  name: t.String(),
  prefix: t.String(),
  scopes: t.Array(t.String()),
  account_ids: t.Nullable(t.Array(t.String())),
  created_at: t.Nullable(t.String()),
  expires_at: t.Nullable(t.String()),
  last_used_at: t.Nullable(t.String()),
}

export function keyRoutes({ asPerson, hub, guard, callers, addressOf }: KeyRouteParts) {
  return new Elysia({ name: 'keys', normalize: false, detail: { tags: ['API keys'] } })
    .use(guard)
    .get(
      '/api/keys',
      async ({ caller }) => {
        const keys = await asPerson(caller.userId, (tx) => listKeys(tx, caller.userId))
        return { items: keys.map(view) }
      },
      {
        who: 'session',
        response: { 200: t.Object({ items: t.Array(t.Object(shape)) }), ...problems },
        detail: { summary: 'Your API keys' },
      },
    )
    .post(
      '/api/keys',
      async ({ caller, body, request, set }) => {
        const accountIds = body.account_ids ?? null
        const { key, prefix } = formatApiKey(crypto.getRandomValues(new Uint8Array(40)))
        const made = await asPerson(caller.userId, async (tx) => {
          if (accountIds) await refuseForeignAccounts(tx, caller.userId, accountIds)
          const made = await createKey(tx, {
            userId: caller.userId,
            name: body.name.trim(),
            prefix,
            hash: hashSecret(key),
            scopes: [...new Set(body.scopes ?? ['send'])],
            accountIds,
            expiresAt: body.expires_at ? new Date(body.expires_at) : null,
          })
          await recordActivity(tx, {
            userId: caller.userId,
            userEmail: caller.email,
            action: 'key.created',
            details: { key_id: made.key.id },
            ip: addressOf(request),
          })
          return made
        })
        hub.publish(made.events)
        set.status = 201
        return { ...view(made.key), key }
      },
      {
        who: 'session',
        body: body({
          name: t.String({ minLength: 1, maxLength: 100, pattern: '\\S' }),
          scopes: t.Optional(t.Array(oneOf(SCOPES), { minItems: 1, maxItems: 10 })),
          account_ids: t.Optional(t.Nullable(t.Array(id, { minItems: 1, maxItems: 100 }))),
          expires_at: t.Optional(t.Nullable(time)),
        }),
        response: { 201: t.Object({ ...shape, key: t.String() }), ...problems },
        detail: { summary: 'Make an API key', description: 'The key is in this answer and never again.' },
      },
    )
    .delete(
      '/api/keys/:id',
      async ({ caller, params, request, set }) => {
        if (!isUuid(params.id)) throw new Problem('key_not_found')
        const events = await asPerson(caller.userId, async (tx) => {
          const events = await revokeKey(tx, caller.userId, params.id)
          if (!events) throw new Problem('key_not_found')
          await recordActivity(tx, {
            userId: caller.userId,
            userEmail: caller.email,
            action: 'key.revoked',
            details: { key_id: params.id },
            ip: addressOf(request),
          })
          return events
        })
        callers.forget()
        hub.publish(events)
        set.status = 204
      },
      { who: 'session', response: { 404: problem, ...problems }, detail: { summary: 'Revoke an API key' } },
    )
}

async function refuseForeignAccounts(sql: ISql, userId: string, ids: string[]): Promise<void> {
  const own = new Set((await listAccounts(sql, userId)).map((account) => account.id))
  if (!ids.every((id) => own.has(id))) throw new Problem('account_not_found')
}

function view(key: ApiKey) {
  const { id, name, prefix, scopes, account_ids } = key
  return {
    id,
    name,
    prefix,
    scopes,
    account_ids,
    created_at: iso(key.created_at),
    expires_at: iso(key.expires_at),
    last_used_at: iso(key.last_used_at),
  }
}
