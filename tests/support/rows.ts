// People, keys and what belongs to them, made as rows: a hundred of them cost less than one sign-in.
import { createTokens } from '../../src/auth/tokens.ts'
import type { Thing } from '../../src/http/access.ts'
import { formatApiKey } from '../../src/rules/api-key.ts'
import { hashSecret } from '../../src/rules/secret-hash.ts'
import { createVault } from '../../src/vault.ts'
import { newSecret, sealSecret } from '../../src/webhooks/sealing.ts'
import type { TestApp } from './app.ts'

export interface PersonRow {
  id: string
  email: string
  /** Of a session of their own. */
  token: string
}

export interface Rows {
  person(options?: { role?: 'user' | 'admin'; status?: 'active' | 'suspended' }): Promise<PersonRow>
  /** A key of this person, whole. */
  key(userId: string, scopes: readonly string[]): Promise<string>
  /** A message of this account, as far as `change` says; its id. */
  message(userId: string, accountId: string, change?: Record<string, unknown>): Promise<string>
  /** Something that belongs to this person; its id. */
  thing(of: Thing, userId: string): Promise<string>
}

/** Where each kind of thing is kept. */
export const TABLES: Record<Thing, string> = {
  account: 'accounts',
  message: 'message_logs',
  key: 'api_keys',
  user: 'users',
  session: 'sessions',
  invitation: 'invitations',
  webhook: 'webhooks',
  file: 'files',
  template: 'templates',
}

export async function createRows({ database: { owner }, dataDir }: TestApp): Promise<Rows> {
  const tokens = createTokens(await Bun.file(`${dataDir}/jwt-secret`).text())
  const [admin] = await owner<{ password_hash: string }[]>`
    select password_hash from users where role = 'admin' limit 1`

  const rows: Rows = {
    async person({ role = 'user', status = 'active' } = {}) {
      const id = Bun.randomUUIDv7()
      const email = `row-${id}@example.com`
      const { password_hash } = admin!
      await owner`insert into users ${owner({ id, email, role, status, password_hash, rate_limit: 100_000 })}`
      const sessionId = Bun.randomUUIDv7()
      await owner`insert into sessions (id, user_id, expires_at) values (${sessionId}, ${id}, now() + interval '1 day')`
      return { id, email, token: (await tokens.sign({ sessionId, userId: id })).token }
    },
    async key(userId, scopes) {
      const { key, prefix } = formatApiKey(crypto.getRandomValues(new Uint8Array(40)))
      await owner`insert into api_keys ${owner({
        id: Bun.randomUUIDv7(),
        user_id: userId,
        name: 'row',
        prefix,
        key_hash: hashSecret(key),
        scopes: [...scopes],
      })}`
      return key
    },
    async message(userId, accountId, change = {}) {
      const id = Bun.randomUUIDv7()
      await owner`insert into message_logs ${owner({
        id,
        user_id: userId,
        account_id: accountId,
        receiver_number: '+491511111111',
        chat_id: '491511111111@c.us',
        message_body: 'From a row',
        status: 'failed',
        source: 'api',
        ...change,
      })}`
      return id
    },
    thing: (of, userId) => things[of](userId),
  }

  const things: Record<Thing, (userId: string) => Promise<string>> = {
    async account(userId) {
      const id = Bun.randomUUIDv7()
      await owner`insert into accounts (id, user_id, name, linked_at) values (${id}, ${userId}, 'Row', now())`
      return id
    },
    message: async (userId) => rows.message(userId, await rows.thing('account', userId)),
    async key(userId) {
      const key = await rows.key(userId, ['read'])
      const [row] = await owner<{ id: string }[]>`select id from api_keys where key_hash = ${hashSecret(key)}`
      return row!.id
    },
    user: async () => (await rows.person()).id,
    async session(userId) {
      const id = Bun.randomUUIDv7()
      await owner`insert into sessions (id, user_id, expires_at) values (${id}, ${userId}, now() + interval '1 day')`
      return id
    },
    async file(userId) {
      const id = Bun.randomUUIDv7()
      const sha256 = new Bun.CryptoHasher('sha256').update(id).digest('hex')
      await Bun.write(`${dataDir}/files/${sha256.slice(0, 2)}/${sha256}`, id)
      await owner`insert into files ${owner({
        id,
        user_id: userId,
        sha256,
        mime_type: 'text/plain',
        size_bytes: id.length,
        origin: 'upload',
      })}`
      return id
    },
    async template(userId) {
      const id = Bun.randomUUIDv7()
      const components = owner.json([{ type: 'BODY', text: 'Hello' }])
      await owner`insert into templates ${owner({ id, user_id: userId, name: 'row', language: 'en', components })}`
      return id
    },
    // With a delivery that waits, of an event with the same id.
    async webhook(userId) {
      const id = Bun.randomUUIDv7()
      const [event] = await owner<{ xid: string }[]>`
        insert into events (id, user_id, type) values (${id}, ${userId}, 'key.created') returning xid::text`
      const secret = sealSecret(createVault(dataDir), id, newSecret())
      await owner`insert into webhooks ${owner({ id, user_id: userId, url: 'http://127.0.0.1/', events: ['*'], secret })}`
      await owner`insert into webhook_deliveries (webhook_id, event_id, user_id, type, xid, next_try_at)
        values (${id}, ${id}, ${userId}, 'key.created', ${event!.xid}::xid8, now() + interval '1 hour')`
      return id
    },
    // Belongs to nobody: to be found by every admin.
    async invitation() {
      const id = Bun.randomUUIDv7()
      await owner`insert into invitations ${owner({
        id,
        email: `invited-${id}@example.com`,
        token_hash: hashSecret(id),
        expires_at: new Date(Date.now() + 86_400_000),
      })}`
      return id
    },
  }
  return rows
}
