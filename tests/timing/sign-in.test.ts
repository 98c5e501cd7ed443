// What sign-ins give away and take: nothing by the clock about who is there, and no time from everybody else.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { caller, startTestApp, type TestApp } from '../support/app.ts'
import { createRows, type Rows } from '../support/rows.ts'

let t: TestApp
let rows: Rows
beforeAll(async () => {
  t = await startTestApp({ env: { TRUSTED_PROXIES: '127.0.0.1' } })
  rows = await createRows(t)
})
afterAll(() => t.stop())

let address = 0

/** A wrong password from an address of its own; how long the refusal took. */
async function timeOfRefusal(email: string): Promise<number> {
  const headers = { 'x-forwarded-for': `10.0.${address >> 8}.${address++ & 255}` }
  const startedAt = performance.now()
  const answer = await t.stranger.call('POST', '/api/auth/login', { email, password: 'not the one' }, headers)
  const tookMs = performance.now() - startedAt
  expect([answer.status, answer.body.code]).toEqual([401, 'bad_credentials'])
  return tookMs
}

function quantile(numbers: number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

test('a wrong password takes as long for somebody who is there as for nobody', async () => {
  const { email: first } = await rows.person()
  await timeOfRefusal(first)
  const known: number[] = []
  const unknown: number[] = []
  const apart = () => Math.abs(quantile(known, 0.5) - quantile(unknown, 0.5))
  // In turn, so that a machine that changes its pace slows both; and for longer where it is too busy to tell.
  while (known.length < 10 || (apart() > 5 && known.length < 40)) {
    const { email } = await rows.person()
    known.push(await timeOfRefusal(email))
    unknown.push(await timeOfRefusal(`un${email}`))
  }
  expect(apart()).toBeLessThanOrEqual(5)
})

test('twenty sign-ins at once do not keep others waiting', async () => {
  const { token } = await rows.person()
  const me = caller(t.url, { authorization: `Bearer ${token}` })
  const times: number[] = []
  let over = false
  const tries = Array.from({ length: 20 }, (_, n) => timeOfRefusal(`nobody-${n}@example.com`))
  const all = Promise.all(tries).finally(() => {
    over = true
  })
  while (!over) {
    const startedAt = performance.now()
    expect((await me.call('GET', '/api/accounts')).status).toBe(200)
    times.push(performance.now() - startedAt)
    await Bun.sleep(20)
  }
  await all
  expect(times.length).toBeGreaterThan(10)
  // A machine that does other things too may stop this process for a moment; waiting behind hashes shows in most.
  expect(quantile(times, 0.9)).toBeLessThan(100)
})
