// The only sender: claims the next message of each ready account, has it handed over, lets it be settled.
import type { Sql } from 'postgres'
import type { SendOutcome } from '../../workers/protocol.ts'
import type { Account } from '../accounts/store.ts'
import type { Hub } from '../events/hub.ts'
import type { Log } from '../log.ts'
import { isDatabaseTrouble } from '../rules/database-trouble.ts'
import { type Claimed, claimMessage } from './claim.ts'
import { forgetContact } from './contacts.ts'
import { answers, type HandOverParts, handOver, lookUp, newWhatsappId } from './hand-over.ts'
import {
  createLane,
  explainQueue,
  explainWait,
  type Lane,
  nextOf,
  noteCanary,
  noteHandOver,
  readHistory,
  takeBackNewContact,
} from './lane.ts'
import { settleHandOver } from './settle.ts'
import type { Message } from './store.ts'
import { idsOf, noteStatus } from './trail.ts'

/** Why a message of an account waits and about when it goes. */
export interface Waiting {
  explain(
    accountId: string,
    options: { state: string | null; isNew: boolean },
  ): { reason: string | null; expectedAt: Date | null }
  /** The same of all that waits at an account: about when the last of it goes. */
  explainQueue(
    accountId: string,
    queue: { state: string | null; queued: number; newPeople: number },
  ): { reason: string | null; expectedAt: Date | null }
}

export interface OutboxParts extends HandOverParts {
  sql: Sql
  hub: Hub
  log: Log
  /** Looks at what is open of an account: finds a message whose claim got lost. */
  reconcile(accountId: string): Promise<void>
}

/** After trouble with the database or a page that does not answer: the lane looks again by itself. */
const PAUSE_MS = 1_000

/** Holds one lane an account open. One instance a process: it alone hands over. */
export class Outbox implements Waiting {
  #lanes = new Map<string, Lane>()
  #passes = new Set<Promise<void>>()
  #stopping = false

  constructor(readonly parts: OutboxParts) {}

  /** Something may be there to send: a new message, an account that became ready. Cheap, and safe to call often. */
  wake(accountId: string): void {
    if (this.#stopping) return
    const lane = this.#lane(accountId)
    if (lane.running) {
      lane.again = true
      return
    }
    if (lane.timer) clearTimeout(lane.timer)
    lane.timer = null
    lane.running = true
    const pass = this.#pass(accountId, lane).finally(() => this.#passes.delete(pass))
    this.#passes.add(pass)
  }

  /** A canary is there to send: it goes next, at no pace. */
  wakeCanary(accountId: string): void {
    this.#lane(accountId).canary = true
    this.wake(accountId)
  }

  /** How many wait, as counted in the table or one more than before: for saying about when the last of them goes. */
  noteQueued(accountId: string, count: number | 'one more'): void {
    const lane = this.#lane(accountId)
    lane.queued = count === 'one more' ? lane.queued + 1 : count
  }

  /** Lets the hand-overs under way end; claims nothing new. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const lane of this.#lanes.values()) if (lane.timer) clearTimeout(lane.timer)
    await Promise.all(this.#passes)
  }

  /** Whether a message that is `sending` may be under way in this process right now. */
  isInFlight(accountId: string, messageId: string): boolean {
    const lane = this.#lanes.get(accountId)
    return lane !== undefined && (lane.claiming || lane.inFlight === messageId)
  }

  /** Whether this process asked a page for it. One that it claimed without hearing so was never asked for. */
  wasHandedOver(accountId: string, messageId: string): boolean {
    return this.#lanes.get(accountId)?.unsettled.has(messageId) ?? false
  }

  explain(accountId: string, { state, isNew }: { state: string | null; isNew: boolean }) {
    return this.#explain(accountId, state, (lane, account) =>
      explainWait(lane, account, { isNew, nowMs: Date.now() }),
    )
  }

