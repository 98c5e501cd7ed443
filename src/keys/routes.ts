// API keys: made, listed, changed, rotated, revoked, and what each was used for; shown whole only once.
import { Elysia, t } from 'elysia'
import type { ISql } from 'postgres'
import { listAccounts } from '../accounts/store.ts'
import { recordActivity } from '../activity/store.ts'
import type { AsPerson } from '../database/tenancy.ts'
import type { Hub } from '../events/hub.ts'
import type { EventRow } from '../events/record.ts'
import type { Caller, Callers } from '../http/callers.ts'
import type { Guard } from '../http/guard.ts'
import { Problem } from '../http/problem.ts'
import { body, isUuid, nothing, problem, problems } from '../http/shape.ts'
import { formatApiKey } from '../rules/api-key.ts'
import { isNetwork } from '../rules/networks.ts'
import { hashSecret } from '../rules/secret-hash.ts'
import {
  type ApiKey,
  countKeys,
  createKey,
  findKey,
  listKeyRequests,
  listKeys,
  revokeKey,
  rotateKey,
  updateKey,
} from './store.ts'
import type { KeyUse } from './use.ts'
import { DEFAULT_GRACE_S, keyChange, keyRequest, keyShape, newKey, rotation, viewKey } from './view.ts'

export interface KeyRouteParts {
  asPerson: AsPerson
  hub: Hub
  guard: Guard
  callers: Callers
  keyUse: KeyUse
  addressOf: (request: Request) => string | null
}

const MAX_KEYS = 100

