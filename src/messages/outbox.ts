// The only sender: claims the next message of each ready account, hands it over, settles it by what could be proved.
import type { Sql } from 'postgres'
import type { SendOutcome } from '../../workers/protocol.ts'
import type { Account } from '../accounts/store.ts'
import type { Hub } from '../events/hub.ts'
import type { EventRow } from '../events/record.ts'
import type { Log } from '../log.ts'
import { statusAfterAck } from '../rules/delivery-state.ts'
import { nextSendAt, pacingOf } from '../rules/pacing.ts'
import { claimMessage, listHandOverTimes, type Message, notePageLoad, settleMessage } from './store.ts'

/** The two things the outbox asks of the accounts; `app.ts` hands them in. */
export interface AccountsAsked {
  /** The run of an account that may send now, or null. */
  readyRun(accountId: string): { generation: number; run: number; account: Account } | null
  ask(
    accountId: string,
    name: 'send',
    ask: { messageId: string; whatsappId: string; chatId: string; text: string },
    deadlineMs: number,
  ): Promise<SendOutcome>
  ask(
    accountId: string,
    name: 'acks',
    ask: { ids: string[]; chats: Record<string, string> },
    deadlineMs: number,
  ): Promise<{ pageLoad: string; acks: Record<string, number | null> }>
}

/** Why a message of an account waits and about when it goes. */
export interface Waiting {
  explain(accountId: string, state: string | null): { reason: string | null; expectedAt: Date | null }
}

export interface OutboxParts {
  sql: Sql
  hub: Hub
  log: Log
  accounts: AccountsAsked
}

interface Lane {
  /** A pass runs; `again`: something came meanwhile. */
  running: boolean
  again: boolean
  timer: Timer | null
  /** Hand-overs of the last day (ms), once read from the table. */
  sentAtMs: number[] | null
  /** The message whose hand-over is under way: nobody else may judge it. */
  inFlight: string | null
  /** Draws the gap before the next message, so that asking twice gives the same answer. */
  chance: number
}

/** The Worker's own deadline for a send is shorter; this one is for a Worker that says nothing at all. */
const SEND_DEADLINE_MS = 75_000
const ACKS_DEADLINE_MS = 10_000
const RETRY_MS = 30_000
const MAX_TRIES = 5
/** After trouble with the database or a claim: the lane looks again by itself. */
const PAUSE_MS = 1_000

