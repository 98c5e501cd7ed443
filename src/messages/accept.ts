// Takes a message in: reads the recipient, checks what can be known at once, commits, and only then says yes.
import type { Sql } from 'postgres'
import type { Hub } from '../events/hub.ts'
import { Problem } from '../http/problem.ts'
import { explainRecipient, parseRecipient } from '../rules/phone.ts'
import type { Waiting } from './outbox.ts'
import { type MessageSource, queueMessage } from './store.ts'

export interface SendRequest {
  number: string
  message: string
  account_id?: string | undefined
  send_at?: string | undefined
  expires_in?: number | undefined
  priority?: number | undefined
}

export interface Accepted {
  id: string
  status: string
  reason: string | null
  account_id: string
  to: string
  expected_at: string | null
}

export interface AcceptParts {
  sql: Sql
  hub: Hub
  defaultCountry: string | null
  waiting: Waiting
}

/** WhatsApp's own limit for a text, in UTF-16 code units. */
const MAX_TEXT = 65_536
const DEFAULT_DEADLINE_S = 86_400
const MAX_DEADLINE_S = 30 * 86_400
const MAX_AHEAD_MS = 366 * 86_400_000

/** Throws a `Problem`; when it returns, the message is committed. */
export async function acceptMessage(
  { sql, hub, defaultCountry, waiting }: AcceptParts,
  request: SendRequest,
  caller: { userId: string; source: MessageSource; accountIds: string[] | null },
): Promise<Accepted> {
  const recipient = parseRecipient(request.number, defaultCountry)
  if (typeof recipient === 'string') {
    throw new Problem('invalid_number', explainRecipient(recipient), { fields: { reason: recipient } })
  }
  if (request.message.trim() === '') throw new Problem('message_empty')
  if (request.message.length > MAX_TEXT) throw new Problem('message_too_long')
  const { sendAt, expiresAt } = readTimes(request, Date.now())

  const id = Bun.randomUUIDv7()
  const queued = await queueMessage(sql, {
    id,
    userId: caller.userId,
    accountId: allowedAccount(request.account_id, caller.accountIds),
    number: recipient.number,
    chatId: recipient.chatId,
    text: request.message,
    source: caller.source,
    priority: request.priority ?? 1,
    sendAt,
    expiresAt,
  })
  if (!queued.accountId) throw new Problem(request.account_id ? 'account_not_found' : 'no_account')
  if (!queued.queued) throw new Problem('account_not_linked')
  hub.publish([queued.event])

  const { reason, expectedAt } = sendAt
    ? { reason: null, expectedAt: sendAt }
    : waiting.explain(queued.accountId, queued.accountState)
  return {
    id,
    status: sendAt ? 'scheduled' : 'queued',
    reason,
    account_id: queued.accountId,
    to: recipient.chatId,
    expected_at: expectedAt?.toISOString() ?? null,
  }
}

/** A key that is limited to accounts uses the first of them where none is named. */
function allowedAccount(asked: string | undefined, allowed: string[] | null): string | null {
  if (!allowed) return asked ?? null
  if (asked && !allowed.includes(asked)) throw new Problem('account_not_allowed')
  const account = asked ?? [...allowed].sort()[0]
  if (!account) throw new Problem('account_not_allowed')
  return account
}

function readTimes(
  { send_at, expires_in }: SendRequest,
  nowMs: number,
): { sendAt: Date | null; expiresAt: Date } {
  const sendAt = send_at === undefined ? null : new Date(send_at)
  if (sendAt) {
    const ahead = sendAt.getTime() - nowMs
    // A minute of grace: clocks differ.
    if (!(ahead > -60_000 && ahead < MAX_AHEAD_MS)) throw new Problem('send_at_invalid')
  }
  const seconds = expires_in ?? DEFAULT_DEADLINE_S
  if (!(seconds >= 1 && seconds <= MAX_DEADLINE_S)) throw new Problem('expires_in_invalid')
  const due = Math.max(nowMs, sendAt?.getTime() ?? 0)
  const scheduled = sendAt && sendAt.getTime() > nowMs ? sendAt : null
  return { sendAt: scheduled, expiresAt: new Date(due + seconds * 1000) }
}
