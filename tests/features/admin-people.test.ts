// What admins do to people, and what holds whatever they do: it acts at once, and somebody stays in charge.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { changeUser } from '../../src/users/change.ts'
import { shutOut } from '../../src/users/removal.ts'
import { caller, PASSWORD, startTestApp, type TestApp } from '../support/app.ts'
import { createTestDatabase } from '../support/database.ts'
import { createRows, type Rows } from '../support/rows.ts'

let t: TestApp
let rows: Rows
beforeAll(async () => {
  t = await startTestApp()
  rows = await createRows(t)
})
afterAll(() => t.stop())

const send = { number: '+491511111111', message: 'Hello' }
const as = (token: string) => caller(t.url, { authorization: `Bearer ${token}` })

/** Resolves with the code once the socket of this token is closed. */
async function openSocket(token: string): Promise<{ closed: Promise<number> }> {
  const headers = { authorization: `Bearer ${token}` }
  const socket = new WebSocket(`${t.url.replace('http', 'ws')}/api/live`, { headers } as never)
  const closed = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code)
  })
  await new Promise((resolve) => {
    socket.onmessage = resolve
  })
  return { closed }
}

async function activeAdmins({ database }: TestApp): Promise<number> {
  const admins = await database.owner`select 1 from users where role = 'admin' and status = 'active'`
  return admins.length
}

describe('finding', () => {
  test('people are searched, filtered, counted and paged', async () => {
    const made = [
      await rows.person({ role: 'admin' }),
      await rows.person({ status: 'suspended' }),
      await rows.person(),
    ]
    const list = async (query: string) => (await t.admin.call('GET', `/api/users?${query}`)).body
    const ids = ({ items }: { items: { id: string }[] }) => items.map((item) => item.id)
    for (const { id, email } of made) expect(ids(await list(`q=${email.toUpperCase()}`))).toEqual([id])
    expect(ids(await list('q=%25'))).toEqual([])
    expect(ids(await list('status=suspended'))).toContain(made[1]!.id)
    expect(ids(await list('role=admin&status=suspended'))).toEqual([])
    const first = await list('limit=2')
    const second = await list(`limit=2&after=${first.next}`)
    expect(new Set([...ids(first), ...ids(second)]).size).toBe(4)
    const { all, active, suspended, admins } = first.counts
    const [truth] = await t.database.owner`
      select count(*)::int as all, count(*) filter (where role = 'admin')::int as admins from users`
    expect({ all, admins }).toEqual(truth as never)
    expect(active + suspended).toBe(all)
    expect((await t.admin.call('GET', '/api/users?after=x')).body.code).toBe('bad_cursor')
    expect((await t.admin.call('GET', '/api/users?role=king')).status).toBe(422)
  })

  test('one person, with what they have; nobody by any other id', async () => {
    const { id } = await rows.person()
    await rows.thing('account', id)
    await rows.key(id, ['send'])
    const one = await t.admin.call('GET', `/api/users/${id}`)
    expect(one.body).toMatchObject({ id, accounts: 1, accounts_ready: 0, keys: 1, role: 'user' })
    expect(JSON.stringify(one.body)).not.toContain('argon2')
    for (const wrong of [crypto.randomUUID(), 'me', '1']) {
      const answer = await t.admin.call('GET', `/api/users/${wrong}`)
      expect([answer.status, answer.body.code]).toEqual([404, 'user_not_found'])
    }
  })
})

