// The bare equivalent of accepting: one Elysia route that commits the same rows and does nothing else. A process of its own.
import { join } from 'node:path'
import { Elysia, t } from 'elysia'
import { openDatabase } from '../../src/database/open.ts'
import { createLog } from '../../src/log.ts'

const config = {
  dataDir: join(process.cwd(), 'data'),
  databaseUrl: process.env.DATABASE_URL || null,
  databaseOwnerUrl: null,
}
const database = await openDatabase({ config, carried: null, log: createLog('silent') })
const { sql } = database
const userId = Bun.randomUUIDv7()
const accountId = Bun.randomUUIDv7()
await sql`insert into users (id, email, password_hash) values (${userId}, 'bare@example.com', '')`
await sql`insert into accounts (id, user_id, name) values (${accountId}, ${userId}, 'bare')`
const requestHash = new Uint8Array(32)

/** Row, event and (where a key came) idempotency row in one statement: the quickest transaction there is. */
async function commit(number: string, message: string, key: string | undefined): Promise<string> {
  const id = Bun.randomUUIDv7()
  const expiresAt = new Date(Date.now() + 86_400_000)
  await sql`
    with message as (
      insert into message_logs (id, user_id, account_id, receiver_number, chat_id, message_body, status, source,
        priority, expires_at)
      values (${id}, ${userId}, ${accountId}, ${number}, ${`${number.slice(1)}@c.us`}, ${message}, 'queued', 'api', 1,
        ${expiresAt})
    ) ${
      key
        ? sql`, used as (
            insert into idempotency_keys (user_id, key, request_hash, message_id, expires_at)
            values (${userId}, ${key}, ${requestHash}, ${id}, ${expiresAt})
          )`
        : sql``
    }
    insert into events (id, user_id, account_id, message_id, type, data)
    values (${Bun.randomUUIDv7()}, ${userId}, ${accountId}, ${id}, 'message.status', ${sql.json({ status: 'queued' })})`
  return id
}

const server = new Elysia()
  .post(
    '/send',
    async ({ body, headers, set }) => {
      const id = await commit(body.number, body.message, headers['idempotency-key'])
      set.status = 202
      return { id, status: 'queued', account_id: accountId, to: body.number }
    },
    { body: t.Object({ number: t.String(), message: t.String() }) },
  )
  .listen({ hostname: '127.0.0.1', port: 0 })
process.stdout.write(`up at http://127.0.0.1:${server.server?.port}\n`)

// Ends with whoever started it.
await Bun.stdin.stream().pipeTo(new WritableStream())
await server.stop(true)
await database.close()
process.exit(0)
