// A database that is killed, stopped or frozen under the running program: refused at once, healed, nothing lost.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Embedded, embeddedFolder, startEmbedded, superuser } from '../../src/database/embedded.ts'
import { processesIn } from '../../src/database/leftovers.ts'
import { loginBySocket, loginToUrl } from '../../src/database/login.ts'
import { createLog } from '../../src/log.ts'
import { type Caller, caller } from '../support/app.ts'
import { fromSource, makeFolder, type Product, startProduct } from '../support/product.ts'

/** How long a test's database is away: `OUTAGE_S=30 bun test tests/features/database-away.test.ts` for a long one. */
const outageMs = Number(process.env.OUTAGE_S ?? 2) * 1_000
/** What people are promised: refused within, healed within. */
const REFUSED_MS = 2_000
const HEAL_MS = 5_000
/** Between two requests of somebody who asks all the time. */
const BREATH_MS = 20

setDefaultTimeout(90_000 + 2 * outageMs)
/** What is undone at the end of a test, and at the end of a group of them. */
const thaws: (() => void)[] = []
afterEach(() => {
  for (const thaw of thaws.splice(0)) thaw()
})

describe('our own PostgreSQL', () => {
  const undo = new AsyncDisposableStack()
  let program: Program
  beforeAll(async () => {
    program = await startProgram(undo)
  })
  afterAll(() => undo.disposeAsync())

  test('killed: started again by the program, and what was answered 2xx is there', async () => {
    const { product, me, databaseFolder } = program
    const names = await askWhile(me, { count: 5 })
    signal(databaseFolder, 'SIGKILL')
    names.push(...(await askWhile(me, { meanwhile: () => untilReady(product) })))
    expect(names.length).toBeGreaterThanOrEqual(5)
    expect(await namesOf(me)).toEqual(expect.arrayContaining(names))
    expect(product.child.exitCode).toBeNull()
  })

  test('killed again and again, it is still there', async () => {
    const { product, me, databaseFolder } = program
    for (let time = 0; time < 2; time++) {
      signal(databaseFolder, 'SIGKILL')
      await untilReady(product)
    }
    expect((await me.call('POST', '/api/accounts', { name: 'after' })).status).toBe(201)
  })

  test('frozen: nobody waits longer than 20 s, others are refused at once, and it heals', () =>
    freezeAndThaw(program, program.databaseFolder))
})

describe('a server', () => {
  const undo = new AsyncDisposableStack()
  let server: Server
  let program: Program
  beforeAll(async () => {
    server = await startServer(undo)
    program = await startProgram(undo, { DATABASE_URL: server.url, LOG_LEVEL: 'info' })
  })
  afterAll(() => undo.disposeAsync())

  test('stopped and started: 503 within 2 s throughout, healed within 5 s, nothing lost, said once', async () => {
    const { product, me } = program
    const names = await askWhile(me, { count: 5 })
    const known = linesOf(product).length
    await server.stop()
    await askWhile(me, { meanwhile: () => Bun.sleep(outageMs) })
    await server.start()
    await untilReady(product, HEAL_MS)
    names.push(...(await askWhile(me, { count: 5 })))
    expect(await namesOf(me)).toEqual(expect.arrayContaining(names))

    const lines = linesOf(product).slice(known)
    // What failed first, and that it is away; the many refusals are counted.
    expect(lines.filter(({ level }) => level === 'warn' || level === 'error').length).toBeLessThanOrEqual(3)
    expect(lines.filter(({ msg }) => msg === 'the database is away')).toHaveLength(1)
    const back = lines.filter(({ msg }) => msg === 'the database answers again')
    expect(back).toHaveLength(1)
    expect(back[0]!.not_logged).toBeGreaterThan(10)
  })

  test('frozen: nobody waits longer than 20 s, others are refused at once, and it heals', () =>
    freezeAndThaw(program, server.folder))

  test('its connections frozen while it lives: within 20 s the program works over others', async () => {
    const { product, me } = program
    const backends = processesIn(server.folder).filter((pid) => /^postgres: botwave/.test(titleOf(pid)))
    expect(backends.length).toBeGreaterThan(1)
    for (const pid of backends) process.kill(pid, 'SIGSTOP')
    thaws.push(() => signal(server.folder, 'SIGCONT'))
    const { answer, ms } = await timed(() => me.call('GET', '/api/accounts'))
    expect(answer.status).toBe(503)
    expect(ms).toBeLessThan(20_000)
    await untilReady(product, HEAL_MS)
    expect((await me.call('POST', '/api/accounts', { name: 'over others' })).status).toBe(201)
  })
})

test.each(['just now', 'and known to be'])(
  'SIGTERM with a PostgreSQL that is frozen %s: over within 15 s, and nothing is left',
  async (when) => {
    await using undo = new AsyncDisposableStack()
    const { product, me, databaseFolder } = await startProgram(undo)
    freeze(databaseFolder)
    if (when !== 'just now') expect((await me.call('GET', '/api/accounts')).status).toBe(503)
    const hanging = me.call('POST', '/api/accounts', { name: 'hangs' }).catch(() => null)
    const { answer: code, ms } = await timed(() => product.stop())
    expect({ code, left: processesIn(databaseFolder) }).toEqual({ code: 0, left: [] })
    expect(ms).toBeLessThan(15_000)
    await hanging
  },
)