describe('making', () => {
  test('with a password they sign in with it', async () => {
    const email = `${crypto.randomUUID()}@Example.com`
    const made = await t.admin.call('POST', '/api/users', { email, password: PASSWORD, rate_limit: 7 })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({ email: email.toLowerCase(), role: 'user', rate_limit: 7, link: null })
    const signedIn = await t.stranger.call('POST', '/api/auth/login', { email, password: PASSWORD })
    expect(signedIn.body.user.id).toBe(made.body.id)
    const again = await t.admin.call('POST', '/api/users', { email, password: PASSWORD })
    expect([again.status, again.body.code]).toEqual([409, 'email_taken'])
  })

  test('without one, a link in the answer lets them choose it, once', async () => {
    const email = `${crypto.randomUUID()}@example.com`
    const made = await t.admin.call('POST', '/api/users', { email })
    expect(Date.parse(made.body.link_expires_at)).toBeGreaterThan(Date.now())
    expect((await t.stranger.call('POST', '/api/auth/login', { email, password: 'none' })).status).toBe(401)
    const token = made.body.link.split('#')[1]
    const choose = () => t.stranger.call('PUT', '/api/auth/password-resets', { token, password: PASSWORD })
    expect((await choose()).status).toBe(204)
    expect((await choose()).body.code).toBe('bad_token')
    expect((await t.stranger.call('POST', '/api/auth/login', { email, password: PASSWORD })).status).toBe(200)
    expect(t.log()).not.toContain(token)
  })

  test.each([
    [{ email: 'nobody' }, 'invalid_request'],
    [{ email: 'weak@example.com', password: 'short' }, 'weak_password'],
    [{ email: 'odd@example.com', role: 'king' }, 'invalid_request'],
    [{ email: 'fast@example.com', password: PASSWORD, rate_limit: 999_999_999 }, 'invalid_request'],
    [{ email: 'more@example.com', status: 'suspended' }, 'invalid_request'],
  ])('%j is refused and leaves nothing behind', async (body, code) => {
    const refused = await t.admin.call('POST', '/api/users', body)
    expect([refused.status, refused.body.code]).toEqual([422, code])
    expect(await t.database.owner`select 1 from users where email = ${body.email}`).toHaveLength(0)
  })

  test('a limit above the ceiling is refused with the ceiling', async () => {
    const own = await startTestApp()
    try {
      const person = await own.person()
      await own.database.owner`update settings set max_rate_limit = 600`
      const path = `/api/users/${person.id}`
      const refused = await own.admin.call('PATCH', path, { rate_limit: 601 })
      expect([refused.status, refused.body.detail]).toEqual([
        422,
        'rate_limit: must not be above max_rate_limit (600)',
      ])
      expect((await own.admin.call('PATCH', path, { rate_limit: 600 })).body.rate_limit).toBe(600)
      expect((await own.admin.call('PATCH', path, { rate_limit: null })).body.rate_limit).toBeNull()
    } finally {
      await own.stop()
    }
  })
})

describe('suspending', () => {
  test('sessions, sockets, keys and accounts end at once, and come back with the person', async () => {
    const person = await t.person()
    const script = await person.linked()
    const key = await person.key()
    const { closed } = await openSocket(person.token)
    const account = `/api/admin/accounts/${script.accountId}`
    const stopped = script.heard('stop')
    const changed = await t.admin.call('PATCH', `/api/users/${person.id}`, { status: 'suspended' })
    expect(changed.body.status).toBe('suspended')
    expect((await person.call('GET', '/api/auth/me')).status).toBe(401)
    const refused = await key.call('POST', '/api/messages/send', send)
    expect([refused.status, refused.body.code]).toEqual([403, 'suspended'])
    expect(await closed).toBe(4001)
    await stopped
    const login = await t.stranger.call('POST', '/api/auth/login', {
      email: person.email,
      password: PASSWORD,
    })
    expect([login.status, login.body.code]).toEqual([403, 'suspended'])
    const now = (await t.admin.call('GET', account)).body
    expect(now).toMatchObject({ state: 'stopped', reason: 'user_suspended', wanted: true, started_at: null })
    const restart = await t.admin.call('POST', `${account}/connection`)
    expect([restart.status, restart.body.code]).toEqual([409, 'owner_suspended'])

    const started = script.heard('start')
    await t.admin.call('PATCH', `/api/users/${person.id}`, { status: 'active' })
    await started
    expect((await person.call('GET', '/api/auth/me')).status).toBe(401)
    expect((await key.call('POST', '/api/messages/send', send)).status).toBe(202)
  })

  test('a role holds from the next request on, and closes the sockets that were opened with the old one', async () => {
    const person = await rows.person()
    const { closed } = await openSocket(person.token)
    expect((await as(person.token).call('GET', '/api/users')).status).toBe(403)
    await t.admin.call('PATCH', `/api/users/${person.id}`, { role: 'admin' })
    expect((await as(person.token).call('GET', '/api/users')).status).toBe(200)
    expect(await closed).toBe(4001)
    await t.admin.call('PATCH', `/api/users/${person.id}`, { role: 'user' })
    expect((await as(person.token).call('GET', '/api/users')).status).toBe(403)
  })

  test('each act is in the log, with who did it to whom', async () => {
    const person = await rows.person()
    const path = `/api/users/${person.id}`
    await t.admin.call('PATCH', path, { status: 'suspended', role: 'admin', rate_limit: 5 })
    await t.admin.call('PATCH', path, { status: 'active' })
    await t.admin.call('PATCH', path, {})
    const { items } = (await t.admin.call('GET', '/api/activity?action=user&limit=100')).body
    const acts = items.filter((item: { details: { user_id: string } }) => item.details.user_id === person.id)
    expect(acts.map((act: { action: string }) => act.action).sort()).toEqual([
      'user.activated',
      'user.rate_limit_changed',
      'user.role_changed',
      'user.suspended',
    ])
    expect(acts[0].user_email).toBe('admin@example.com')
  })
})

