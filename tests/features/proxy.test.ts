// An account's proxy: its owner sets it once, nobody reads it again, and the account starts anew behind it.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { proxyChange, proxyOf } from '../../src/accounts/proxy.ts'
import { createOutbound } from '../../src/outbound.ts'
import { createVault } from '../../src/vault.ts'
import { type Person, type Script, startTestApp, type TestApp } from '../support/app.ts'

const PASSWORD_TEXT = 'proxy-pass-9c1e'
const SET = `http://me:${PASSWORD_TEXT}@127.0.0.1:3128`
const SHOWN = 'http://127.0.0.1:3128'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp({ logLevel: 'trace', env: { OUTBOUND_ALLOW: '127.0.0.0/8' } })
})
afterAll(() => t.stop())

const account = (person: Person, { accountId }: Script) => person.call('GET', `/api/accounts/${accountId}`)
const change = (person: Person, { accountId }: Script, proxy: unknown) =>
  person.call('PATCH', `/api/accounts/${accountId}`, { proxy })

/** The options of the next start, once the account is ready again. */
async function restarted(person: Person, script: Script, act: () => Promise<{ status: number }>) {
  const started = script.heard('start')
  expect((await act()).status).toBe(200)
  const { ask } = await started
  await person.until(async () => (await account(person, script)).body.state === 'ready')
  return ask as { proxy: unknown }
}

async function runOf({ accountId }: Script): Promise<number> {
  const [row] = await t.database.sql<{ run: number }[]>`select run from accounts where id = ${accountId}`
  return row!.run
}

test('the account starts anew behind it, and only scheme, host and port are shown', async () => {
  const person = await t.person()
  const script = await person.linked()
  expect((await account(person, script)).body.proxy).toBeNull()
  const { proxy } = await restarted(person, script, () => change(person, script, SET))
  expect(proxy).toEqual({ server: SHOWN, login: { username: 'me', password: PASSWORD_TEXT } })
  expect((await account(person, script)).body.proxy).toBe(SHOWN)

  // The same once more changes nothing: the next start is that of the next change.
  const run = await runOf(script)
  expect((await change(person, script, SET)).body).toMatchObject({ proxy: SHOWN, state: 'ready' })
  const next = await restarted(person, script, () => change(person, script, 'socks5://127.0.0.1'))
  expect(next.proxy).toEqual({ server: 'socks5://127.0.0.1:1080', login: null })
  expect(await runOf(script)).toBe(run + 1)
  expect((await restarted(person, script, () => change(person, script, null))).proxy).toBeNull()
  expect((await account(person, script)).body.proxy).toBeNull()
})

test('it rests sealed, and stands in no answer, event, activity or log', async () => {
  const person = await t.person()
  const script = await person.linked()
  await restarted(person, script, () => change(person, script, SET))
  await t.database.settled()
  const rows = await t.database
    .sql`select to_jsonb(a) as row, encode(proxy, 'escape') as bytes from accounts a
    where id = ${script.accountId}`
  const told = [
    JSON.stringify(rows),
    ...(await Promise.all(
      ['/api/accounts', '/api/events?limit=500', '/api/activity'].map(async (path) =>
        JSON.stringify((await person.call('GET', path)).body),
      ),
    )),
    t.log(),
  ]
  for (const text of told) expect(text).not.toContain(PASSWORD_TEXT)
  expect(told[3]).toContain('account.proxy_changed')
  // It was there all the same: the next start of the program opens it.
  const started = script.heard('start')
  await t.restart()
  expect((await started).ask).toMatchObject({ proxy: { login: { password: PASSWORD_TEXT } } })
  await person.until(async () => (await account(person, script)).body.state === 'ready')
})

test.each([
  [
    'page_unreachable',
    `web.whatsapp.com could not be reached through the proxy ${SHOWN}. It is tried again.`,
  ],
  ['proxy_refused', `The proxy ${SHOWN} did not accept the user and password. It is tried again.`],
])('%s is a state that names the proxy', async (code, message) => {
  const person = await t.person()
  const script = await person.linked()
  await restarted(person, script, () => change(person, script, SET))
  script.order({ do: 'signal', name: 'ended', data: { code, detail: 'net::ERR_PROXY_CONNECTION_FAILED' } })
  await person.until(async () => (await account(person, script)).body.reason === code)
  expect((await account(person, script)).body).toMatchObject({
    state: 'reconnecting',
    reason: code,
    message,
    action: 'wait',
    next_try_at: expect.any(String),
  })
})