  explainQueue(
    accountId: string,
    { state, queued, newPeople }: { state: string | null; queued: number; newPeople: number },
  ) {
    return this.#explain(accountId, state, (lane, account) =>
      explainQueue(lane, account, { queued, newPeople, nowMs: Date.now() }),
    )
  }

  #explain(
    accountId: string,
    state: string | null,
    ask: (lane: Lane, account: Account) => { reason: string | null; expectedAtMs: number | null },
  ) {
    const ready = this.parts.accounts.readyRun(accountId)
    if (!ready) {
      const starting = state === 'starting' || state === 'syncing' || state === 'reconnecting'
      return { reason: starting ? 'account_starting' : 'account_offline', expectedAt: null }
    }
    const { reason, expectedAtMs } = ask(this.#lane(accountId), ready.account)
    return { reason, expectedAt: expectedAtMs === null ? null : new Date(expectedAtMs) }
  }

  #lane(accountId: string): Lane {
    const known = this.#lanes.get(accountId)
    if (known) return known
    const lane = createLane()
    this.#lanes.set(accountId, lane)
    return lane
  }

  async #pass(accountId: string, lane: Lane): Promise<void> {
    try {
      while (!this.#stopping) {
        lane.again = false
        const next = await this.#sendNext(accountId, lane)
        if (next === 'tried') continue
        if (next !== 'nothing') this.#later(accountId, lane, next.waitMs)
        if (!lane.again) break
      }
    } catch (error) {
      this.parts.log.warn({ account_id: accountId, err: error }, 'the outbox waits')
      this.#later(accountId, lane, PAUSE_MS)
    } finally {
      lane.running = false
    }
  }

  #later(accountId: string, lane: Lane, waitMs: number): void {
    if (this.#stopping) return
    if (lane.timer) clearTimeout(lane.timer)
    lane.timer = setTimeout(
      () => {
        lane.timer = null
        this.wake(accountId)
      },
      // Quiet hours and daily caps end by themselves; settings may change before.
      Math.min(waitMs, 60_000),
    )
  }

  async #sendNext(accountId: string, lane: Lane): Promise<'tried' | 'nothing' | { waitMs: number }> {
    const { sql, hub, accounts } = this.parts
    const ready = accounts.readyRun(accountId)
    if (!ready) return 'nothing'
    const { generation, run } = ready
    if (lane.doubted?.generation === generation && lane.doubted.run === run) {
      if (!(await answers(accounts, accountId))) return { waitMs: PAUSE_MS }
    }
    lane.doubted = null
    if (lane.claimLost) {
      await this.parts.reconcile(accountId)
      lane.claimLost = false
    }
    lane.history ??= await readHistory(sql, accountId)
    const isCanary = lane.canary
    lane.canary = false
    const canary = isCanary
      ? await this.#claim(accountId, lane, ready, { allowNew: false, canary: true })
      : null
    const next = nextOf(lane, ready.account, Date.now())
    if (!canary && next.reason) return { waitMs: Math.max(1, next.atMs - Date.now()) }
    const claimed = canary ?? (await this.#claim(accountId, lane, ready, { allowNew: next.allowNew }))
    if (!claimed) return 'nothing'
    const { message, isNew } = claimed
    lane.inFlight = message.id
    lane.unsettled.add(message.id)
    if (canary) noteCanary(lane)
    else noteHandOver(lane, { isNew, nowMs: Date.now() })
    hub.publish([claimed.event])
    const { whatsapp_id, attempts } = message
    this.parts.log.debug({ ...idsOf(message), whatsapp_id, run, attempts }, 'handing a message over')
    try {
      // Looked at again: its owner may have chosen otherwise while the message was being claimed.
      const { account } = accounts.readyRun(accountId) ?? ready
      const outcome = await handOver(this.parts, accountId, message)
      if (outcome.outcome === 'unproven') lane.doubted = { generation, run }
      await this.#settle(accountId, message, outcome, account.on_uncertain)
      lane.unsettled.delete(message.id)
      if (isNew && outcome.outcome === 'refused') {
        await forgetContact(sql, accountId, message.receiver_number, message.claimed_at)
        takeBackNewContact(lane)
      }
    } finally {
      lane.inFlight = null
    }
    return 'tried'
  }

  async #claim(
    accountId: string,
    lane: Lane,
    { generation, run }: { generation: number; run: number },
    which: { allowNew: boolean; canary?: boolean },
  ): Promise<Claimed | null> {
    const intent = { whatsappId: newWhatsappId(), generation, run }
    lane.claiming = true
    try {
      return await claimMessage(this.parts.sql, accountId, intent, which)
    } catch (error) {
      lane.claimLost = true
      throw error
    } finally {
      lane.claiming = false
    }
  }

  /** Tried until the database takes it: what is known of a hand-over must not be lost to a moment's trouble. */
  async #settle(
    accountId: string,
    message: Message,
    outcome: SendOutcome,
    choiceThen: Account['on_uncertain'],
  ): Promise<void> {
    const { sql, hub, log, accounts } = this.parts
    if (outcome.outcome !== 'handed') {
      log.info({ ...idsOf(message), ...outcome }, 'hand-over not done')
    }
    const parts = {
      sql,
      lookUp: (asked: Message) => lookUp(accounts, accountId, asked),
      // An account whose page or Worker just died is not ready any more, and its owner's choice holds all the same.
      onUncertain: accounts.readyRun(accountId)?.account.on_uncertain ?? choiceThen,
    }
    for (;;) {
      try {
        return hub.publish([noteStatus(log, message, await settleHandOver(parts, message, outcome))])
      } catch (error) {
        // Whatever else it is: the message stays `sending`, and the next look at its ack settles it.
        if (this.#stopping || !isDatabaseTrouble(error)) throw error
        log.warn({ ...idsOf(message), err: error }, 'settling waits for the database')
        await Bun.sleep(PAUSE_MS)
      }
    }
  }
}
