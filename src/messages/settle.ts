// What becomes of a message once its hand-over was tried: settled by what could be proved, nothing else.
import type { Sql } from 'postgres'
import type { SendOutcome } from '../../workers/protocol.ts'
import type { EventRow } from '../events/record.ts'
import { statusAfterAck } from '../rules/delivery-state.ts'
import { isChange } from '../rules/message-content.ts'
import { type Claim, type Message, notePageLoad, settleMessage } from './store.ts'

export type OnUncertain = 'hold' | 'resend' | 'drop'

export interface SettleParts {
  sql: Sql
  /** Asks the account's page for the ack of one id; null when nobody could be asked. */
  lookUp(message: Message): Promise<{ pageLoad: string; ack: number | null } | null>
  /** The owner's choice for what cannot be proved. */
  onUncertain: OnUncertain
}

const RETRY_MS = 30_000
const AWAY_MS = 2_000
const MAX_TRIES = 5

/** Null when nothing changed: WhatsApp Web holds it, or somebody else settled it meanwhile. */
export async function settleHandOver(
  parts: SettleParts,
  message: Message,
  outcome: SendOutcome,
): Promise<EventRow | null> {
  if (outcome.outcome === 'handed') return settleByAck(parts.sql, message, outcome)
  if (outcome.outcome === 'refused') {
    // An account that is away is no fault of the message: it waits, until its deadline if it must.
    const again = outcome.code === 'not_ready' || (outcome.retry && message.attempts < MAX_TRIES)
    return again ? requeue(parts.sql, message, outcome.code) : fail(parts.sql, message, outcome.code)
  }
  const found = await parts.lookUp(message)
  if (found && found.ack !== null) return settleByAck(parts.sql, message, { ...found, ack: found.ack })
  // Absent is proof only while the page load that got the call still lives.
  if (found && outcome.pageLoad !== null && found.pageLoad === outcome.pageLoad) {
    return message.attempts < MAX_TRIES
      ? requeue(parts.sql, message, 'page_error')
      : fail(parts.sql, message, 'page_error')
  }
  return settleDoubt(parts.sql, message, parts.onUncertain)
}

/** Nothing could be proved: the owner's choice decides. A resend goes out under the same id. */
export function settleDoubt(sql: Sql, message: Message, choice: OnUncertain): Promise<EventRow | null> {
  const claim = claimOf(message)
  if (choice === 'drop')
    return settleMessage(sql, message.id, ['sending'], 'failed', { reason: 'dropped', claim })
  // Done twice, a change comes to the same as once: nothing is gained by leaving it in doubt.
  if (choice === 'resend' || isChange(message.kind)) return requeue(sql, message, 'page_error')
  return settleMessage(sql, message.id, ['sending'], 'uncertain', { reason: 'maybe_sent', claim })
}

/**
 * Claimed, and the claim's answer was lost on the way from the database: it was never handed over, that is certain.
 */
export function takeBack(sql: Sql, message: Message): Promise<EventRow | null> {
  return requeue(sql, message, 'not_ready')
}

async function settleByAck(
  sql: Sql,
  message: Message,
  { ack, pageLoad }: { ack: number; pageLoad: string },
): Promise<EventRow | null> {
  const status = statusAfterAck('sending', ack)
  if (!status) {
    await notePageLoad(sql, message.id, pageLoad)
    return null
  }
  const reason = status === 'failed' ? 'refused_by_whatsapp' : null
  return settleMessage(sql, message.id, ['sending'], status, { reason, pageLoad, claim: claimOf(message) })
}

function fail(sql: Sql, message: Message, code: string): Promise<EventRow | null> {
  return settleMessage(sql, message.id, ['sending'], 'failed', { reason: code, claim: claimOf(message) })
}

/** It did not go out, that is certain or was asked for: it goes again, soon where only the account was away. */
function requeue(sql: Sql, message: Message, code: string): Promise<EventRow | null> {
  const away = code === 'not_ready'
  // Long enough for a page that has just lost its line to be seen without it.
  const notBefore = new Date(Date.now() + (away ? AWAY_MS : RETRY_MS))
  const reason = away ? null : 'retrying'
  return settleMessage(sql, message.id, ['sending'], 'queued', { reason, notBefore, claim: claimOf(message) })
}

function claimOf({ generation, run, attempts }: Message): Claim {
  return { generation: generation as number, run: run as number, attempts }
}
