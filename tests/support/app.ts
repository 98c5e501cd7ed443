// The whole program in this process, on a database of its own, for tests of features: people who call it, keys they make.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, startApp } from '../../src/app.ts'
import { createPasswords } from '../../src/auth/passwords.ts'
import { type Config, readConfig } from '../../src/config.ts'
import type { Pages } from '../../src/http/pages.ts'
import { createLog } from '../../src/log.ts'
import { hashSecret } from '../../src/rules/secret-hash.ts'
import type { Browser } from '../../workers/protocol.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import type { Order, Report, ScriptedOutcome } from './scripted-worker.ts'

export const PASSWORD = 'a long pass phrase'

export interface Answer {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came back
  body: any
  headers: Headers
}

export interface Caller {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
}

export interface Person extends Caller {
  id: string
  email: string
  token: string
  /** Makes an API key and answers who calls with it. */
  key(options?: { scopes?: string[]; account_ids?: string[] }): Promise<Caller & { key: string; id: string }>
  /** Looks again whenever the program tells this person that something happened; the test's deadline bounds it. */
  until(check: () => Promise<boolean> | boolean): Promise<void>
  /** Adds an account and links it on the scripted Worker. */
  linked(): Promise<Script>
}

/** An account whose Worker does what the test says. */
export interface Script {
  accountId: string
  order(order: Order): void
  /** What the next sends come to; resolves when the Worker knows. */
  outcomes(outcomes: ScriptedOutcome[]): Promise<void>
  /** What the page says when it is asked; `lost`: nothing. */
  acks(acks: Record<string, -1 | 0 | 1 | 2 | 3 | 4 | null> | 'lost'): Promise<void>
  /** Resolves with the next report of this kind (`start`, `send`, …) that comes from now on. */
  heard(did: string): Promise<Report>
  close(): void
}

export interface TestApp {
  app: App
  url: string
  database: TestDatabase
  dataDir: string
  /** Everything the program logged, as text. */
  log(): string
  admin: Person
  stranger: Caller
  person(options?: { rateLimit?: number | null }): Promise<Person>
  script(accountId: string): Script
  /** Stops the program and starts it again on the same database and folder; `while` runs in between. */
  restart(between?: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

const NO_BROWSER: Browser = {
  executable: '/nonexistent',
  flags: [],
  env: {},
  sandbox: false,
  kind: 'chrome',
  origin: 'none',
}

export interface TestAppOptions {
  env?: Record<string, string>
  /** The real Worker's browser; without it the scripted Worker is used. */
  browser?: Browser
  logLevel?: string
  /** The dashboard's files; without them no page is answered. */
  pages?: Pages
}

export async function startTestApp({
  env = {},
  browser,
  logLevel = 'debug',
  // Building the dashboard is not what most tests are about.
  pages = new Map(),
}: TestAppOptions = {}): Promise<TestApp> {
  const database = await createTestDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'botwave-test-'))
  const lines: string[] = []
  const config = readConfig({ PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: logLevel, ...env })
  const log = createLog(config.logLevel, { write: (line: string) => void lines.push(line) })
  const passwordHash = await createPasswords().hash(PASSWORD)
  await insertUser(database, 'admin@example.com', 'admin', passwordHash, null)
  const start = (config: Config) =>
    startApp({
      config,
      log,
      sql: database.sql,
      personal: database.personal,
      browser: browser ?? NO_BROWSER,
      carried: null,
      pages: Promise.resolve(pages),
      ...(browser ? {} : { worker: new URL('./scripted-worker.ts', import.meta.url) }),
    })
  let app = await start(config)
  const scripts: Script[] = []
  const ears: Ear[] = []
  const url = `http://127.0.0.1:${app.port}`
  const script = (accountId: string) => {
    const made = createScript(accountId)
    scripts.push(made)
    return made
  }
  let count = 0

  async function person({
    rateLimit = 100_000,
    role = 'user',
  }: {
    rateLimit?: number | null
    role?: string
  } = {}) {
    const email =
      role === 'admin'
        ? 'admin@example.com'
        : `person${++count}-${crypto.randomUUID().slice(0, 8)}@example.com`
    if (role === 'user') await insertUser(database, email, role, passwordHash, rateLimit)
    const me = await signedIn(database, url, email, script)
    ears.push(me.ear)
    return me
  }

