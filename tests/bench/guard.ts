// What the guard costs: accepts a second with and without key check and limit; and what sign-ins cost everybody else.
import { join } from 'node:path'
import { createPasswords } from '../../src/auth/passwords.ts'
import { caller } from '../support/app.ts'
import { linkInTable } from './accepts.ts'
import { type Database, type Figure, median, ms, percent, perSecond, quantile, spread } from './figure.ts'
import { loadClosed } from './load.ts'
import { openStage, openUndo, type Stage } from './stage.ts'

const product = [process.execPath, join(import.meta.dir, 'guard-product.ts')]
const SLICE_S = 2

/** `rounds`: how often the two are measured in turn, twice each a round. */
export async function measureGuard(database: Database, rounds: number): Promise<Figure[]> {
  await using undo = openUndo()
  const env = { TRUSTED_PROXIES: '127.0.0.1' }
  const guarded = await openStage(undo, { database, command: product, env })
  const open = await openStage(undo, { database, command: product, env: { ...env, GUARD: 'off' } })
  const loads = { guarded: await linkInTable(guarded), open: await linkInTable(open) }
  const rates: Record<keyof typeof loads, number[]> = { guarded: [], open: [] }
  for (const load of Object.values(loads)) await loadClosed(load, SLICE_S)
  for (let n = 0; n < rounds; n++) {
    // Each goes first once, so that neither has the better half of a machine that changes its pace.
    for (const name of ['guarded', 'open', 'open', 'guarded'] as const)
      rates[name].push((await loadClosed(loads[name], SLICE_S)).perSecond)
  }
  const [rate, bare] = [mean(rates.guarded), mean(rates.open)]
  return [
    {
      what: 'accepts with key check and limit',
      database,
      value: perSecond(rate),
      beside: perSecond(bare),
    },
    {
      what: 'accepts, share left by key check and limit',
      database,
      value: percent(rate / bare),
      reach: '≥ 85 %',
      met: rate / bare >= 0.85,
    },
    await measureTellingTimes(guarded, database, rounds),
    await measureSignIns(guarded, database),
  ]
}

const mean = (numbers: number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length

const KNOWN = 20

/** Wrong passwords for people that are there and for some that are not, in turn. */
async function measureTellingTimes(stage: Stage, database: Database, rounds: number): Promise<Figure> {
  const { owner, url } = stage
  const hash = await createPasswords().hash('the right pass phrase')
  const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] }
  for (let n = 0; n < rounds * KNOWN; n++) {
    const email = `known-${n}-${crypto.randomUUID()}@example.com`
    await owner`insert into users (id, email, password_hash) values (${Bun.randomUUIDv7()}, ${email}, ${hash})`
    const order = n % 2 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)
    for (const who of order) {
      const asked = who === 'known' ? email : `un${email}`
      times[who].push(await timeOf(() => signIn(url, asked, `192.0.2.${n % 250}`)))
    }
  }
  const apart = Math.abs(median(times.known) - median(times.unknown))
  return {
    what: `sign-ins, known and unknown people apart (median of ${rounds * KNOWN} each)`,
    database,
    value: ms(apart),
    beside: `${ms(median(times.known))} and ${ms(median(times.unknown))}`,
    reach: '≤ 5 ms',
    met: apart <= 5,
  }
}

const AT_ONCE = 20

/** Twenty sign-ins at once, again and again, while somebody else calls. */
async function measureSignIns({ url, token }: Stage, database: Database): Promise<Figure> {
  const me = caller(url, { authorization: `Bearer ${token}` })
  const times: number[] = []
  for (let round = 0; round < 4; round++) {
    let over = false
    const tries = Array.from({ length: AT_ONCE }, (_, n) =>
      signIn(url, `nobody-${n}@example.com`, `198.51.100.${round * AT_ONCE + n}`),
    )
    const all = Promise.all(tries).then(() => {
      over = true
    })
    while (!over) {
      times.push(await timeOf(() => me.call('GET', '/api/accounts')))
      await Bun.sleep(25)
    }
    await all
  }
  return {
    what: `other requests during ${AT_ONCE} sign-ins at once, p50 / p99`,
    database,
    value: spread(times),
    reach: 'p99 ≤ 100 ms',
    met: quantile(times, 0.99) <= 100,
  }
}

/** Throws when it is not refused for its password: a limit would be quicker. */
async function signIn(url: string, email: string, address: string): Promise<void> {
  const headers = { 'x-forwarded-for': address }
  const body = { email, password: 'a wrong pass phrase' }
  const answer = await caller(url, {}).call('POST', '/api/auth/login', body, headers)
  if (answer.body.code !== 'bad_credentials')
    throw new Error(`a sign-in answered ${JSON.stringify(answer.body)}`)
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}
