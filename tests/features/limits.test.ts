// Limits that hold: for many at once, over a kill, across keys; and headers that tell the truth.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Problem } from '../../src/http/problem.ts'
import { createSendLimiter, type SendLimiter } from '../../src/http/send-limit.ts'
import { caller, startTestApp, type TestApp } from '../support/app.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
})
afterAll(() => t.stop())

const send = { number: '+491511111111', message: 'Hello' }
const START = 1_790_000_000_000

async function makeUser(): Promise<string> {
  const id = Bun.randomUUIDv7()
  await t.database
    .owner`insert into users (id, email, password_hash) values (${id}, ${`${id}@example.com`}, 'none')`
  return id
}

/** A limiter on a clock that the test moves. `kill`: as the next start after a SIGKILL finds things. */
function onFakeClock() {
  const clock = { ms: START }
  const open = () => createSendLimiter({ sql: t.database.sql, now: () => clock.ms })
  const fake = {
    clock,
    limiter: open(),
    kill: () => {
      fake.limiter = open()
    },
    restart: async () => {
      await fake.limiter.stop()
      fake.limiter = open()
    },
  }
  return fake
}

/** Null when it was let in, else after how many seconds to come back. */
async function tryOne(limiter: SendLimiter, userId: string, limit: number): Promise<number | null> {
  try {
    await limiter.take(userId, limit)
    return null
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'rate_limited') throw error
    return Number(error.more.headers?.['retry-after'])
  }
}

async function countIn(limiter: SendLimiter, userId: string, limit: number, tries: number): Promise<number> {
  const answers = await Promise.all(Array.from({ length: tries }, () => tryOne(limiter, userId, limit)))
  return answers.filter((answer) => answer === null).length
}