export function keyRoutes({ asPerson, hub, guard, callers, keyUse, addressOf }: KeyRouteParts) {
  /** What happened to a key, and who did it, in one transaction; acts at once. */
  async function act<T extends { key: ApiKey; events: EventRow[] }>(
    { caller, request }: { caller: Caller; request: Request },
    action: string,
    work: (tx: ISql) => Promise<T>,
  ): Promise<ApiKey> {
    const { key, events } = await asPerson(caller.userId, async (tx) => {
      const done = await work(tx)
      await recordActivity(tx, {
        userId: caller.userId,
        userEmail: caller.email,
        action,
        details: { key_id: done.key.id },
        ip: addressOf(request),
      })
      return done
    })
    callers.forget()
    hub.publish(events)
    return key
  }

  return new Elysia({ name: 'keys', normalize: false, detail: { tags: ['API keys'] } })
    .use(guard)
    .get(
      '/api/keys',
      async ({ caller }) => {
        await keyUse.write()
        const keys = await asPerson(caller.userId, (tx) => listKeys(tx, caller.userId))
        return { items: keys.map((key) => viewKey(key)) }
      },
      {
        who: 'session',
        response: { 200: t.Object({ items: t.Array(t.Object(keyShape)) }), ...problems },
        detail: { summary: 'Your API keys' },
      },
    )
    .post(
      '/api/keys',
      async ({ caller, body, request, set }) => {
        const { name, scopes = ['send'], account_ids = null, addresses = null, expires_at = null } = body
        if (scopes.includes('admin') && caller.role !== 'admin') throw new Problem('scope_not_allowed')
        refuseBadLimits({ addresses, expires_at })
        const { key, ...text } = newText()
        const made = await act({ caller, request }, 'key.created', async (tx) => {
          if (account_ids) await refuseForeignAccounts(tx, caller.userId, account_ids)
          if ((await countKeys(tx, caller.userId)) >= MAX_KEYS) throw new Problem('too_many_keys')
          return createKey(tx, {
            ...text,
            userId: caller.userId,
            name: name.trim(),
            scopes: [...new Set(scopes)],
            accountIds: account_ids,
            addresses,
            expiresAt: expires_at === null ? null : new Date(expires_at),
          })
        })
        set.status = 201
        return { ...viewKey(made), key }
      },
      {
        who: 'session',
        body: body(newKey),
        response: {
          201: t.Object({ ...keyShape, key: t.String() }),
          404: problem,
          409: problem,
          ...problems,
        },
        detail: { summary: 'Make an API key', description: 'The key is in this answer and never again.' },
      },
    )
    .patch(
      '/api/keys/:id',
      async ({ caller, params, body, request }) => {
        const { name, account_ids, addresses, expires_at } = body
        refuseBadLimits({ addresses: addresses ?? null, expires_at: expires_at ?? null })
        const id = readId(params.id)
        const change = {
          name: name?.trim(),
          account_ids,
          addresses,
          expires_at: typeof expires_at === 'string' ? new Date(expires_at) : expires_at,
        }
        const changed = await act({ caller, request }, 'key.changed', async (tx) => {
          if (account_ids) await refuseForeignAccounts(tx, caller.userId, account_ids)
          return found(await updateKey(tx, caller.userId, id, change))
        })
        return viewKey(changed)
      },
      {
        who: 'session',
        body: body(keyChange),
        response: { 200: t.Object(keyShape), 404: problem, ...problems },
        detail: {
          summary: 'Rename an API key, or change where and until when it works',
          description: 'Its scopes stay what they are: make another key for other scopes.',
        },
      },
    )
    .post(
      '/api/keys/:id/rotation',
      async ({ caller, params, body, request, set }) => {
        const id = readId(params.id)
        const { key, ...text } = newText()
        const previousEndsAt = new Date(Date.now() + (body?.grace_s ?? DEFAULT_GRACE_S) * 1000)
        const rotated = await act({ caller, request }, 'key.rotated', async (tx) =>
          found(await rotateKey(tx, caller.userId, id, { ...text, previousEndsAt })),
        )
        set.status = 201
        return { ...viewKey(rotated), key }
      },
      {
        who: 'session',
        body: t.Optional(t.Nullable(body(rotation))),
        response: { 201: t.Object({ ...keyShape, key: t.String() }), 404: problem, ...problems },
        detail: {
          summary: 'Give an API key a new text',
          description:
            'The old text works on for `grace_s` seconds. Never more than two work: with a second rotation within ' +
            'that time the oldest ends at once. An expired key is not rotated.',
        },
      },
    )
    .get(
      '/api/keys/:id/requests',
      async ({ caller, params }) => {
        const id = readId(params.id)
        await keyUse.write()
        return asPerson(caller.userId, async (tx) => {
          found(await findKey(tx, caller.userId, id))
          return { items: await listKeyRequests(tx, caller.userId, id) }
        })
      },
      {
        who: 'session',
        response: { 200: t.Object({ items: t.Array(keyRequest) }), 404: problem, ...problems },
        detail: {
          summary: 'The last hundred requests made with an API key, newest first',
          description: 'Without queries and bodies. Refused ones too.',
        },
      },
    )
    .delete(
      '/api/keys/:id',
      async ({ caller, params, request, set }) => {
        const id = readId(params.id)
        await act({ caller, request }, 'key.revoked', async (tx) => {
          const key = found(await findKey(tx, caller.userId, id))
          return { key, events: found(await revokeKey(tx, caller.userId, id)) }
        })
        set.status = 204
      },
      {
        who: 'session',
        response: { 204: nothing, 404: problem, ...problems },
        detail: { summary: 'Revoke an API key' },
      },
    )
}

function newText() {
  const { key, prefix } = formatApiKey(crypto.getRandomValues(new Uint8Array(40)))
  return { key, prefix, hash: hashSecret(key) }
}

function readId(id: string): string {
  if (!isUuid(id)) throw new Problem('key_not_found')
  return id
}

function found<T>(row: T | null): T {
  if (row === null) throw new Problem('key_not_found')
  return row
}

function refuseBadLimits(limits: { addresses: string[] | null; expires_at: string | null }): void {
  const wrong = limits.addresses?.find((address) => !isNetwork(address))
  if (wrong !== undefined) throw new Problem('address_invalid')
  if (limits.expires_at !== null && !(Date.parse(limits.expires_at) > Date.now()))
    throw new Problem('expires_at_invalid')
}

async function refuseForeignAccounts(sql: ISql, userId: string, ids: string[]): Promise<void> {
  const own = new Set((await listAccounts(sql, userId)).map((account) => account.id))
  if (!ids.every((id) => own.has(id))) throw new Problem('account_not_found')
}
