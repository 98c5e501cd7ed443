// How many messages a minute a person may hand in: counted in memory, and in the database in blocks taken in advance.
import type { Sql } from 'postgres'
import { addUsed, askBucket, type Bucket, type BucketAnswer, giveBack, takeOne } from '../rules/bucket.ts'
import type { Settings } from '../settings/store.ts'
import type { Caller } from './callers.ts'
import { limitHeaders, refusal } from './limit.ts'

export interface SendLimiter {
  /** Counts one send; rejects with `rate_limited` when it is one too many. Usually without asking the database. */
  take(userId: string, limit: number): Promise<Taken>
  /** Writes down what was really used, so that the next start loses nothing. Call it when nobody takes any more. */
  stop(): Promise<void>
}

export interface Taken {
  /** For the answer: where the person stands. */
  headers: Record<string, string>
  /** It was no new message: as if it had not been taken. Answers the headers that are true then. */
  giveBack(): Record<string, string>
}

/** Their own limit or the default, never above the ceiling. */
export function findSendLimit(caller: Pick<Caller, 'rateLimit'>, settings: Settings): number {
  return Math.min(caller.rateLimit ?? settings.default_rate_limit, settings.max_rate_limit)
}

const MINUTE_MS = 60_000
/** A block is a tenth of the limit: so much may be missing for a minute after a kill, and a tenth of the writes. */
const BLOCKS_PER_LIMIT = 10

interface Person {
  bucket: Bucket
  /** False until what an earlier run wrote was read. */
  isLoaded: boolean
  /** What is left of the block that is written down. Nothing is sent that no block covers. */
  left: number
  /** Requests that wait for a block. */
  waiting: number
  reserving: Promise<void> | null
}

/**
 * What the database holds of a person covers whatever they sent: what was used as of the last writing, and the whole
 * block that was taken then. After a kill the block counts as used up when the next process began. One process
 * has a database at a time (`src/database/lock.ts`), so that nobody else writes these rows.
 */
export function createSendLimiter({ sql, now = Date.now }: { sql: Sql; now?: () => number }): SendLimiter {
  const people = new Map<string, Person>()
  const startedAt = now()

  async function take(userId: string, limit: number): Promise<Taken> {
    let person = people.get(userId)
    if (!person) {
      person = { bucket: { used: [] }, isLoaded: false, left: 0, waiting: 0, reserving: null }
      people.set(userId, person)
    }
    for (;;) {
      const at = now()
      const isFull = person.isLoaded && !askBucket(person.bucket, limit, MINUTE_MS, at).allowed
      if (isFull || person.left > 0) return count(person, userId, limit, at)
      person.waiting++
      await reserve(person, userId, limit).finally(() => person.waiting--)
    }
  }

  function count(person: Person, userId: string, limit: number, at: number): Taken {
    const answer = takeOne(person.bucket, limit, MINUTE_MS, at)
    if (!answer.allowed) throw refusal(answer, headers(limit, answer))
    person.left--
    // Ahead of need, so that hardly anybody waits. A failure shows when the block is used up.
    if (person.left * 2 < blockOf(limit) && !person.reserving) reserve(person, userId, limit).catch(() => {})
    return {
      headers: headers(limit, answer),
      giveBack: () => {
        giveBack(person.bucket, MINUTE_MS, at)
        return headers(limit, askBucket(person.bucket, limit, MINUTE_MS, now()))
      },
    }
  }

  function reserve(person: Person, userId: string, limit: number): Promise<void> {
    person.reserving ??= write(person, userId, limit).finally(() => {
      person.reserving = null
    })
    return person.reserving
  }

  async function write(person: Person, userId: string, limit: number): Promise<void> {
    if (!person.isLoaded) await load(person, userId)
    const { left, waiting } = person
    // What is used of the old block meanwhile is covered by the new one too, whichever of them the database has.
    const block = Math.max(blockOf(limit), left, Math.min(waiting, limit))
    await writeRows(sql, [{ user_id: userId, used: usedOf(person), block }])
    person.left = block - (left - person.left)
  }

  async function load(person: Person, userId: string): Promise<void> {
    const [row] = await sql<{ used: [number, number][]; block: number }[]>`
      select used, block from send_limits where user_id = ${userId}`
    if (row) {
      person.bucket.used = row.used
      addUsed(person.bucket, row.block, MINUTE_MS, startedAt)
    }
    person.isLoaded = true
  }

  return {
    take,
    async stop() {
      const known = [...people].filter(([, person]) => person.isLoaded)
      await Promise.allSettled(known.map(([, person]) => person.reserving))
      const rows = known.map(([userId, person]) => ({ user_id: userId, used: usedOf(person), block: 0 }))
      for (const [, person] of known) person.left = 0
      if (rows.length > 0) await writeRows(sql, rows)
    },
  }
}

function blockOf(limit: number): number {
  return Math.ceil(limit / BLOCKS_PER_LIMIT)
}

function usedOf(person: Person): [number, number][] {
  return person.bucket.used.map(([slot, count]) => [slot, count])
}

/** Somebody who was deleted meanwhile needs no row. */
async function writeRows(
  sql: Sql,
  rows: { user_id: string; used: [number, number][]; block: number }[],
): Promise<void> {
  await sql`
    insert into send_limits (user_id, used, block)
    select r.user_id, r.used, r.block
    from jsonb_to_recordset(${sql.json(rows)}) as r (user_id uuid, used jsonb, block int)
    join users u on u.id = r.user_id
    on conflict (user_id) do update set used = excluded.used, block = excluded.block`
}

function headers(limit: number, answer: BucketAnswer): Record<string, string> {
  return limitHeaders('send', limit, MINUTE_MS, answer)
}