describe('the last admin', () => {
  test('cannot be demoted, suspended or removed, also not by each other', async () => {
    const own = await startTestApp()
    try {
      const own_rows = await createRows(own)
      const path = `/api/users/${own.admin.id}`
      for (const change of [{ role: 'user' }, { status: 'suspended' }]) {
        const refused = await own.admin.call('PATCH', path, change)
        expect([refused.status, refused.body.code]).toEqual([409, 'last_admin'])
      }
      const kept = await own.admin.call('DELETE', path, { confirm: own.admin.email })
      expect([kept.status, kept.body.code]).toEqual([409, 'last_admin'])
      // A suspended admin does not count.
      await own_rows.person({ role: 'admin', status: 'suspended' })
      expect((await own.admin.call('PATCH', path, { role: 'user' })).body.code).toBe('last_admin')

      const requests = await Promise.all(
        Array.from({ length: 3 }, async () => {
          const { id, token } = await own_rows.person({ role: 'admin' })
          return { id, by: caller(own.url, { authorization: `Bearer ${token}` }) }
        }),
      )
      // Each takes the next one away, all at once, until nobody can: whoever is too late is refused.
      const ring = [...requests, { id: own.admin.id, by: own.admin }]
      await Promise.all(
        ring.map(({ by }, at) =>
          by.call('PATCH', `/api/users/${ring[(at + 1) % ring.length]!.id}`, { status: 'suspended' }),
        ),
      )
      expect(await activeAdmins(own)).toBeGreaterThan(0)
    } finally {
      await own.stop()
    }
  })

  test('is one of however many who are taken away at the same moment', async () => {
    const database = await createTestDatabase()
    try {
      const { sql, owner } = database
      const ids = Array.from({ length: 6 }, () => Bun.randomUUIDv7())
      for (const id of ids) {
        await owner`insert into users (id, email, password_hash) values (${id}, ${`${id}@example.com`}, '')`
      }
      for (let round = 0; round < 5; round++) {
        await owner`update users set role = 'admin', status = 'active'`
        const tries = await Promise.allSettled(
          ids.map((id, at) =>
            sql.begin(async (tx) => {
              if (at % 3 === 0) await shutOut(tx, id)
              else await changeUser(tx, id, at % 3 === 1 ? { role: 'user' } : { status: 'suspended' })
            }),
          ),
        )
        const refused = tries.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []))
        expect(refused).toEqual(['last_admin'])
        const left = await owner`select 1 from users where role = 'admin' and status = 'active'`
        expect(left).toHaveLength(1)
      }
    } finally {
      await database.drop()
    }
  })
})

describe('removing', () => {
  test('says first what it removes, wants the address, and leaves nothing but the log', async () => {
    const person = await t.person()
    const script = await person.linked()
    const sent = (await person.call('POST', '/api/messages/send', send)).body
    await person.until(
      async () => (await person.call('GET', `/api/messages/${sent.id}`)).body.status === 'sent',
    )
    const key = await person.key()
    const path = `/api/users/${person.id}`
    const said = (await t.admin.call('GET', `${path}/deletion`)).body
    expect(said).toMatchObject({
      confirm: person.email,
      accounts: 1,
      linked_accounts: 1,
      messages: 1,
      files: 0,
      keys: 1,
      webhooks: 0,
    })
    for (const confirm of ['', 'somebody@example.com']) {
      const refused = await t.admin.call('DELETE', path, { confirm })
      expect([refused.status, refused.body.code]).toEqual([422, 'not_confirmed'])
    }
    expect((await person.call('GET', '/api/auth/me')).status).toBe(200)
    expect((await t.admin.call('DELETE', path)).status).toBe(422)

    const { closed } = await openSocket(person.token)
    const loggedOut = script.heard('logout')
    expect((await t.admin.call('DELETE', path, { confirm: person.email.toUpperCase() })).status).toBe(204)
    await loggedOut
    expect(await closed).toBe(4001)
    expect((await person.call('GET', '/api/auth/me')).status).toBe(401)
    expect((await key.call('POST', '/api/messages/send', send)).status).toBe(401)
    expect((await t.admin.call('GET', path)).status).toBe(404)
    expect((await t.admin.call('DELETE', path, { confirm: person.email })).status).toBe(404)
    const tables = await t.database.owner<{ name: string }[]>`
      select table_name as name from information_schema.columns
      where table_schema = 'public' and column_name = 'user_id'`
    for (const { name } of tables) {
      const left = await t.database.owner`
        select 1 from ${t.database.owner(name)} where user_id = ${person.id}`
      expect([name, left.length]).toEqual([name, 0])
    }
    const profiles = join(t.dataDir, 'profiles')
    const left = existsSync(profiles) ? readdirSync(profiles) : []
    expect(left.filter((name) => name.includes(script.accountId))).toEqual([])
    const kept = await t.database.owner`
      select user_id from activity_logs where user_email = ${person.email} and action = 'auth.login'`
    expect(kept).toEqual([{ user_id: null }] as never)
  })
})