async function freezeAndThaw({ product, me }: Program, folder: string): Promise<void> {
  freeze(folder)
  const asked = await Promise.all([
    timed(() => me.call('GET', '/api/accounts')),
    timed(() => me.call('POST', '/api/accounts', { name: 'while frozen' })),
    timed(() => me.call('POST', '/api/whatsapp/initialize', {})),
  ])
  for (const { answer, ms } of asked) {
    expect(answer).toMatchObject({ status: 503, body: { code: 'database_unavailable' } })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(ms).toBeLessThan(20_000)
  }
  await askWhile(me, { meanwhile: () => Bun.sleep(outageMs) })
  expect((await fetch(`${product.url}/readyz`)).status).toBe(503)
  expect((await fetch(`${product.url}/healthz`)).status).toBe(200)
  signal(folder, 'SIGCONT')
  await untilReady(product, HEAL_MS)
  expect((await me.call('POST', '/api/accounts', { name: 'after' })).status).toBe(201)
}

interface Program {
  product: Product
  me: Caller
  databaseFolder: string
}

/** The program on its own database, or on the one in `env`, with somebody signed in. */
async function startProgram(undo: AsyncDisposableStack, env: Record<string, string> = {}): Promise<Program> {
  const { folder, remove } = makeFolder()
  undo.defer(remove)
  const product = await startProduct({ command: fromSource, folder, env: { LOG_LEVEL: 'warn', ...env } })
  undo.defer(async () => {
    product.child.kill('SIGKILL')
    await product.child.exited
  })
  const { body } = await caller(product.url, {}).call('POST', '/api/setup', {
    token: product.setupToken,
    email: 'owner@example.com',
    password: 'a long pass phrase',
  })
  const me = caller(product.url, { authorization: `Bearer ${body.token}` })
  return { product, me, databaseFolder: embeddedFolder(join(folder, 'data')) }
}

interface Server {
  url: string
  folder: string
  start(): Promise<void>
  stop(): Promise<void>
}

/** A PostgreSQL server beside the program. */
async function startServer(undo: AsyncDisposableStack): Promise<Server> {
  const dataDir = mkdtempSync(join(tmpdir(), 'botwave-server-'))
  undo.defer(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }))
  let server: Embedded
  const start = async () => {
    server = await startEmbedded({ dataDir, carriedPostgres: null, log: createLog('silent') })
  }
  const stop = () => server.stop()
  await start()
  undo.defer(stop)
  const folder = embeddedFolder(dataDir)
  return { url: loginToUrl(loginBySocket(folder, superuser, 'postgres')), folder, start, stop }
}

/**
 * Makes one account after the other, `count` of them or while `meanwhile` runs; answers the names that were answered
 * 201. Everything else must be a refusal that comes at once and says when to try again.
 */
async function askWhile(
  me: Caller,
  { count = 0, meanwhile }: { count?: number; meanwhile?: () => Promise<unknown> },
): Promise<string[]> {
  const names: string[] = []
  let over = !meanwhile
  const ending = meanwhile?.().finally(() => {
    over = true
  })
  for (let asked = 0; !over || asked < count; asked++) {
    const name = `account ${crypto.randomUUID()}`
    const { answer, ms } = await timed(() => me.call('POST', '/api/accounts', { name }))
    if (answer.status === 201) names.push(name)
    else {
      expect(answer).toMatchObject({ status: 503, body: { code: 'database_unavailable' } })
      expect(answer.headers.get('retry-after')).toBe('5')
      expect(ms).toBeLessThan(REFUSED_MS)
    }
    await Bun.sleep(BREATH_MS)
  }
  await ending
  return names
}

async function namesOf(me: Caller): Promise<string[]> {
  const { status, body } = await me.call('GET', '/api/accounts')
  expect(status).toBe(200)
  return body.items.map(({ name }: { name: string }) => name)
}

async function timed<T>(work: () => Promise<T>): Promise<{ answer: T; ms: number }> {
  const startedAt = performance.now()
  const answer = await work()
  return { answer, ms: performance.now() - startedAt }
}

/** Where the program starts the database itself, its start is in it: a few seconds more. */
async function untilReady({ url, output }: Product, limitMs = 15_000): Promise<void> {
  const limit = AbortSignal.timeout(limitMs)
  for (;;) {
    const status = await fetch(`${url}/readyz`).then(
      (answer) => answer.status,
      () => null,
    )
    if (status === 200) return
    if (status === null || limit.aborted) throw new Error(`It did not heal: ${output()}`)
    await Bun.sleep(50)
  }
}

function freeze(folder: string): void {
  signal(folder, 'SIGSTOP')
  thaws.push(() => signal(folder, 'SIGCONT'))
}

/** What a process calls itself: PostgreSQL's say what they are for. */
function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a line of the log has what it has
function linesOf({ output }: Product): any[] {
  return output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}

function signal(folder: string, name: NodeJS.Signals): void {
  if (!statSync(folder, { throwIfNoEntry: false })) return
  for (const pid of processesIn(folder)) {
    try {
      process.kill(pid, name)
    } catch {
      // Gone in between.
    }
  }
}
