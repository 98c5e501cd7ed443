// Walks every address of the running program as each kind of caller, and compares with the table in src/http/access.ts.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import {
  ACCESS,
  type Access,
  listAccess,
  type Outcome,
  outcomeOf,
  WHO,
  type Who,
} from '../../src/http/access.ts'
import { SCOPES } from '../../src/rules/api-key.ts'
import { type Answer, caller, PASSWORD, startTestApp, type TestApp } from '../support/app.ts'
import { createRows, type PersonRow, type Rows } from '../support/rows.ts'

/** What a request needs to be about something; `id` is of what the table names at the route. Absent: nothing. */
const ASKED: Record<string, { body?: (id: string) => unknown; query?: string }> = {
  'POST /api/auth/login': { body: () => ({ email: 'admin@example.com', password: PASSWORD }) },
  'GET /api/send': { query: 'number=%2B491511111111&message=Hello&account_id=' },
  'POST /api/send': { body: (account_id) => ({ number: '+491511111111', message: 'Hello', account_id }) },
  'POST /api/messages/send': {
    body: (account_id) => ({ number: '+491511111111', message: 'Hello', account_id }),
  },
  'POST /api/messages/:id/reply': { body: () => ({ message: 'Hello' }) },
  'POST /api/messages/:id/reaction': { body: () => ({ emoji: '👍' }) },
  'POST /api/messages/:id/edit': { body: () => ({ message: 'Hello' }) },
  'POST /api/accounts/:id/typing': { body: () => ({ number: '+491511111111' }) },
  'GET /api/numbers/:number': { query: 'account_id=' },
  'POST /api/whatsapp/initialize': { body: (account_id) => ({ account_id }) },
  'GET /api/whatsapp/status': { query: 'account_id=' },
  'GET /api/whatsapp/qr': { query: 'account_id=' },
  'POST /api/whatsapp/disconnect': { body: (account_id) => ({ account_id }) },
  'POST /api/accounts': { body: () => ({ name: 'New' }) },
  'PATCH /api/accounts/:id': { body: () => ({ name: 'Renamed' }) },
  'POST /api/keys': { body: (account) => ({ name: 'New', account_ids: [account] }) },
  'PUT /api/settings': { body: () => ({}) },
  'POST /:version/:id/messages': {
    body: () => ({ messaging_product: 'whatsapp', to: '491511111111', text: { body: 'Hello' } }),
  },
  'POST /api/webhooks/:id/redelivery': { body: () => ({ since: new Date().toISOString() }) },
}

/** In the place of path parameters that are not the id of something. */
const PLACES: Record<string, string> = {
  ':number': '+491511111111',
  ':version': 'robots.txt',
  ':page': 'sending',
  '*': 'app.js',
}

let t: TestApp
let rows: Rows
beforeAll(async () => {
  const page = {
    body: new Uint8Array([60]),
    type: 'text/html',
    immutable: false,
    gzip: null,
    brotli: null,
  }
  t = await startTestApp({
    logLevel: 'silent',
    env: { TRUSTED_PROXIES: '127.0.0.1', METRICS_TOKEN: 'a-token-for-metrics' },
    pages: new Map(
      ['/', '/docs', '/docs/sending', '/robots.txt', '/favicon.svg', '/assets/app.js'].map((path) => [
        path,
        page,
      ]),
    ),
  })
  rows = await createRows(t)
})
afterAll(() => t.stop())

const bare = (route: string) => route.split('?')[0]!

test('every address is in the table, and nothing else', () => {
  const answered = new Set(t.app.routes.map(({ method, path }) => `${method} ${path}`))
  const missing = [...answered].filter((route) => !Object.keys(ACCESS).some((row) => bare(row) === route))
  const gone = Object.keys(ACCESS).filter((row) => !answered.has(bare(row)))
  const add = missing.map((route) => `add to ACCESS in src/http/access.ts: '${route}': { who: … },`)
  const remove = gone.map((row) => `take out of ACCESS in src/http/access.ts: '${row}'`)
  expect([...add, ...remove]).toEqual([])
})

