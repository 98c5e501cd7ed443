// Acks: what the page reports, and what is asked of it because reports get lost.
import type { Sql } from 'postgres'
import type { Account } from '../accounts/store.ts'
import type { Hub } from '../events/hub.ts'
import type { EventRow } from '../events/record.ts'
import type { Log } from '../log.ts'
import { type DeliveryStatus, statusAfterAck, statusesBefore } from '../rules/delivery-state.ts'
import type { AccountsAsked } from './outbox.ts'
import { findByWhatsappId, listOpenMessages, type Message, settleMessage } from './store.ts'

export interface ReconcileParts {
  sql: Sql
  hub: Hub
  log: Log
  accounts: AccountsAsked
  /** The outbox judges what it is handing over itself. */
  isInFlight: (accountId: string, messageId: string) => boolean
}

/** The newest so many are asked about; older ones had their chance many times. */
const ASKED_AT_ONCE = 500
const ASKED_DAYS = 7
const ASK_DEADLINE_MS = 20_000

/** An ack that the page reported: forward only, whatever order they come in. */
export async function applyAck(
  { sql, hub }: Pick<ReconcileParts, 'sql' | 'hub'>,
  account: Account,
  { whatsappId, ack }: { whatsappId: string; ack: number },
): Promise<void> {
  const message = await findByWhatsappId(sql, account.id, whatsappId)
  if (message?.direction === 'out') hub.publish([await settleByAck(sql, message, ack)])
}

async function settleByAck(sql: Sql, message: Message, ack: number): Promise<EventRow | null> {
  const next = statusAfterAck(message.status as DeliveryStatus, ack)
  if (!next) return null
  const reason = next === 'failed' ? 'refused_by_whatsapp' : null
  return settleMessage(sql, message.id, statusesBefore(next), next, { reason })
}

/**
 * Asks an account's page for the acks of everything that is not final. What an earlier run was handing over and this
 * page does not know was perhaps sent: `uncertain`, until an ack tells.
 */
export async function reconcileAccount(parts: ReconcileParts, accountId: string): Promise<void> {
  const { sql, hub, accounts, isInFlight } = parts
  const ready = accounts.readyRun(accountId)
  if (!ready) return
  const open = await listOpenMessages(sql, accountId, { sinceDays: ASKED_DAYS, limit: ASKED_AT_ONCE })
  const asked = open.filter((message) => !isInFlight(accountId, message.id))
  if (asked.length === 0) return
  const ids = asked.map((message) => message.whatsapp_id as string)
  const chats = Object.fromEntries(asked.map((message) => [message.whatsapp_id, message.chat_id]))
  const { pageLoad, acks } = await accounts.ask(accountId, 'acks', { ids, chats }, ASK_DEADLINE_MS)
  for (const message of asked) {
    const ack = acks[message.whatsapp_id as string]
    if (typeof ack === 'number') hub.publish([await settleByAck(sql, message, ack)])
    else if (message.status === 'sending' && isLost(message, ready, pageLoad)) {
      hub.publish([await doubt(sql, message, ready.account)])
    }
  }
}

/** Its hand-over began in another run or page, so nobody is left who could tell. */
function isLost(message: Message, ready: { generation: number; run: number }, pageLoad: string): boolean {
  if (message.generation !== ready.generation || message.run !== ready.run) return true
  return message.page_load !== null && message.page_load !== pageLoad
}

function doubt(sql: Sql, message: Message, account: Account): Promise<EventRow | null> {
  const claim = { generation: message.generation as number, run: message.run as number }
  const choice = account.on_uncertain
  if (choice === 'resend')
    return settleMessage(sql, message.id, ['sending'], 'queued', { reason: 'retrying', claim })
  if (choice === 'drop')
    return settleMessage(sql, message.id, ['sending'], 'failed', { reason: 'dropped', claim })
  return settleMessage(sql, message.id, ['sending'], 'uncertain', { reason: 'maybe_sent', claim })
}
