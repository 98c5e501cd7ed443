// A database that is killed, stopped or frozen under the running program: refused at once, healed, nothing lost.
import { afterEach, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Embedded, embeddedFolder, startEmbedded, superuser } from '../../src/database/embedded.ts'
import { processesIn } from '../../src/database/leftovers.ts'
import { loginBySocket, loginToUrl } from '../../src/database/login.ts'
import { createLog } from '../../src/log.ts'
import { type Caller, caller } from '../support/app.ts'
import { fromSource, makeFolder, type Product, startProduct } from '../support/product.ts'

setDefaultTimeout(90_000)
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

test('our own PostgreSQL, killed: started again by the program, and what was answered 2xx is there', async () => {
  const { product, me, databaseFolder } = await startProgram()
  const names = await askWhile(me, async (asked) => {
    await asked(5)
    signal(databaseFolder, 'SIGKILL')
    await asked(20)
  })
  await untilReady(product)
  expect(await namesOf(me)).toEqual(expect.arrayContaining(names))
  expect(product.child.exitCode).toBeNull()
})

test('killed again and again, it is still there', async () => {
  const { product, me, databaseFolder } = await startProgram()
  for (let time = 0; time < 3; time++) {
    signal(databaseFolder, 'SIGKILL')
    await untilReady(product)
  }
  expect((await me.call('POST', '/api/accounts', { name: 'after' })).status).toBe(201)
})

test('frozen: nobody waits longer than 20 s, others are refused at once, and it heals', async () => {
  const { product, me, databaseFolder } = await startProgram()
  signal(databaseFolder, 'SIGSTOP')
  undo.push(() => signal(databaseFolder, 'SIGCONT'))
  const asked = await Promise.all([1, 2, 3].map(() => timed(() => me.call('GET', '/api/accounts'))))
  for (const { answer, ms } of asked) {
    expect(answer).toMatchObject({ status: 503, body: { code: 'database_unavailable' } })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(ms).toBeLessThan(20_000)
  }
  const late = await timed(() => me.call('POST', '/api/accounts', { name: 'while frozen' }))
  expect(late.answer.status).toBe(503)
  expect(late.ms).toBeLessThan(2_000)
  expect((await fetch(`${product.url}/readyz`)).status).toBe(503)
  expect((await fetch(`${product.url}/healthz`)).status).toBe(200)
  signal(databaseFolder, 'SIGCONT')
  await untilReady(product)
  expect((await me.call('POST', '/api/accounts', { name: 'after' })).status).toBe(201)
})

test('a server that is stopped and started: 503 within 2 s, healed within 5 s, nothing lost', async () => {
  const server = await startServer()
  const { product, me } = await startProgram({ DATABASE_URL: server.url })
  const names = await askWhile(me, async (asked) => {
    await asked(5)
    await server.stop()
    const refused = await timed(() => me.call('GET', '/api/accounts'))
    expect(refused.answer).toMatchObject({ status: 503, body: { code: 'database_unavailable' } })
    expect(refused.answer.headers.get('retry-after')).toBe('5')
    expect(refused.ms).toBeLessThan(2_000)
    await asked(20)
    await server.start()
  })
  await untilReady(product)
  expect(await namesOf(me)).toEqual(expect.arrayContaining(names))
})

/** The program on its own database, or on the one in `env`, with somebody signed in. */
async function startProgram(env: Record<string, string> = {}) {
  const { folder, remove } = makeFolder()
  undo.push(remove)
  const product = await startProduct({ command: fromSource, folder, env: { LOG_LEVEL: 'warn', ...env } })
  undo.push(async () => {
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

/** A PostgreSQL server beside the program. */
async function startServer() {
  const dataDir = mkdtempSync(join(tmpdir(), 'botwave-server-'))
  undo.push(() => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }))
  let server: Embedded
  const start = async () => {
    server = await startEmbedded({ dataDir, carriedPostgres: null, log: createLog('silent') })
  }
  const stop = () => server.stop()
  await start()
  undo.push(stop)
  return { url: loginToUrl(loginBySocket(embeddedFolder(dataDir), superuser, 'postgres')), start, stop }
}

/** Makes one account after the other while `work` runs; answers the names that were answered 201. */
async function askWhile(
  me: Caller,
  work: (asked: (more: number) => Promise<void>) => Promise<void>,
): Promise<string[]> {
  const names: string[] = []
  let count = 0
  let over = false
  const waiting: { at: number; resolve: () => void }[] = []
  const asking = (async () => {
    while (!over) {
      const name = `account ${++count}`
      const { status } = await me.call('POST', '/api/accounts', { name })
      if (status === 201) names.push(name)
      else expect(status).toBe(503)
      for (const { at, resolve } of waiting) if (count >= at) resolve()
    }
  })()
  await work((more) => new Promise((resolve) => waiting.push({ at: count + more, resolve })))
  over = true
  await asking
  expect(names.length).toBeGreaterThan(0)
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

/** Five seconds are what it may take from the database's return; its own start is in it here, so a few more. */
async function untilReady({ url, output }: Product): Promise<void> {
  const limit = AbortSignal.timeout(15_000)
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

function signal(folder: string, name: NodeJS.Signals): void {
  for (const pid of processesIn(folder)) {
    try {
      process.kill(pid, name)
    } catch {
      // Gone in between.
    }
  }
}
