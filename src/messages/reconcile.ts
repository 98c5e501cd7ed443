// Acks: what the page reports, and what is asked of it because reports get lost.
import type { Sql } from 'postgres'
import type { Account } from '../accounts/store.ts'
import type { Hub } from '../events/hub.ts'
import type { EventRow } from '../events/record.ts'
import type { Log } from '../log.ts'
import { isDatabaseTrouble } from '../rules/database-trouble.ts'
import { type DeliveryStatus, statusAfterAck, statusesBefore } from '../rules/delivery-state.ts'
import type { AccountsAsked } from './hand-over.ts'
import { settleDoubt, takeBack } from './settle.ts'
import { findByWhatsappId, listOpenMessages, type Message, settleMessage } from './store.ts'
import { noteStatus } from './trail.ts'

export interface ReconcileParts {
  sql: Sql
  hub: Hub
  log: Log
  accounts: AccountsAsked
  /** The outbox judges what it is handing over itself. */
  isInFlight: (accountId: string, messageId: string) => boolean
  /** Whether this process has asked a page for it and could not write down what came of it. */
  wasHandedOver: (accountId: string, messageId: string) => boolean
}

/** The newest so many are asked about; older ones had their chance many times. */
const ASKED_AT_ONCE = 500
const ASKED_DAYS = 7
const ASK_DEADLINE_MS = 20_000
const RETRY_MS = 1_000
const RETRIES = 60

/** WhatsApp's error for "no new chats for now". */
const NEW_CHATS_REFUSED = 463

/**
 * An ack that the page reported: forward only, whatever order they come in. A refusal of new chats stops all of them;
 * `onNewChatsRefused` hears of it.
 */
export async function applyAck(
  {
    sql,
    hub,
    log,
    onNewChatsRefused,
  }: Pick<ReconcileParts, 'sql' | 'hub' | 'log'> & { onNewChatsRefused: () => Promise<void> },
  account: Pick<Account, 'id'>,
  { whatsappId, ack, error }: { whatsappId: string; ack: number; error: number | null },
): Promise<void> {
  const refused = ack === -1 && error === NEW_CHATS_REFUSED
  const refusal = refused ? 'new_chats_refused' : 'refused_by_whatsapp'
  const found = await patiently(async () => {
    const message = await findByWhatsappId(sql, account.id, whatsappId)
    if (message?.direction !== 'out') return null
    return { message, event: await settleByAck(sql, message, ack, refusal) }
  })
  if (!found) return
  hub.publish([noteStatus(log, found.message, found.event)])
  if (refused) await onNewChatsRefused()
}

/** The page says it once. While the database is away it is tried again; later the next look at the acks tells. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries === RETRIES || !isDatabaseTrouble(error)) throw error
      await Bun.sleep(RETRY_MS)
    }
  }
}

async function settleByAck(
  sql: Sql,
  message: Message,
  ack: number,
  refusal = 'refused_by_whatsapp',
): Promise<EventRow | null> {
  const next = statusAfterAck(message.status as DeliveryStatus, ack)
  if (!next) return null
  const reason = next === 'failed' ? refusal : null
  return settleMessage(sql, message.id, statusesBefore(next), next, { reason })
}

/**
 * Asks an account's page for the acks of everything that is not final. What an earlier run was handing over and this
 * page does not know was perhaps sent: `uncertain`, until an ack tells.
 */
export async function reconcileAccount(parts: ReconcileParts, accountId: string): Promise<void> {
  const { sql, hub, log, accounts, isInFlight, wasHandedOver } = parts
  const isBusy = ({ status, id }: Message) => status === 'sending' && isInFlight(accountId, id)
  const ready = accounts.readyRun(accountId)
  if (!ready) return
  const open = await listOpenMessages(sql, accountId, { sinceDays: ASKED_DAYS, limit: ASKED_AT_ONCE })
  const asked = open.filter((message) => !isBusy(message))
  if (asked.length === 0) return
  const ids = asked.map((message) => message.whatsapp_id as string)
  const chats = Object.fromEntries(asked.map((message) => [message.whatsapp_id, message.chat_id]))
  const { pageLoad, acks } = await accounts.ask(accountId, 'acks', { ids, chats }, ASK_DEADLINE_MS)
  for (const message of asked) {
    const ack = acks[message.whatsapp_id as string]
    const tell = (event: EventRow | null) => hub.publish([noteStatus(log, message, event)])
    if (typeof ack === 'number') tell(await settleByAck(sql, message, ack))
    else if (message.status !== 'sending' || isBusy(message)) continue
    else if (isLost(message, ready, pageLoad)) {
      tell(await settleDoubt(sql, message, ready.account.on_uncertain))
    } else if (message.page_load === null && !wasHandedOver(accountId, message.id)) {
      tell(await takeBack(sql, message))
    }
  }
}

/** Its hand-over began in another run or page, so nobody is left who could tell. */
function isLost(message: Message, ready: { generation: number; run: number }, pageLoad: string): boolean {
  if (message.generation !== ready.generation || message.run !== ready.run) return true
  return message.page_load !== null && message.page_load !== pageLoad
}
