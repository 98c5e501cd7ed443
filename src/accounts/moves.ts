// Writes what becomes of an account: the state machine's move, guarded, with its event, also while the database is away.
import type { Sql } from 'postgres'
import type { Hub } from '../events/hub.ts'
import type { Log } from '../log.ts'
import { type AccountHappening, type AccountMove, moveAccount } from '../rules/account-state.ts'
import { nextTryAt } from '../rules/backoff.ts'
import { isDatabaseTrouble } from '../rules/database-trouble.ts'
import { type Account, findAnyAccount, findWrittenMove, writeMove } from './store.ts'

/** An account as it was last written, and the moments of its restarts in the last hour, oldest first. */
export interface Moving {
  account: Account
  restartsMs: number[]
}

export interface Moves {
  /** Moves `moving.account` along; null when the happening changes nothing or came too late. */
  move(
    moving: Moving,
    happening: AccountHappening,
    extra?: Parameters<typeof writeMove>[3],
  ): Promise<AccountMove | null>
  /**
   * Tries until the database takes it: what happened to an account is told when it is back. `again`: an earlier try
   * failed, and may have been committed all the same.
   */
  retrying<T>(work: (again: boolean) => Promise<T>): Promise<T>
  /**
   * As `work`, but rejects as soon as a move waits for the database; `work` itself goes on. For somebody who waits for
   * an answer: what they asked for may still be done.
   */
  unlessWaiting<T>(work: Promise<T>): Promise<T>
}

const PAUSE_MS = 1_000
const HOUR_MS = 3_600_000

export interface MovesParts {
  sql: Sql
  hub: Hub
  log: Log
  isStopping: () => boolean
  /** Between two tries while the database is away. */
  pauseMs?: number
}

export function createMoves({ sql, hub, log, isStopping, pauseMs = PAUSE_MS }: MovesParts): Moves {
  let isWaiting = false
  /** Rejected once a move waits for the database; a new one when the database takes moves again. */
  let trouble = quietly(Promise.withResolvers<never>())

  function wait(error: unknown): void {
    isWaiting = true
    trouble.reject(error)
  }

  function goOn(): void {
    if (isWaiting) trouble = quietly(Promise.withResolvers<never>())
    isWaiting = false
  }

  function nextTry(moving: Moving, move: AccountMove): { next_try_at: Date } {
    const now = Date.now()
    const { atMs, capped } = nextTryAt(move.attempts, moving.restartsMs, now, Math.random())
    moving.restartsMs = [...moving.restartsMs.filter((at) => at > now - HOUR_MS), now]
    if (capped) log.warn({ account_id: moving.account.id }, 'too many restarts within an hour')
    return { next_try_at: new Date(atMs) }
  }

  const moves: Moves = {
    async move(moving, happening, extra = {}) {
      const before = moving.account
      const view = { ...before, linked: before.linked_at !== null }
      const change = moveAccount(view, happening)
      // A start is always written: it counts the run.
      const move = change ?? (happening.type === 'start' ? { ...view, forget: false, retry: false } : null)
      if (!move) return null
      const columns = {
        ...(move.retry ? nextTry(moving, move) : {}),
        ...(move.forget ? nextLink(before) : {}),
        ...extra,
      }
      const written = await moves.retrying((again) =>
        sql.begin(async (tx) => {
          const known = again ? await findWrittenMove(tx, before, move, columns) : null
          return known ?? writeMove(tx, before, move, columns)
        }),
      )
      if (!written) {
        moving.account = (await moves.retrying(() => findAnyAccount(sql, before.id))) ?? before
        return null
      }
      moving.account = written.account
      hub.publish(written.events)
      return change
    },

    async retrying(work) {
      for (let again = false; ; again = true) {
        try {
          const done = await work(again)
          goOn()
          return done
        } catch (error) {
          if (isStopping() || !isDatabaseTrouble(error)) throw error
          log.warn({ err: error }, 'a move of an account waits for the database')
          wait(error)
          await Bun.sleep(pauseMs)
        }
      }
    },

    unlessWaiting: (work) => Promise.race([work, trouble.promise]),
  }
  return moves
}

/** The link is over: the next one is a generation of its own, and knows no phone yet. */
function nextLink({ generation }: Account): Parameters<typeof writeMove>[3] {
  return { generation: generation + 1, linked_at: null, phone: null, pairing_phone: null }
}

/** Nobody may be waiting for it. */
function quietly(deferred: PromiseWithResolvers<never>): PromiseWithResolvers<never> {
  deferred.promise.catch(() => {})
  return deferred
}