describe('accounts of everybody', () => {
  test('are listed with their owner, memory, uptime and queue, and can be begun anew and stopped', async () => {
    const person = await t.person()
    const script = await person.linked()
    const listed = async (query = '') =>
      (await t.admin.call('GET', `/api/admin/accounts?user_id=${person.id}${query}`)).body
    script.order({ do: 'signal', name: 'memory', data: { usedMb: 321.4 } })
    // The Worker's words arrive in order: once this one is answered, the memory is known.
    await script.outcomes([{ outcome: 'handed', ack: 1, pageLoad: 'page' }])
    const path = `/api/admin/accounts/${script.accountId}`
    let one = (await t.admin.call('GET', path)).body
    while (one.memory_mb === null) one = (await t.admin.call('GET', path)).body
    expect(one).toMatchObject({ state: 'ready', user_email: person.email, memory_mb: 321, queued: 0 })
    expect(one.uptime_s).toBeWithin(0, 60)
    expect((await listed()).items).toHaveLength(1)
    expect((await listed('&state=failed')).items).toEqual([])
    expect((await listed('&q=phone')).counts.ready).toBeGreaterThan(0)
    expect((await person.call('GET', path)).status).toBe(403)

    const stopped = script.heard('stop')
    const started = script.heard('start')
    const restart = await t.admin.call('POST', `${path}/connection`)
    expect([restart.status, restart.body.state]).toEqual([202, 'starting'])
    await stopped
    await started
    await person.until(async () => (await t.admin.call('GET', path)).body.state === 'ready')
    const stop = await t.admin.call('DELETE', `${path}/connection`)
    expect([stop.status, stop.body.state]).toEqual([202, 'stopped'])
    expect((await t.admin.call('GET', path)).body).toMatchObject({ wanted: false, memory_mb: null })
    const [act] = (await t.admin.call('GET', '/api/activity?action=account.stopped_by_admin')).body.items
    expect(act.details).toEqual({ account_id: script.accountId, owner: person.email })
  })
})

describe('settings', () => {
  test('maintenance shuts everybody but admins out at once, also on open sockets', async () => {
    const own = await startTestApp()
    const socketOf = (token: string) => {
      const headers = { authorization: `Bearer ${token}` }
      return new WebSocket(`${own.url.replace('http', 'ws')}/api/live`, { headers } as never)
    }
    try {
      const person = await own.person({ rateLimit: null })
      const [theirs, ours] = [socketOf(person.token), socketOf(own.admin.token)]
      await Promise.all(
        [theirs, ours].map((socket) => new Promise((resolve) => socket.addEventListener('message', resolve))),
      )
      const closed = new Promise((resolve) => theirs.addEventListener('close', resolve))
      await own.admin.call('PUT', '/api/settings', { maintenance_mode: true })
      expect((await person.call('GET', '/api/messages')).body.code).toBe('maintenance')
      await closed
      expect(ours.readyState).toBe(WebSocket.OPEN)
      ours.close()
      await own.admin.call('PUT', '/api/settings', { maintenance_mode: false, enable_registration: false })
      const late = { email: 'late@example.com', password: PASSWORD }
      expect((await own.stranger.call('POST', '/api/auth/register', late)).body.code).toBe(
        'registration_closed',
      )
      // A limit: for a person who has none of their own, from the next request on.
      await own.admin.call('PUT', '/api/settings', { default_rate_limit: 2 })
      await person.linked()
      const answers = []
      for (let n = 0; n < 3; n++) answers.push((await person.call('POST', '/api/messages/send', send)).status)
      expect(answers).toEqual([202, 202, 429])
    } finally {
      await own.stop()
    }
  })
})