  await database.owner`update settings set max_rate_limit = 1000000`
  return {
    get app() {
      return app
    },
    url,
    database,
    dataDir,
    log: () => lines.join(''),
    admin: await person({ role: 'admin' }),
    stranger: caller(url, {}),
    person,
    script,
    async restart(between) {
      const { port } = app
      await app.stop()
      await between?.()
      app = await start({ ...config, port })
    },
    async stop() {
      for (const made of scripts) made.close()
      for (const ear of ears) ear.close()
      await app.stop()
      await database.drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function insertUser(
  { owner }: TestDatabase,
  email: string,
  role: string,
  passwordHash: string,
  rateLimit: number | null,
): Promise<void> {
  await owner`insert into users ${owner({
    id: Bun.randomUUIDv7(),
    email,
    role,
    password_hash: passwordHash,
    rate_limit: rateLimit,
  })}`
}

/** Signs in through a session row of its own, so that hundreds of tests need not hash a password each. */
async function signedIn(
  { owner }: TestDatabase,
  url: string,
  email: string,
  script: (accountId: string) => Script,
): Promise<Person & { ear: Ear }> {
  const answer = await caller(url, {}).call('POST', '/api/auth/login', { email, password: PASSWORD })
  if (answer.status !== 200)
    throw new Error(`sign-in answered ${answer.status}: ${JSON.stringify(answer.body)}`)
  const { token, user } = answer.body
  const me = caller(url, { authorization: `Bearer ${token}` })
  const ear = await listen(url, token)
  return {
    ...me,
    ear,
    until: ear.until,
    id: user.id,
    email,
    token,
    async key(options = {}) {
      const made = await me.call('POST', '/api/keys', { name: 'test', ...options })
      if (made.status !== 201) throw new Error(`a key was refused: ${JSON.stringify(made.body)}`)
      const { key, id } = made.body
      // The hash, and nothing else, is in the table.
      const [row] = await owner`select 1 from api_keys where id = ${id} and key_hash = ${hashSecret(key)}`
      if (!row) throw new Error('the key is not in the table')
      return { ...caller(url, { authorization: `Bearer ${key}` }), key, id }
    },
    async linked() {
      const { body: account } = await me.call('POST', '/api/accounts', { name: 'Phone' })
      await me.call('PATCH', `/api/accounts/${account.id}`, { pacing: 'off' })
      const made = script(account.id)
      const started = made.heard('start')
      await me.call('POST', `/api/accounts/${account.id}/connection`, {})
      await started
      made.order({ do: 'scan', phone: '491500000001' })
      await ear.until(
        async () => (await me.call('GET', `/api/accounts/${account.id}`)).body.state === 'ready',
      )
      return made
    },
  }
}

export function caller(url: string, always: Record<string, string>): Caller {
  return {
    async call(method, path, body, headers = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...always,
          ...headers,
        },
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
        redirect: 'manual',
      })
      const text = await response.text()
      const json = response.headers.get('content-type')?.includes('json')
      return {
        status: response.status,
        body: json && text ? JSON.parse(text) : text,
        headers: response.headers,
      }
    },
  }
}

function createScript(accountId: string): Script {
  const channel = new BroadcastChannel(`scripted ${accountId}`)
  const waiting: { did: string; resolve: (report: Report) => void }[] = []
  channel.onmessage = (event: MessageEvent<{ report?: Report }>) => {
    const { report } = event.data
    if (!report) return
    const at = waiting.findIndex(({ did }) => did === report.did)
    if (at >= 0) waiting.splice(at, 1)[0]?.resolve(report)
  }
  const script: Script = {
    accountId,
    order: (order) => channel.postMessage({ order }),
    async outcomes(outcomes) {
      const known = script.heard('outcomes')
      script.order({ do: 'outcomes', outcomes })
      await known
    },
    async acks(acks) {
      const known = script.heard('acks-set')
      script.order({ do: 'acks', acks })
      await known
    },
    heard: (did) => new Promise((resolve) => waiting.push({ did, resolve })),
    close: () => channel.close(),
  }
  return script
}

interface Ear {
  until: Person['until']
  close(): void
}

/** How the program closes the socket of a session that has ended. */
const SESSION_OVER = 4001

/** Hears the socket of one person. */
async function listen(url: string, token: string): Promise<Ear> {
  const headers = { authorization: `Bearer ${token}` }
  let socket: WebSocket
  let over = false
  let ended = false
  let heard = Promise.withResolvers<void>()
  const hear = () => {
    heard.resolve()
    heard = Promise.withResolvers()
  }
  // Opens again by itself when the program was restarted; its `hello` makes everybody look again.
  const open = () =>
    new Promise<void>((resolve) => {
      socket = new WebSocket(`${url.replace('http', 'ws')}/api/live`, { headers } as never)
      socket.onmessage = () => {
        ended = false
        resolve()
        hear()
      }
      socket.onclose = ({ code }) => {
        // The program said that the session is over, and would not open it again.
        over ||= ended && code !== SESSION_OVER
        ended ||= code === SESSION_OVER
        if (!over) setTimeout(() => void open().then(resolve), 50)
      }
    })
  await open()
  return {
    async until(check) {
      for (;;) {
        const next = heard.promise
        if (await check()) return
        await next
      }
    },
    close: () => {
      over = true
      socket.close()
    },
  }
}
