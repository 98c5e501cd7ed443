// Coming over from an older installation: people with their passwords and keys, then the log; what is refused is named.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { caller, startTestApp, type TestApp } from '../support/app.ts'
import { runCommand, runImport } from '../support/command.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.stop())

const NEW_PASSWORD = 'a pass phrase that is new'
const bcrypt = (password: string) => Bun.password.hash(password, { algorithm: 'bcrypt', cost: 4 })
const address = () => `${crypto.randomUUID()}@example.com`
const signIn = (email: string, password: string, more: object = {}) =>
  t.stranger.call('POST', '/api/auth/login', { email, password, ...more })
const users = (rows: (object | string)[]) => runImport(t.database, 'import-users', rows)
const messages = (rows: (object | string)[]) => runImport(t.database, 'import-messages', rows)

test('people keep id, role, limit and password, whichever way it was kept; an old key sends and no more', async () => {
  const id = crypto.randomUUID()
  const email = address()
  const key = `legacy-${crypto.randomUUID()}`
  const clear = address()
  const rows = [
    {
      ...{ id, email: email.toUpperCase(), password_hash: await bcrypt('their old password'), api_key: key },
      ...{ role: 'admin', status: 'active', rate_limit: 17, created_at: '2024-03-01 10:00:00+00' },
    },
    { id: 7, email: clear, password_hash: 'in the clear', api_key: null, created_at: '2024-03-02T10:00:00Z' },
    { email: address(), password: 'in the clear', status: 'inactive' },
  ]
  const run = await users(rows)
  expect(run).toEqual({
    code: 0,
    output: 'People: 3 imported, 0 there already, 0 refused.\n',
    errors: expect.any(String),
  })

  const first = await signIn(email, 'their old password')
  expect([first.status, first.body.user]).toEqual([200, { id, email, role: 'admin', status: 'active' }])
  const hashOf = async () =>
    (await t.database.owner`select password_hash from users where id = ${id}`)[0]!.password_hash
  expect(await hashOf()).toStartWith('$argon2id$')
  expect((await signIn(email, 'their old password')).status).toBe(200)
  expect((await signIn(clear, 'in the clear')).body.code).toBe('password_change_required')
  expect((await signIn(clear, 'in the clear', { new_password: NEW_PASSWORD })).status).toBe(200)

  // The key: by header and by query, for sending only, and marked.
  const program = caller(t.url, { 'x-api-key': key })
  const sent = await program.call('POST', '/api/messages/send', { number: '+491511111111', message: 'Hello' })
  expect([sent.status, sent.body.code]).toEqual([409, 'no_account'])
  const url = `/api/send?api_key=${key}&number=%2B491511111111&message=Hello`
  expect((await t.stranger.call('GET', url)).body.code).toBe('no_account')
  const bearer = caller(t.url, { authorization: `Bearer ${key}` })
  expect((await bearer.call('GET', '/api/messages')).body.code).toBe('scope_missing')
  const mine = caller(t.url, { authorization: `Bearer ${first.body.token}` })
  const { items } = (await mine.call('GET', '/api/keys')).body
  expect(items).toMatchObject([{ prefix: 'lega', scopes: ['send'], needs_rotation: true }])

  // Nothing of it lies in the clear, and a second run changes nothing.
  const everything = await t.database.owner`
    select to_jsonb(u)::text as text from users u union all select to_jsonb(k)::text from api_keys k`
  expect(JSON.stringify(everything)).not.toContain(key)
  expect(JSON.stringify(everything)).not.toContain('in the clear')
  const before = await t.database.owner`select * from users order by id`
  expect((await users(rows)).output).toBe('People: 0 imported, 3 there already, 0 refused.\n')
  expect(await t.database.owner`select * from users order by id`).toEqual(before)
})

test('a row that cannot be taken is named with its line, and leaves nothing', async () => {
  const [taken, good, keyed] = [(await t.person()).email, address(), address()]
  const key = `legacy-${crypto.randomUUID()}`
  const count = async () => (await t.database.owner`select count(*)::int as n from users`)[0]!.n
  const before = await count()
  const run = await users([
    { email: taken, password: 'in the clear' },
    'not json',
    '',
    '[1]',
    { password: 'in the clear' },
    { email: 'nonsense', password: 'in the clear' },
    { email: address() },
    { email: address(), password_hash: 'admin123' },
    { email: address(), password_hash: await bcrypt('password123') },
    { email: address(), password_hash: '5f4dcc3b5aa765d61d8327deb882cf99' },
    { email: address(), password_hash: '$2b$10$tooshort' },
    { email: address(), password: 'in the clear', role: 'root' },
    { email: address(), password: 'in the clear', rate_limit: -1 },
    { email: address(), password: 'in the clear', created_at: 'yesterday' },
    { email: address(), password: 'in the clear', api_key: 'short' },
    { email: address(), password: 'in \0 the clear' },
    { email: good, password: 'in the clear', api_key: key },
    { email: keyed, password: 'in the clear', api_key: key },
  ])
  expect(run.code).toBe(1)
  const [summary, ...refused] = run.output.trim().split('\n')
  expect(summary).toBe('People: 1 imported, 0 there already, 16 refused.')
  expect(refused).toEqual([
    'line 1: somebody is registered with this email address already',
    'line 2: is not JSON',
    'line 4: is not a JSON object',
    'line 5: email is missing',
    'line 6: email is not an email address',
    'line 7: password_hash is missing',
    'line 8: the password is a known default: invite them instead',
    'line 9: the password is a known default: invite them instead',
    'line 10: password_hash is a hash that cannot be checked here: invite them',
    'line 11: password_hash is a hash that cannot be checked here: invite them',
    'line 12: role is none of user, admin',
    'line 13: rate_limit is not a whole number from 1 to 1,000,000',
    'line 14: created_at is not a time',
    'line 15: api_key is not 16 to 200 visible characters: take it out, and they make a new one',
    'line 16: password holds a NUL character',
    'line 18: api_key is somebody else’s already',
  ])
  // The last one's person was not made either.
  expect(await count()).toBe(before + 1)
})