describe('sends a minute', () => {
  test.each([1, 7, 60, 150])('200 at once and a limit of %p: exactly so many', async (limit) => {
    const { limiter } = onFakeClock()
    expect(await countIn(limiter, await makeUser(), limit, 200)).toBe(limit)
  })

  test('after a kill never more, and at most one block fewer', async () => {
    for (const used of [0, 1, 30, 59, 60]) {
      const fake = onFakeClock()
      const userId = await makeUser()
      for (let n = 0; n < used; n++) await fake.limiter.take(userId, 60)
      fake.kill()
      fake.clock.ms += 5_000
      const more = await countIn(fake.limiter, userId, 60, 100)
      expect(used + more).toBeLessThanOrEqual(60)
      expect(used + more).toBeGreaterThanOrEqual(54)
    }
  })

  test('a restart that was asked for loses nothing', async () => {
    const fake = onFakeClock()
    const userId = await makeUser()
    for (let n = 0; n < 25; n++) await fake.limiter.take(userId, 60)
    await fake.restart()
    expect(await countIn(fake.limiter, userId, 60, 100)).toBe(35)
  })

  test('whenever they come and whenever it is killed: never more than the limit in any minute', async () => {
    const step = fc.record({
      waitMs: fc.constantFrom(0, 0, 10, 900, 7_000, 30_000, 61_500),
      at: fc.constantFrom('once', 'once', 'together', 'kill', 'restart'),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 30 }),
        fc.array(step, { maxLength: 25 }),
        async (limit, steps) => {
          const fake = onFakeClock()
          const userId = await makeUser()
          const allowed: number[] = []
          let kills: number[] = []
          for (const { waitMs, at } of steps) {
            fake.clock.ms += waitMs
            const now = fake.clock.ms
            // What a kill took along counts from the start of the process that finds it.
            if (at === 'restart') {
              await fake.restart()
              kills = kills.map(() => now)
            }
            if (at === 'kill') {
              fake.kill()
              kills = [...kills.map(() => now), now]
            }
            if (at !== 'once' && at !== 'together') continue
            const tries = at === 'once' ? 1 : 12
            const got = await countIn(fake.limiter, userId, limit, tries)
            for (let n = 0; n < got; n++) allowed.push(now)
            expect(allowed.filter((each) => each >= now - 60_000).length).toBeLessThanOrEqual(limit)
            // Somebody is refused only for what was sent lately, or for a block that a kill took along.
            kills = kills.filter((each) => each > now - 62_000)
            const lately = allowed.filter((each) => each > now - 62_000).length
            const lost = kills.length * Math.max(Math.ceil(limit / 10), 12)
            if (got < tries) expect(lately + lost).toBeGreaterThanOrEqual(limit)
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  test('who waits as long as Retry-After says is let in', async () => {
    const fake = onFakeClock()
    const userId = await makeUser()
    for (let n = 0; n < 3; n++) {
      await fake.limiter.take(userId, 3)
      fake.clock.ms += 11_111
    }
    const seconds = await tryOne(fake.limiter, userId, 3)
    expect(seconds).toBeWithin(25, 29)
    fake.clock.ms += (seconds! - 2) * 1000
    expect(await tryOne(fake.limiter, userId, 3)).not.toBeNull()
    fake.clock.ms += 2_000
    expect(await tryOne(fake.limiter, userId, 3)).toBeNull()
  })

  test('what was given back can be used again', async () => {
    const { limiter } = onFakeClock()
    const userId = await makeUser()
    const first = await limiter.take(userId, 2)
    expect(first.headers).toMatchObject({ ratelimit: '"send";r=1;t=61', 'ratelimit-remaining': '1' })
    expect(first.giveBack()).toMatchObject({ ratelimit: '"send";r=2;t=0', 'ratelimit-remaining': '2' })
    expect(await countIn(limiter, userId, 2, 5)).toBe(2)
  })

  test('two people do not share one', async () => {
    const { limiter } = onFakeClock()
    const [one, other] = [await makeUser(), await makeUser()]
    expect(await countIn(limiter, one, 5, 10)).toBe(5)
    expect(await countIn(limiter, other, 5, 10)).toBe(5)
  })

  test('somebody who was removed meanwhile leaves no row and causes no error', async () => {
    const { limiter } = onFakeClock()
    const userId = await makeUser()
    await limiter.take(userId, 2)
    await t.database.owner`delete from users where id = ${userId}`
    await limiter.take(userId, 2)
    await limiter.stop()
    expect(await t.database.owner`select 1 from send_limits where user_id = ${userId}`).toHaveLength(0)
  })

  test('most sends cost no write', async () => {
    const { limiter } = onFakeClock()
    const userId = await makeUser()
    const version = async () => {
      const [row] = await t.database.owner<{ xmin: string }[]>`
        select xmin::text from send_limits where user_id = ${userId}`
      return row?.xmin
    }
    const seen = new Set<string | undefined>()
    for (let n = 0; n < 100; n++) {
      await limiter.take(userId, 1_000)
      seen.add(await version())
    }
    expect(seen.size).toBeLessThanOrEqual(4)
  })
})

describe('over HTTP', () => {
  test('200 callers with two keys, the dashboard and both routes: the limit, and not one more', async () => {
    const person = await t.person({ rateLimit: 40 })
    await person.linked()
    const keys = [await person.key(), await person.key()]
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        n % 3 === 0
          ? person.call('POST', '/api/messages/send', send)
          : n % 3 === 1
            ? keys[0]!.call('POST', '/api/messages/send', send)
            : keys[1]!.call('POST', '/api/send', send),
      ),
    )
    expect(answers.filter((answer) => answer.status === 202)).toHaveLength(40)
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(160)
    const refused = answers.find((answer) => answer.status === 429)!
    expect(refused.body.code).toBe('rate_limited')
    expect(refused.headers.get('retry-after')).toBe(String(refused.body.retry_after_s))
    expect(refused.body.retry_after_s).toBeWithin(50, 62)
    const [row] = await t.database
      .owner`select count(*)::int as n from message_logs where user_id = ${person.id}`
    expect(row!.n).toBe(40)
  })

  test('every answer says what is left', async () => {
    const person = await t.person({ rateLimit: 3 })
    await person.linked()
    const answers = []
    for (let n = 0; n < 4; n++) answers.push(await person.call('POST', '/api/messages/send', send))
    const told = answers.map(({ status, headers }) => [
      status,
      headers.get('ratelimit-policy'),
      headers.get('ratelimit')?.replace(/t=\d+/, 't=…'),
      headers.get('ratelimit-limit'),
      headers.get('ratelimit-remaining'),
    ])
    expect(told).toEqual([
      [202, '"send";q=3;w=60', '"send";r=2;t=…', '3', '2'],
      [202, '"send";q=3;w=60', '"send";r=1;t=…', '3', '1'],
      [202, '"send";q=3;w=60', '"send";r=0;t=…', '3', '0'],
      [429, '"send";q=3;w=60', '"send";r=0;t=…', '3', '0'],
    ])
  })

  test('a message that was accepted before is no send', async () => {
    const person = await t.person({ rateLimit: 2 })
    await person.linked()
    const once = (key: string) => person.call('POST', '/api/messages/send', send, { 'idempotency-key': key })
    const first = await once('a')
    for (let n = 0; n < 5; n++) {
      const again = await once('a')
      expect([again.status, again.body.id]).toEqual([202, first.body.id])
      expect(again.headers.get('ratelimit-remaining')).toBe('1')
    }
    expect((await once('b')).status).toBe(202)
    expect((await once('c')).status).toBe(429)
  })

  test("a person's own limit, the default and the ceiling act at once", async () => {
    const person = await t.person({ rateLimit: null })
    await person.linked()
    try {
      const limitNow = async () =>
        (await person.call('POST', '/api/messages/send', send)).headers.get('ratelimit-limit')
      const settings = (change: object) => t.admin.call('PUT', '/api/settings', change)
      expect(await limitNow()).toBe('60')
      await settings({ default_rate_limit: 7 })
      expect(await limitNow()).toBe('7')
      await settings({ max_rate_limit: 8 })
      await t.admin.call('PATCH', `/api/users/${person.id}`, { rate_limit: 8 })
      expect(await limitNow()).toBe('8')
      await settings({ default_rate_limit: 3, max_rate_limit: 4 })
      expect(await limitNow()).toBe('4')
    } finally {
      await t.admin.call('PUT', '/api/settings', { default_rate_limit: 60, max_rate_limit: 1_000_000 })
    }
  })

  test('a restart of the program keeps the count', async () => {
    const person = await t.person({ rateLimit: 10 })
    await person.linked()
    for (let n = 0; n < 8; n++) await person.call('POST', '/api/messages/send', send)
    await t.restart()
    const answers = []
    for (let n = 0; n < 4; n++) answers.push((await person.call('POST', '/api/messages/send', send)).status)
    expect(answers).toEqual([202, 202, 429, 429])
  })

  test('other calls: so many a second of each kind, and one kind leaves the others alone', async () => {
    const person = await t.person()
    const key = await person.key({ scopes: ['read', 'accounts'] })
    const answers = await Promise.all(Array.from({ length: 120 }, () => key.call('GET', '/api/accounts')))
    const refused = answers.filter((answer) => answer.status === 429)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0]!.headers.get('retry-after')).toMatch(/^[1-3]$/)
    expect(answers.find((answer) => answer.status === 200)!.headers.get('ratelimit-policy')).toBe(
      '"read";q=100;w=2',
    )
    expect((await key.call('POST', '/api/accounts', { name: 'x' })).status).toBe(201)
  })

  test('what strangers may ask counts by their address, IPv6 by its network', async () => {
    const from = (address: string) =>
      t.stranger.call('GET', '/api/public', undefined, { 'x-forwarded-for': address })
    const count = async (addresses: string[]) =>
      (await Promise.all(addresses.map(from))).filter((answer) => answer.status === 200).length
    const six = Array.from({ length: 620 }, (_, n) => `2001:db8:0:1::${(n + 1).toString(16)}`)
    expect(await count(six)).toBe(600)
    expect(await count(['2001:db8:0:2::1', '198.51.100.77'])).toBe(2)
  })

  test('credentials that are none count too, and leave good ones from the same address alone', async () => {
    const person = await t.person()
    const headers = { 'x-forwarded-for': '198.51.100.88' }
    const guess = () =>
      caller(t.url, { authorization: `Bearer ${crypto.randomUUID()}` }).call(
        'GET',
        '/api/accounts',
        undefined,
        headers,
      )
    const answers = await Promise.all(Array.from({ length: 310 }, guess))
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(300)
    expect(answers.filter((answer) => answer.status === 429)).toHaveLength(10)
    expect((await person.call('GET', '/api/accounts', undefined, headers)).status).toBe(200)
  })
})