test('every operation of the OpenAPI document is in the table, and the table in the document', async () => {
  const { paths, 'x-access': shown } = (await t.stranger.call('GET', '/api/openapi.json')).body
  const described = Object.entries<object>(paths).flatMap(([path, verbs]) =>
    Object.keys(verbs).map((verb) => `${verb.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  )
  const known = new Set(Object.keys(ACCESS).map(bare))
  expect(described.filter((route) => !known.has(route) && !known.has(route.replace('GET', 'WS')))).toEqual([])
  expect(shown).toEqual(listAccess())
})

describe('the table holds', () => {
  test.each(Object.entries(ACCESS))('%s', async (route, access) => {
    const expected = Object.fromEntries(WHO.map((who) => [who, outcomeOf(access, who)]))
    const found: Record<string, unknown> = {}
    for (const who of WHO.filter((who) => who !== 'maintenance')) {
      found[who] = await walk(route, access, who)
    }
    found.maintenance = await inMaintenance(() => walk(route, access, 'maintenance'))
    expect(found as Record<string, Outcome>).toEqual(expected)
  })
})

/** A scope of a user's key never makes an admin of them, nor an admin's key more than its scopes. */
test("an admin's key has its own scopes only, and a user's none of an admin's", async () => {
  const admin = await rows.person({ role: 'admin' })
  const user = await rows.person()
  const wrong: string[] = []
  for (const [route, access] of Object.entries(ACCESS).filter(([, { who }]) => who === 'admin')) {
    for (const scope of SCOPES) {
      const asked = [await rows.key(user.id, [scope])]
      if (outcomeOf(access, `key:${scope}`) !== 'in') asked.push(await rows.key(admin.id, [scope]))
      const id = access.of ? await rows.thing(access.of, user.id) : ''
      for (const key of asked) {
        const outcome = await ask(route, id, key)
        if (outcome !== 403) wrong.push(`${route} with a key for ${scope}: ${outcome}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

/** A HEAD runs the handler of GET: the door must be the same. */
test('HEAD opens no door that GET keeps shut', async () => {
  const wrong: string[] = []
  for (const [route, access] of Object.entries(ACCESS).filter(([route]) => route.startsWith('GET '))) {
    const outcome = await ask(route.replace('GET', 'HEAD'), crypto.randomUUID(), null)
    if (outcome !== outcomeOf(access, 'stranger')) wrong.push(`${route}: ${outcome}`)
  }
  expect(wrong).toEqual([])
})

/** Everybody and everything is made anew, so that no walk finds what another one left. */
async function walk(route: string, access: Access, who: Who): Promise<Outcome | string> {
  const scope = who.startsWith('key:') ? who.slice(4) : null
  const role = who === 'admin' || scope === 'admin' ? 'admin' : 'user'
  const me = await rows.person({ role, status: who === 'suspended' ? 'suspended' : 'active' })
  if (who !== 'other') {
    const id = access.of ? await rows.thing(access.of, me.id) : ''
    const credential = who === 'stranger' ? null : scope ? await rows.key(me.id, [scope]) : me.token
    return ask(route, id, credential)
  }
  const id = access.of ? await rows.thing(access.of, (await rows.person()).id) : ''
  const outcomes = new Set<Outcome | string>()
  for (const credential of await others(access, me)) outcomes.add(await ask(route, id, credential))
  return outcomes.size === 1 ? [...outcomes][0]! : [...outcomes].join(' or ')
}

/** With an id that is not theirs, an admin and a key get as far as any signed-in person. */
async function others({ who, of }: Access, me: PersonRow): Promise<string[]> {
  if (who === 'admin' || who === 'admin:session' || who === 'key:send') return [me.token]
  const admin = (await rows.person({ role: 'admin' })).token
  const takesKeys = of && who !== 'session' && who !== 'anyone'
  return [me.token, admin, ...(takesKeys ? [await rows.key(me.id, SCOPES)] : [])]
}

/** A scope's key of somebody else, where only keys count. */
test("another person's account is not there for a key either", async () => {
  const id = await rows.thing('account', (await rows.person()).id)
  const key = await rows.key((await rows.person()).id, ['send'])
  expect(await ask('GET /api/send', id, key)).toBe(404)
  expect(await ask('POST /api/send', id, key)).toBe(404)
})

/** By an admin of its own each time: nobody may change the settings as often as this test does. */
async function inMaintenance<T>(work: () => Promise<T>): Promise<T> {
  const { token } = await rows.person({ role: 'admin' })
  const admin = caller(t.url, { authorization: `Bearer ${token}` })
  const turn = async (maintenance_mode: boolean) =>
    expect(await admin.call('PUT', '/api/settings', { maintenance_mode })).toMatchObject({ status: 200 })
  await turn(true)
  try {
    return await work()
  } finally {
    await turn(false)
  }
}

async function ask(route: string, id: string, credential: string | null): Promise<Outcome | string> {
  const [method = '', pattern = ''] = route.split(' ')
  const { body, query = pattern.split('?')[1] ?? '' } = ASKED[route.replace('HEAD', 'GET')] ?? {}
  const own = bare(pattern).replace('/:version/*', '/v21.0/:id').replace('/:version/', '/v21.0/')
  const path = own.replaceAll(/:\w+|\*/g, (place) => encodeURIComponent(PLACES[place] ?? id))
  const address = query ? `${path}?${query.endsWith('=') ? query + id : query}` : path
  // From an address of its own: how often one may ask is not what this is about.
  const from = [10, ...crypto.getRandomValues(new Uint8Array(3))].join('.')
  const headers: Record<string, string> = { 'x-forwarded-for': from }
  if (credential) headers.authorization = `Bearer ${credential}`
  if (method === 'WS') return outcome(await upgrade(address, headers))
  const given = body?.(id) ?? (method === 'POST' || method === 'PUT' || method === 'PATCH' ? {} : undefined)
  return outcome(await caller(t.url, headers).call(method, address, given))
}

/** What is wrong with the content is told behind the door. */
function outcome({ status, body }: Pick<Answer, 'status' | 'body'>): Outcome | string {
  if (body?.code === 'bad_credentials') return 'in'
  if ((status >= 101 && status < 300) || [400, 409, 415, 422].includes(status)) return 'in'
  if (status === 401 || status === 403 || status === 404 || status === 503) return status
  return `${status} ${body?.code ?? ''}`
}

/** The status line of a WebSocket's upgrade. */
function upgrade(path: string, headers: Record<string, string>): Promise<Pick<Answer, 'status' | 'body'>> {
  const { promise, resolve, reject } = Promise.withResolvers<Pick<Answer, 'status' | 'body'>>()
  const socket = connect({ host: '127.0.0.1', port: t.app.port })
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${t.app.port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${btoa('sixteen bytes ok')}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  socket.on('data', (data) => {
    resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(String(data))?.[1]), body: null })
    socket.destroy()
  })
  socket.on('error', reject)
  return promise
}