test('the log becomes history, in its order, once; nothing of it is ever sent', async () => {
  const person = await t.person()
  await person.linked()
  const row = {
    user_id: person.id,
    receiver_number: '+49 1511 1111111',
    message_body: 'From then',
    source: 'api',
  }
  const rows = [
    { ...row, id: crypto.randomUUID(), status: 'delivered', created_at: '2024-05-01T10:00:00Z' },
    { ...row, id: 2, status: 'FAILED', created_at: '2024-05-02 10:00:00' },
    { ...row, id: 3, status: 'pending', created_at: '2024-05-03T10:00:00+02:00' },
    { ...row, user_id: null, user_email: person.email, status: 'sent', created_at: '2024-05-04T10:00:00Z' },
  ]
  expect((await messages(rows)).output).toBe('Messages: 4 imported, 0 there already, 0 refused.\n')
  expect((await messages(rows)).output).toBe('Messages: 0 imported, 4 there already, 0 refused.\n')
  const { items } = (await person.call('GET', '/api/messages')).body
  const found = items.map((item: Record<string, unknown>) => [item.status, item.reason, item.created_at])
  expect(found).toEqual([
    ['sent', null, '2024-05-04T10:00:00.000Z'],
    ['uncertain', 'imported', '2024-05-03T08:00:00.000Z'],
    ['failed', null, '2024-05-02T10:00:00.000Z'],
    ['delivered', null, '2024-05-01T10:00:00.000Z'],
  ])
  expect(items[0]).toMatchObject({
    receiver_number: '+4915111111111',
    message_body: 'From then',
    source: 'api',
  })
  // A message of now goes out; those of then do not.
  const sent = await person.call('POST', '/api/messages/send?wait=20', {
    number: '+491522222222',
    message: 'Now',
  })
  expect(sent.body.status).toBe('sent')
  const after = (await person.call('GET', '/api/messages')).body.items
  expect(after.slice(1)).toEqual(items)
})

test('rows of the log that cannot be taken are named with their line', async () => {
  const person = await t.person()
  const row = {
    ...{ user_id: person.id, receiver_number: '+491511111111', message_body: 'x', status: 'sent' },
    ...{ source: 'api', created_at: '2024-05-01T10:00:00Z' },
  }
  const run = await messages([
    { ...row, user_id: crypto.randomUUID() },
    { ...row, user_id: null },
    { ...row, receiver_number: 'mum' },
    { ...row, status: 'eaten' },
    { ...row, status: null },
    { ...row, source: 'fax' },
    { ...row, created_at: null },
    { ...row, message_body: 'x'.repeat(65_537) },
    { ...row, message_body: { text: 'x' } },
    row,
  ])
  expect([run.code, run.output.split('\n')[0]]).toEqual([
    1,
    'Messages: 1 imported, 0 there already, 9 refused.',
  ])
  expect(run.output.trim().split('\n').slice(1)).toEqual([
    'line 1: its user is not here: import the users first',
    'line 2: user_id is missing',
    expect.stringMatching(/^line 3: receiver_number: This does not look like/),
    expect.stringMatching(/^line 4: status is none of sent, /),
    'line 5: status is missing',
    'line 6: source is none of dashboard, web, api',
    'line 7: created_at is missing',
    'line 8: message_body is longer than 65536 characters',
    'line 9: message_body is not a text',
  ])
})

test('a file that is not there, and a command without one, say so in one sentence', async () => {
  const gone = await runCommand(t.database, ['import-users', '/nonexistent'])
  expect([gone.code, gone.errors]).toEqual([1, 'This file cannot be read: /nonexistent.\n'])
  const none = await runCommand(t.database, ['import-messages'])
  expect([none.code, none.errors]).toEqual([1, 'Say which file: botwave import-messages FILE\n'])
})
