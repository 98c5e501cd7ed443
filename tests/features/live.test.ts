// The live view: the socket hints, the cursor is the truth, and nobody sees what is not theirs.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Person, startTestApp, type TestApp } from '../support/app.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.stop())

/** Opens the socket as a browser would; resolves with what it says first, or with how it was refused. */
async function connect(headers: Record<string, string>) {
  const socket = new WebSocket(`${t.url.replace('http', 'ws')}/api/live`, { headers } as never)
  const said: { type: string; event?: { type: string; account_id: string } }[] = []
  const closed = Promise.withResolvers<number>()
  socket.onclose = (event) => closed.resolve(event.code)
  const first = await new Promise<'open' | 'refused'>((resolve) => {
    socket.onerror = () => resolve('refused')
    socket.onmessage = (event) => {
      said.push(JSON.parse(event.data))
      resolve('open')
    }
  })
  return { socket, said, first, closed: closed.promise }
}

const cookie = (person: Person) => `botwave_session=${person.token}`
const origin = () => t.url

test('a signed-in browser on our own page hears its own events and nobody else', async () => {
  const [person, other] = [await t.person(), await t.person()]
  const { socket, said, first } = await connect({ cookie: cookie(person), origin: origin() })
  expect(first).toBe('open')
  expect(said[0]).toMatchObject({ type: 'hello', version: expect.any(String) })
  await other.call('POST', '/api/accounts', { name: 'Theirs' })
  const { body } = await person.call('POST', '/api/accounts', { name: 'Mine' })
  await person.until(() => said.some((message) => message.event?.account_id === body.id))
  expect(said.filter((message) => message.type === 'event')).toHaveLength(1)
  socket.close()
})

test.each([
  ['no credential', () => ({ origin: origin() })],
  ['a foreign origin', (person: Person) => ({ cookie: cookie(person), origin: 'https://evil.example' })],
  ['no origin', (person: Person) => ({ cookie: cookie(person) })],
  [
    'a foreign site',
    (person: Person) => ({ cookie: cookie(person), origin: origin(), 'sec-fetch-site': 'cross-site' }),
  ],
])('a socket with %s is refused', async (_, headers) => {
  const person = await t.person()
  expect((await connect(headers(person) as Record<string, string>)).first).toBe('refused')
})

test('signing out closes the open socket', async () => {
  const person = await t.person()
  const { closed } = await connect({ cookie: cookie(person), origin: origin() })
  await person.call('POST', '/api/auth/logout')
  expect(await closed).toBe(4001)
})

test('the cursor lists every event once, in pages of any size', async () => {
  const person = await t.person()
  for (let n = 0; n < 7; n++) await person.call('POST', '/api/accounts', { name: `Phone ${n}` })
  await t.database.settled()
  const all = (await person.call('GET', '/api/events')).body.items.map((event: { id: string }) => event.id)
  expect(all).toHaveLength(7)
  const paged: string[] = []
  let after = ''
  for (;;) {
    const { items, next } = (await person.call('GET', `/api/events?limit=3${after && `&after=${after}`}`))
      .body
    if (items.length === 0) break
    paged.push(...items.map((event: { id: string }) => event.id))
    after = next
  }
  expect(paged).toEqual(all)
  expect((await person.call('GET', `/api/events?after=${after}`)).body).toEqual({ items: [], next: after })
  expect((await person.call('GET', '/api/events?after=latest')).body).toEqual({ items: [], next: after })
})

test('an event of a transaction that is still running holds back later ones, so that the cursor misses none', async () => {
  const person = await t.person()
  const held = await t.database.owner.reserve()
  await held`begin`
  const early = Bun.randomUUIDv7()
  await held`insert into events (id, user_id, type) values (${early}, ${person.id}, 'key.created')`
  await person.call('POST', '/api/accounts', { name: 'Later' })
  expect((await person.call('GET', '/api/events')).body.items).toEqual([])
  await held`commit`
  held.release()
  await t.database.settled()
  const items = (await person.call('GET', '/api/events')).body.items
  expect(items.map((event: { type: string }) => event.type)).toEqual(['key.created', 'account.created'])
})

test('who polls from before their first event hears of it', async () => {
  const person = await t.person()
  const { next } = (await person.call('GET', '/api/events?after=latest')).body
  const { body: account } = await person.call('POST', '/api/accounts', { name: 'First' })
  await t.database.settled()
  const { items } = (await person.call('GET', `/api/events?after=${next}`)).body
  expect(items).toMatchObject([{ type: 'account.created', account_id: account.id }])
})