test('one that cannot be opened any more is not gone around: the account says so, and a new one helps at once', async () => {
  const person = await t.person()
  const script = await person.linked()
  await restarted(person, script, () => change(person, script, SET))
  await t.database
    .sql`update accounts set proxy = decode('00', 'hex'), proxy_server = ${SHOWN} where id = ${script.accountId}`
  await t.restart()
  await person.until(async () => (await account(person, script)).body.reason === 'proxy_unusable')
  expect((await account(person, script)).body.message).toContain(SHOWN)
  const { proxy } = await restarted(person, script, () => change(person, script, SET))
  expect(proxy).toMatchObject({ server: SHOWN })
})

test.each([
  ['http://proxy.example:3128', ['9.9.9.9', '1.1.1.1'], 'http://9.9.9.9:3128'],
  ['socks5://proxy.example', ['2606:4700::1'], 'socks5://[2606:4700::1]:1080'],
  // Its certificate is for the name.
  ['https://proxy.example', ['9.9.9.9'], 'https://proxy.example:443'],
  ['http://proxy.example:3128', ['9.9.9.9', '10.0.0.1'], 'private_address'],
  ['https://proxy.example', ['127.0.0.1'], 'private_address'],
  ['http://proxy.example:3128', [], 'name_unknown'],
])('%s is looked up at a start: %j', async (text, addresses, expected) => {
  const vault = createVault(t.dataDir)
  const outbound = createOutbound({ allow: [], resolve: async () => addresses })
  const id = Bun.randomUUIDv7()
  const row = { id, ...proxyChange({ vault, outbound }, { id, proxy: null }, text)! }
  const opened = await proxyOf({ vault, outbound }, row).then(
    (proxy) => proxy?.server,
    (error) => error.code,
  )
  expect(opened).toBe(expected)
  // Moved to another account's row it does not open.
  await expect(proxyOf({ vault, outbound }, { ...row, id: Bun.randomUUIDv7() })).rejects.toThrow(
    'does not open',
  )
})

test('an account that is not to run does not start by it', async () => {
  const person = await t.person()
  const { body: made } = await person.call('POST', '/api/accounts', {})
  const answer = await person.call('PATCH', `/api/accounts/${made.id}`, { proxy: SET })
  expect(answer.body).toMatchObject({ proxy: SHOWN, state: 'stopped', wanted: false })
})

test.each([
  ['ftp://proxy.example', 'proxy: must start with http://, https:// or socks5://'],
  [`socks5://me:${PASSWORD_TEXT}@127.0.0.1`, 'proxy: must carry no user and password'],
  [`http://me:${PASSWORD_TEXT}@10.0.0.1:3128`, 'proxy: The address leads into a private network.'],
  [`http://me:${PASSWORD_TEXT}@[::1]:3128`, 'proxy: The address leads into a private network.'],
  [`http://me:${PASSWORD_TEXT}@127.0.0.1:3128/x`, 'proxy: must end behind its host and port'],
])('%s is refused, without a word of it', async (proxy, detail) => {
  const person = await t.person()
  const { body: made } = await person.call('POST', '/api/accounts', {})
  const answer = await person.call('PATCH', `/api/accounts/${made.id}`, { proxy })
  expect([answer.status, answer.body.code]).toEqual([422, 'invalid_request'])
  expect(answer.body.detail).toStartWith(detail)
  expect(JSON.stringify(answer.body)).not.toContain(PASSWORD_TEXT)
  expect(t.log()).not.toContain(PASSWORD_TEXT)
})

test('somebody else cannot set it', async () => {
  const script = await (await t.person()).linked()
  expect((await change(await t.person(), script, SET)).status).toBe(404)
})

test('the document shows it', async () => {
  const { paths } = (await t.stranger.call('GET', '/api/openapi.json')).body
  const { patch } = paths['/api/accounts/{id}']
  const asked = patch.requestBody.content['application/json'].schema.properties.proxy
  expect(JSON.stringify(asked)).toContain('socks5')
  const answered = patch.responses['200'].content['application/json'].schema.properties.proxy
  expect(JSON.stringify(answered)).toContain('Scheme, host and port')
})
