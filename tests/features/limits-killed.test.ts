// The limit over a real SIGKILL: never more within the minute, and at most one block fewer.
import { afterAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { connect } from '../../src/database/connect.ts'
import { embeddedFolder, superuser } from '../../src/database/embedded.ts'
import { loginBySocket } from '../../src/database/login.ts'
import { type Caller, caller } from '../support/app.ts'
import { fromSource, makeFolder, startProduct } from '../support/product.ts'

const { folder, remove } = makeFolder()
afterAll(remove)

const ADMIN = { email: 'admin@example.com', password: 'a long pass phrase' }
const LIMIT = 60

const start = () =>
  startProduct({
    command: fromSource,
    folder,
    env: { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password, LOG_LEVEL: 'warn' },
  })

/** How many of so many sends at once are taken. */
async function sendAtOnce(program: Caller, tries: number): Promise<number> {
  const send = () => program.call('POST', '/api/messages/send', { number: '+491511111111', message: 'Hello' })
  const answers = await Promise.all(Array.from({ length: tries }, send))
  return answers.filter(({ status }) => status === 202).length
}

test('a killed server has forgotten nothing that was sent', async () => {
  const first = await start()
  const { token, user } = (await caller(first.url, {}).call('POST', '/api/auth/login', ADMIN)).body
  const me = caller(first.url, { authorization: `Bearer ${token}` })
  const { key } = (await me.call('POST', '/api/keys', { name: 'program' })).body
  const login = loginBySocket(embeddedFolder(join(folder, 'data')), superuser, 'botwave')
  const owner = connect(login, { max: 1, everybody: true })
  await owner`insert into accounts (id, user_id, name, phone, linked_at)
    values (${Bun.randomUUIDv7()}, ${user.id}, 'linked', '491500000001', now())`
  await owner.end()

  const program = (url: string) => caller(url, { authorization: `Bearer ${key}` })
  const startedAt = performance.now()
  const before = await sendAtOnce(program(first.url), 33)
  expect(before).toBe(33)
  first.child.kill('SIGKILL')
  await first.child.exited

  const second = await start()
  const after = await sendAtOnce(program(second.url), 80)
  // All within the same minute, or it says nothing.
  expect(performance.now() - startedAt).toBeLessThan(60_000)
  expect(before + after).toBeLessThanOrEqual(LIMIT)
  expect(before + after).toBeGreaterThanOrEqual(LIMIT - LIMIT / 10)
  await second.stop()
})
