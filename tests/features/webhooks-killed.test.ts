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

test('receivers of every kind while server and database are killed: nothing lost, in order, the well ones not held up', async () => {
  const { start, me, receiver: well, databaseFolder } = await stage()
  let product = await start()
  const since = new Date().toISOString()
  const trap = await receive()
  const healed = Promise.withResolvers<void>()
  const kinds: Record<string, Receiver['answer']> = {
    slow: async () => {
      await Bun.sleep(100)
      return new Response('at last')
    },
    broken: () => new Response('broken', { status: 500 }),
    hanging: () => healed.promise.then(() => 'cut' as const),
    redirecting: () => Response.redirect(trap.url, 307),
    gone: () => new Response(null, { status: 410 }),
    cutting: () => 'cut',
  }
  const made = new Map<string, { id: string; receiver: Receiver }>()
  for (const [kind, answer] of Object.entries(kinds)) {
    const receiver = await receive()
    receiver.answer = answer
    made.set(kind, { id: await hook(me(), receiver), receiver })
  }
  await hook(me(), well)
  const slow = made.get('slow')!.receiver

  const happening = happen(me, 30)
  await well.until(10)
  product.child.kill('SIGKILL')
  await product.child.exited
  product = await start()
  await well.until(20)
  for (const pid of processesIn(databaseFolder)) kill(pid)
  await happening
  const ids = await eventIds(me())
  await until(() => [well, slow].every(({ taken }) => ids.every((id) => taken.includes(id))))

  const [gone, ...bad] = ['gone', 'broken', 'hanging', 'redirecting', 'cutting'].map(
    (kind) => made.get(kind)!,
  )
  for (const { receiver } of [gone!, ...bad]) {
    await receiver.until(1)
    // The first holds its place until it is taken.
    expect([...new Set(receiver.arrived.map(({ id }) => id))]).toEqual(ids.slice(0, 1))
    expect(receiver.taken).toEqual([])
    receiver.answer = () => new Response('well again')
  }
  expect((await me().call('GET', `/api/webhooks/${gone!.id}`)).body).toMatchObject({
    disabled_reason: 'gone',
  })
  healed.resolve()
  await me().call('PATCH', `/api/webhooks/${gone!.id}`, { enabled: true })
  for (const { id } of [gone!, ...bad]) {
    await until(async () => {
      await me().call('POST', `/api/webhooks/${id}/redelivery`, { since })
      return (await me().call('GET', `/api/webhooks/${id}`)).body.waiting === 0
    })
  }
  for (const { receiver } of [gone!, ...bad]) expect(receiver.taken).toEqual(ids)
  for (const { taken } of [well, slow]) {
    expect([...new Set(taken)]).toEqual(ids)
    // Answered, and the answer not yet written down when the server was killed.
    expect(taken.length - ids.length).toBeLessThanOrEqual(10)
  }
  expect(trap.arrived).toEqual([])
})

async function receive(): Promise<Receiver> {
  const receiver = await startReceiver()
  undo.push(receiver.stop)
  return receiver
}

async function stage(): Promise<Stage> {
  const { folder, remove } = makeFolder()
  undo.push(remove)
  const receiver = await receive()
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

/** Answers its id. */
async function hook(me: Caller, receiver: Receiver): Promise<string> {
  const { status, body } = await me.call('POST', '/api/webhooks', {
    url: receiver.url,
    events: ['account.created'],
  })
  expect(status).toBe(201)
  return body.id
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