/** `3EB0` and 18 upper-case hex digits: what WhatsApp Web itself makes. */
function newWhatsappId(): string {
  return `3EB0${Buffer.from(crypto.getRandomValues(new Uint8Array(9)))
    .toString('hex')
    .toUpperCase()}`
}

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

  /** Lets the hand-overs under way end; claims nothing new. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const lane of this.#lanes.values()) if (lane.timer) clearTimeout(lane.timer)
    await Promise.all(this.#passes)
  }

  /** Whether a message's hand-over is under way in this process. */
  isInFlight(accountId: string, messageId: string): boolean {
    return this.#lanes.get(accountId)?.inFlight === messageId
  }

  explain(accountId: string, state: string | null): { reason: string | null; expectedAt: Date | null } {
    const ready = this.parts.accounts.readyRun(accountId)
    if (!ready) {
      const starting = state === 'starting' || state === 'syncing' || state === 'reconnecting'
      return { reason: starting ? 'account_starting' : 'account_offline', expectedAt: null }
    }
    const lane = this.#lanes.get(accountId)
    const next = nextSendAt(
      pacingOf(ready.account.pacing),
      lane?.sentAtMs ?? [],
      Date.now(),
      lane?.chance ?? 0,
    )
    return { reason: next.reason, expectedAt: new Date(next.atMs) }
  }

  #lane(accountId: string): Lane {
    let lane = this.#lanes.get(accountId)
    if (!lane) {
      lane = {
        running: false,
        again: false,
        timer: null,
        sentAtMs: null,
        inFlight: null,
        chance: Math.random(),
      }
      this.#lanes.set(accountId, lane)
    }
    return lane
  }

  async #pass(accountId: string, lane: Lane): Promise<void> {
    try {
      while (!this.#stopping) {
        lane.again = false
        const next = await this.#sendNext(accountId, lane)
        if (next === 'sent') continue
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
    lane.timer = setTimeout(() => {
      lane.timer = null
      this.wake(accountId)
    }, waitMs)
  }

  async #sendNext(accountId: string, lane: Lane): Promise<'sent' | 'nothing' | { waitMs: number }> {
    const { sql, hub, accounts } = this.parts
    const ready = accounts.readyRun(accountId)
    if (!ready) return 'nothing'
    lane.sentAtMs ??= await listHandOverTimes(sql, accountId)
    const next = nextSendAt(pacingOf(ready.account.pacing), lane.sentAtMs, Date.now(), lane.chance)
    if (next.reason) return { waitMs: Math.max(1, next.atMs - Date.now()) }

    const { generation, run } = ready
    const claimed = await claimMessage(sql, accountId, { whatsappId: newWhatsappId(), generation, run })
    if (!claimed) return 'nothing'
    noteHandOver(lane)
    hub.publish([claimed.event])
    lane.inFlight = claimed.message.id
    try {
      const outcome = await this.#handOver(accountId, claimed.message)
      await this.#settle(accountId, claimed.message, outcome)
    } finally {
      lane.inFlight = null
    }
    return 'sent'
  }

  async #handOver(accountId: string, message: Message): Promise<SendOutcome> {
    const ask = {
      messageId: message.id,
      whatsappId: message.whatsapp_id as string,
      chatId: message.chat_id,
      text: message.message_body,
    }
    try {
      return await this.parts.accounts.ask(accountId, 'send', ask, SEND_DEADLINE_MS)
    } catch (error) {
      const { code } = error as { code?: string }
      // The Worker had not begun: certain. Anything else may have happened after the call.
      if (code === 'not_started' || code === 'not_ready' || code === 'wrong_run') {
        return { outcome: 'refused', code: 'not_ready', retry: true }
      }
      return { outcome: 'unproven', code: code === 'deadline' ? 'deadline' : 'page_lost', pageLoad: null }
    }
  }

  async #settle(accountId: string, message: Message, outcome: SendOutcome): Promise<void> {
    const { sql, hub, log } = this.parts
    const claim = { generation: message.generation as number, run: message.run as number }
    if (outcome.outcome === 'handed') {
      const status = statusAfterAck('sending', outcome.ack)
      const { pageLoad } = outcome
      if (!status) return notePageLoad(sql, message.id, pageLoad)
      const reason = status === 'failed' ? 'refused_by_whatsapp' : null
      return hub.publish([
        await settleMessage(sql, message.id, ['sending'], status, { reason, pageLoad, claim }),
      ])
    }
    log.info({ account_id: accountId, message_id: message.id, ...outcome }, 'hand-over not done')
    if (outcome.outcome === 'refused') {
      const again = outcome.retry && message.attempts < MAX_TRIES
      return hub.publish([
        await (again ? this.#requeue(message, outcome.code) : this.#fail(message, outcome.code)),
      ])
    }
    hub.publish([await this.#resolve(accountId, message, outcome.pageLoad)])
  }

  #fail(message: Message, code: string): Promise<EventRow | null> {
    const claim = { generation: message.generation as number, run: message.run as number }
    return settleMessage(this.parts.sql, message.id, ['sending'], 'failed', { reason: code, claim })
  }

  /** It did not go out, that is certain: it goes again, later unless only the account was away. */
  #requeue(message: Message, code: string): Promise<EventRow | null> {
    const claim = { generation: message.generation as number, run: message.run as number }
    const notBefore = code === 'not_ready' ? null : new Date(Date.now() + RETRY_MS)
    const reason = code === 'not_ready' ? null : 'retrying'
    return settleMessage(this.parts.sql, message.id, ['sending'], 'queued', { reason, notBefore, claim })
  }

  /** Unproven: ask the page by id. Only the page load that got the call can prove by not knowing the id. */
  async #resolve(accountId: string, message: Message, pageLoad: string | null): Promise<EventRow | null> {
    const { sql, accounts } = this.parts
    const claim = { generation: message.generation as number, run: message.run as number }
    const id = message.whatsapp_id as string
    const answer = await accounts
      .ask(accountId, 'acks', { ids: [id], chats: { [id]: message.chat_id } }, ACKS_DEADLINE_MS)
      .catch(() => null)
    const ack = answer?.acks[id]
    if (answer && typeof ack === 'number') {
      const status = statusAfterAck('sending', ack)
      if (!status) {
        await notePageLoad(sql, message.id, answer.pageLoad)
        return null
      }
      const reason = status === 'failed' ? 'refused_by_whatsapp' : null
      return settleMessage(sql, message.id, ['sending'], status, { reason, pageLoad: answer.pageLoad, claim })
    }
    if (answer && pageLoad !== null && answer.pageLoad === pageLoad)
      return this.#requeue(message, 'page_error')
    return this.#doubt(accountId, message)
  }

  /** Nothing could be proved: the owner's choice decides. */
  #doubt(accountId: string, message: Message): Promise<EventRow | null> {
    const { sql, accounts } = this.parts
    const claim = { generation: message.generation as number, run: message.run as number }
    const choice = accounts.readyRun(accountId)?.account.on_uncertain ?? 'hold'
    if (choice === 'drop')
      return settleMessage(sql, message.id, ['sending'], 'failed', { reason: 'dropped', claim })
    if (choice === 'resend') return this.#requeue(message, 'page_error')
    return settleMessage(sql, message.id, ['sending'], 'uncertain', { reason: 'maybe_sent', claim })
  }
}

function noteHandOver(lane: Lane): void {
  const now = Date.now()
  lane.sentAtMs = (lane.sentAtMs ?? []).filter((at) => at > now - 86_400_000)
  lane.sentAtMs.push(now)
  lane.chance = Math.random()
}
