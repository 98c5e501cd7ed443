// Server and database killed while events are told: none is lost, all come in order, and what was acknowledged stays so.
import { afterEach, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { embeddedFolder } from '../../src/database/embedded.ts'
import { processesIn } from '../../src/database/leftovers.ts'
import { type Caller, caller } from '../support/app.ts'
import { fromSource, makeFolder, type Product, startProduct, until } from '../support/product.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

setDefaultTimeout(90_000)
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

interface Stage {
  start(): Promise<Product>
  me(): Caller
  receiver: Receiver
  databaseFolder: string
}

test('the database is killed: what was taken does not come again, what was not comes in its place', async () => {
  const { start, me, receiver, databaseFolder } = await stage()
  await start()
  await hook(me(), receiver)
  const happening = happen(me, 40)
  await receiver.until(10)
  for (const pid of processesIn(databaseFolder)) kill(pid)
  await receiver.until(25)
  for (const pid of processesIn(databaseFolder)) kill(pid)
  await happening
  const ids = await eventIds(me())
  await until(() => ids.every((id) => receiver.taken.includes(id)))
  expect(receiver.arrived.map(({ id }) => id)).toEqual(ids)
})

test('the server is killed: it goes on where it was, and repeats at most what it was just telling', async () => {
  const { start, me, receiver } = await stage()
  let product = await start()
  await hook(me(), receiver)
  let kills = 0
  const happening = happen(me, 40)
  for (const count of [10, 30]) {
    await receiver.until(count)
    product.child.kill('SIGKILL')
    await product.child.exited
    kills++
    product = await start()
  }
  await happening
  const ids = await eventIds(me())
  await until(() => ids.every((id) => receiver.taken.includes(id)))
  const first = [...new Set(receiver.arrived.map(({ id }) => id))]
  expect(first).toEqual(ids)
  // Answered, and the answer not yet written down: no more than what one write of the database takes.
  expect(receiver.arrived.length - first.length).toBeLessThanOrEqual(kills * 10)
})

async function stage(): Promise<Stage> {
  const { folder, remove } = makeFolder()
  undo.push(remove)
  const receiver = await startReceiver()
  undo.push(receiver.stop)
  let product: Product | null = null
  let token = ''
  undo.push(async () => {
    product?.child.kill('SIGKILL')
    await product?.child.exited
  })
  return {
    receiver,
    databaseFolder: embeddedFolder(join(folder, 'data')),
    me: () => caller(product!.url, { authorization: `Bearer ${token}` }),
    async start() {
      const env = { LOG_LEVEL: 'warn', OUTBOUND_ALLOW: '127.0.0.0/8' }
      product = await startProduct({ command: fromSource, folder, env })
      if (product.setupToken) {
        const { body } = await caller(product.url, {}).call('POST', '/api/setup', {
          token: product.setupToken,
          email: 'owner@example.com',
          password: 'a long pass phrase',
        })
        token = body.token
      }
      return product
    },
  }
}

async function hook(me: Caller, receiver: Receiver): Promise<void> {
  const { status } = await me.call('POST', '/api/webhooks', {
    url: receiver.url,
    events: ['account.created'],
  })
  expect(status).toBe(201)
}

/** Makes so many accounts, whatever stands in the way. */
async function happen(me: () => Caller, count: number): Promise<void> {
  for (let made = 0; made < count; ) {
    const answer = await me()
      .call('POST', '/api/accounts', { name: `account ${made}` })
      .catch(() => null)
    if (answer?.status === 201) made++
    else await Bun.sleep(20)
  }
}

/** In the order of the record; also of accounts whose answer was lost. */
async function eventIds(me: Caller): Promise<string[]> {
  let items: { id: string; type: string }[] = []
  await until(async () => {
    const { status, body } = await me.call('GET', '/api/events?limit=500')
    items = body.items
    return status === 200
  })
  return items.filter(({ type }) => type === 'account.created').map(({ id }) => id)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Gone in between.
  }
}
