// The first admin: by the link once, however many try at once, or by the first boot's environment; and the way back in.
import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { type Caller, caller, PASSWORD, startTestApp } from '../support/app.ts'
import { runCommand, runImport } from '../support/command.ts'
import { createTestDatabase } from '../support/database.ts'
import { until } from '../support/product.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** A program that nobody has set up; what it logged, and how to start it again. */
async function startEmpty(env: Record<string, string> = {}) {
  const database = await createTestDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'botwave-first-'))
  undo.push(() => rmSync(dataDir, { recursive: true }))
  undo.push(() => database.drop())
  const lines: string[] = []
  const log = createLog('debug', { write: (line: string) => void lines.push(line) })
  const start = async (more: Record<string, string> = {}) => {
    const { sql, personal } = database
    const browser = { executable: '/nonexistent', flags: [], env: {}, sandbox: false }
    const app = await startApp({
      config: readConfig({ PORT: '0', DATA_DIR: dataDir, ...env, ...more }),
      log,
      sql,
      personal,
      browser: { ...browser, kind: 'chrome', origin: 'none' },
      carried: null,
      pages: Promise.resolve(new Map()),
    })
    let stopped = false
    const stop = async () => {
      if (!stopped) await app.stop()
      stopped = true
    }
    undo.push(stop)
    return { app, stop, stranger: caller(`http://127.0.0.1:${app.port}`, {}) as Caller }
  }
  return { database, dataDir, start, log: () => lines.join('') }
}

describe('the link', () => {
  test('makes one admin, however many try it at once, and nothing after', async () => {
    const { start, database, log } = await startEmpty()
    const { app, stranger } = await start()
    const token = app.setupLink!.split('#')[1]!
    const attempt = (n: number) =>
      stranger.call('POST', '/api/setup', { token, email: `admin${n}@example.com`, password: PASSWORD })
    expect((await stranger.call('GET', '/api/auth/me')).body.code).toBe('setup_needed')
    const forged = { token: 'made-up', email: 'a@example.com', password: PASSWORD }
    expect((await stranger.call('POST', '/api/setup', forged)).body.code).toBe('bad_setup_token')
    const answers = await Promise.all([1, 2, 3, 4].map(attempt))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(3).fill(expect.any(Number))])
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(await database.owner`select 1 from users`).toHaveLength(1)
    expect((await attempt(5)).body.code).toBe('already_set_up')
    expect(log()).not.toContain(token)
  })

  test('is a new one at each start, and the one before is dead', async () => {
    const { start } = await startEmpty()
    const first = await start()
    await first.stop()
    const second = await start()
    const old = { token: first.app.setupLink!.split('#')[1], email: 'a@example.com', password: PASSWORD }
    expect((await second.stranger.call('POST', '/api/setup', old)).body.code).toBe('bad_setup_token')
  })
})

describe('the environment', () => {
  const env = { ADMIN_EMAIL: 'Boss@Example.com', ADMIN_PASSWORD: 'a password of the first boot' }
  const login = { email: 'boss@example.com', password: env.ADMIN_PASSWORD }

  test('makes the admin at the first boot, and changes nothing at the next', async () => {
    const { start, database, log } = await startEmpty()
    const first = await start(env)
    expect(first.app.setupLink).toBeNull()
    expect((await first.stranger.call('POST', '/api/auth/login', login)).body.user.role).toBe('admin')
    const setup = { token: 'x', email: 'a@example.com', password: PASSWORD }
    expect((await first.stranger.call('POST', '/api/setup', setup)).body.code).toBe('already_set_up')
    await first.stop()
    const second = await start({
      ...env,
      ADMIN_EMAIL: 'other@example.com',
      ADMIN_PASSWORD: 'some other pass phrase',
    })
    expect(await database.owner`select email from users`).toEqual([{ email: 'boss@example.com' }] as never)
    expect((await second.stranger.call('POST', '/api/auth/login', login)).status).toBe(200)
    expect(log()).not.toContain(env.ADMIN_PASSWORD)
  })

  test('with a password that everybody tries stops the start with one sentence', async () => {
    const { start } = await startEmpty()
    expect(start({ ...env, ADMIN_PASSWORD: 'password12345' })).rejects.toThrow(/^ADMIN_PASSWORD must/)
  })
})

describe('botwave admin reset', () => {
  const linkIn = (output: string) => /(http\S+)#(\S+)/.exec(output)!

  test('beside a running server: a link for the only admin, without the second factor, once', async () => {
    const t = await startTestApp()
    undo.push(() => t.stop())
    await t.database.owner`
      insert into second_factors (user_id, seed, confirmed_at) values (${t.admin.id}, 'lost', now())`
    await t.database.owner`update users set status = 'suspended' where id = ${t.admin.id}`
    const run = await runCommand(t.database, ['admin', 'reset'], { PUBLIC_URL: 'https://botwave.example' })
    expect([run.code, run.errors]).toEqual([0, ''])
    expect(run.output).toStartWith('admin@example.com chooses a new password with this link')
    const [, page, token] = linkIn(run.output)
    expect(page).toBe('https://botwave.example/reset-password')
    const password = 'a pass phrase that is new'
    const use = () => t.stranger.call('PUT', '/api/auth/password-resets', { token, password })
    expect((await use()).status).toBe(204)
    expect((await use()).body.code).toBe('bad_token')
    const answer = await t.stranger.call('POST', '/api/auth/login', { email: t.admin.email, password })
    expect([answer.status, answer.body.user]).toEqual([
      200,
      expect.objectContaining({ role: 'admin', status: 'active' }),
    ])
  })

  test('says which admins there are where it cannot know, and makes nobody one', async () => {
    const t = await startTestApp()
    undo.push(() => t.stop())
    const person = await t.person()
    const none = await runCommand(t.database, ['admin', 'reset', 'nobody@example.com'])
    expect([none.code, none.errors]).toEqual([
      1,
      'Nobody has the address nobody@example.com; the admins are admin@example.com.\n',
    ])
    const user = await runCommand(t.database, ['admin', 'reset', person.email])
    expect([user.code, user.errors]).toEqual([1, expect.stringContaining('is no admin')])
    await t.database.owner`update users set role = 'admin' where id = ${person.id}`
    const several = await runCommand(t.database, ['admin', 'reset'])
    expect(several.errors).toContain(`say which: admin@example.com, ${person.email}.`)
    expect((await runCommand(t.database, ['admin', 'rest'])).code).toBe(1)
  })

  test('without any admin: the link of the setup page, for a server that is up already', async () => {
    const { start, database } = await startEmpty()
    const { stranger } = await start()
    const run = await runCommand(database, ['admin', 'reset'])
    const [, page, token] = linkIn(run.output)
    expect(page).toEndWith('/setup')
    const answer = await stranger.call('POST', '/api/setup', {
      token,
      email: 'a@example.com',
      password: PASSWORD,
    })
    expect(answer.status).toBe(201)
  })
})

test('an admin who comes over from an older installation sets a server up that is running', async () => {
  const { start, database } = await startEmpty()
  const { stranger } = await start()
  const email = 'admin@example.com'
  const password = 'their old password'
  const run = await runImport(database, 'import-users', [{ email, password, role: 'admin' }])
  expect(run.code).toBe(0)
  const signIn = () =>
    stranger.call('POST', '/api/auth/login', { email, password, new_password: 'a pass phrase that is new' })
  await until(async () => (await stranger.call('GET', '/api/public')).body.setup_needed === false)
  expect((await signIn()).body.user).toMatchObject({ email, role: 'admin' })
})
