// Feels every second whether the database answers. While it does not, nobody is kept waiting for it: the pool is given
// up, so that whoever waits for an answer gets an error, and a new one begins when PostgreSQL answers again.
//
// A pool is never used on after trouble. A frozen server leaves its sockets open, and a query waits as long as its
// socket; and in postgres.js 3.4.9 a connection that ends with a write still pending stays mute for good: the next
// query on it waits for CONNECT_TIMEOUT. So the end of the pulse's own connection counts as trouble too.
import { holdLines, type Log } from '../log.ts'
import { isDatabaseTrouble } from '../rules/database-trouble.ts'
import { connect, type Sql } from './connect.ts'
import type { Login } from './login.ts'

export interface LivePool {
  /** Sees everybody's rows. Always the pool of the day; while the database is away every query is rejected at once. */
  sql: Sql
  /** The same, but sees nobody's rows until `asPerson` names one. */
  personal: Sql
  /** False from the moment that PostgreSQL is known to be gone or frozen until it answers again. */
  isUp(): boolean
  /** Whether it answers right now; false after `ms`. */
  answersWithin(ms: number): Promise<boolean>
  /** What is under way may end in peace for `peaceMs`, unless the database is away. */
  end(peaceMs?: number): Promise<void>
}

export interface PulseOptions {
  everyMs?: number
  /** An answer that takes longer is none: the server is frozen, or out of reach without saying so. */
  deadlineMs?: number
}

/** While it is away: how long until the next look. */
const AWAY_MS = 200
/**
 * What is under way on a pool that is given up, perhaps without need, may end in peace: seconds. Not longer: where
 * PostgreSQL died and was back between two looks, some of it waits for an answer that will never come.
 */
const PEACE_S = 1

export function openLivePool(login: Login, log: Log, options: PulseOptions = {}): LivePool {
  const { everyMs = 1_000, deadlineMs = 4_000 } = options
  let pools = openPools(login)
  let isUp = true
  /** Resolves when the pulse's connection ends by itself: PostgreSQL may have died, and be back before the next look. */
  let cut = Promise.withResolvers<'cut'>()
  let isCut = false
  let pulse = openPulse()
  let awaySinceMs = 0
  // Everything fails at once then: said once when it goes and once when it is back.
  const lines = holdLines(log, isAboutDatabase)
  const { promise: stopped, resolve: stop } = Promise.withResolvers<'stopped'>()

  function openPulse(): Sql {
    const onClose = () => {
      if (opened !== pulse) return
      isCut = true
      cut.resolve('cut')
    }
    const opened = connect(login, { max: 1, lasting: true, name: 'botwave pulse', onClose })
    forgetCut()
    return opened
  }

  function forgetCut(): void {
    isCut = false
    cut = Promise.withResolvers()
  }

  /** Null, or why there was no answer. */
  async function feel(): Promise<string | null> {
    const asked = pulse`select 1`.then(
      () => null,
      (error: Error) => error.message,
    )
    const late = Promise.withResolvers<string>()
    const timer = setTimeout(() => late.resolve(`no answer in ${deadlineMs} ms`), deadlineMs)
    const trouble = await Promise.race([asked, late.promise, stopped])
    clearTimeout(timer)
    if (trouble !== null) {
      void pulse.end({ timeout: 0 })
      pulse = openPulse()
    }
    return trouble
  }

  /** One connection that ended says little: PostgreSQL is away when a second one does not come about either. */
  async function look(): Promise<void> {
    const wasCut = isCut
    forgetCut()
    const first = await feel()
    const isSure = first === null || first.startsWith('no answer') || !isUp
    const trouble = isSure ? first : await feel()
    if (trouble === null && isUp && (wasCut || first !== null)) {
      void endPools(pools, PEACE_S)
      pools = openPools(login)
    }
    if (trouble === null) sayWhatWasHeld()
    if (trouble === null && !isUp) {
      pools = openPools(login)
      isUp = true
    }
    if (trouble !== null && trouble !== 'stopped' && isUp) {
      isUp = false
      awaySinceMs = performance.now()
      void endPools(pools, 0)
      log.error({ trouble }, 'the database is away')
    }
  }

  function sayWhatWasHeld(): void {
    const not_logged = lines.take()
    if (!isUp) {
      const away_s = Math.round((performance.now() - awaySinceMs) / 100) / 10
      log.info({ away_s, not_logged }, 'the database answers again')
    } else if (not_logged > 0)
      log.warn({ not_logged }, 'more failed with the same connection to the database')
  }

  /** Until the next look is due. At once where the connection was cut, but not twice in a row. */
  async function rest(after: 'rest' | 'cut' | 'stopped'): Promise<'rest' | 'cut' | 'stopped'> {
    const due = Bun.sleep(isUp ? everyMs : AWAY_MS).then(() => 'rest' as const)
    return Promise.race([due, stopped, ...(isUp && after === 'rest' ? [cut.promise] : [])])
  }

  const running = (async () => {
    let why: 'rest' | 'cut' | 'stopped' = 'rest'
    do {
      await look()
      why = await rest(why)
    } while (why !== 'stopped')
  })()

  return {
    sql: poolOfTheDay(() => pools.everybody),
    personal: poolOfTheDay(() => pools.personal),
    isUp: () => isUp,
    async answersWithin(ms) {
      const asked = pools.everybody`select 1`.then(
        () => true,
        () => false,
      )
      return Promise.race([asked, Bun.sleep(ms).then(() => false)])
    },
    async end(peaceMs = 5_000) {
      stop('stopped')
      await running
      lines.end()
      await Promise.all([endPools(pools, isUp ? peaceMs / 1000 : 0), pulse.end({ timeout: 0 })])
    },
  }
}

function isAboutDatabase(fields: { err?: unknown; problem?: unknown }): boolean {
  return isDatabaseTrouble(fields.err) || fields.problem === 'database_unavailable'
}

interface Pools {
  everybody: Sql
  personal: Sql
}

function openPools(login: Login): Pools {
  return {
    everybody: connect(login, { everybody: true }),
    personal: connect(login, { name: 'botwave person' }),
  }
}

async function endPools({ everybody, personal }: Pools, timeout: number): Promise<void> {
  await Promise.all([everybody.end({ timeout }), personal.end({ timeout })])
}

function poolOfTheDay(current: () => Sql): Sql {
  return new Proxy(current(), {
    apply: (_pool, _self, args) => Reflect.apply(current(), undefined, args),
    get: (_pool, name) => Reflect.get(current(), name),
  })
}
