// Takes a message in: reads the recipient, checks what can be known at once, commits, and only then says yes.
import { createHash } from 'node:crypto'
import type { AsPerson } from '../database/tenancy.ts'
import type { Hub } from '../events/hub.ts'
import { Problem } from '../http/problem.ts'
import { explainRecipient, parseRecipient, type Recipient } from '../rules/phone.ts'
import type { Intake } from './intake.ts'
import type { Waiting } from './outbox.ts'
import { findByIdempotencyKey, type NewMessage } from './queue.ts'
import type { Message, MessageSource } from './store.ts'

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
  asPerson: AsPerson
  intake: Intake
  hub: Hub
  defaultCountry: string | null
  waiting: Waiting
}

/** Who asks, and whether asking twice means the same message. */
export interface From {
  userId: string
  source: MessageSource
  accountIds: string[] | null
  /** `key`: the caller's own, remembered for 48 h. `request`: an equal request within 10 s is the same message. */
  once: { by: 'key'; key: string } | { by: 'request' } | null
  resendOf?: string
}

/** WhatsApp's own limit for a text, in UTF-16 code units. */
const MAX_TEXT = 65_536
const DEFAULT_DEADLINE_S = 86_400
const MAX_DEADLINE_S = 30 * 86_400
const MAX_AHEAD_MS = 366 * 86_400_000
const KEY_MS = 48 * 3_600_000
const SAME_REQUEST_MS = 10_000

/** Throws a `Problem`; when it returns, the message is committed. `replayed`: it was accepted before. */
export async function acceptMessage(
  { asPerson, intake, hub, defaultCountry, waiting }: AcceptParts,
  request: SendRequest,
  from: From,
): Promise<{ accepted: Accepted; replayed: boolean }> {
  const recipient = parseRecipient(request.number, defaultCountry)
  if (typeof recipient === 'string') {
    throw new Problem('invalid_number', explainRecipient(recipient), { fields: { reason: recipient } })
  }
  if (request.message.trim() === '') throw new Problem('message_empty')
  if (request.message.length > MAX_TEXT) throw new Problem('message_too_long')
  const times = readTimes(request, Date.now())
  const once = readOnce(request, recipient, from)

  const message: NewMessage = {
    id: Bun.randomUUIDv7(),
    userId: from.userId,
    accountId: allowedAccount(request.account_id, from.accountIds),
    number: recipient.number,
    chatId: recipient.chatId,
    text: request.message,
    source: from.source,
    priority: request.priority ?? 1,
    ...times,
    resendOf: from.resendOf ?? null,
    once,
  }
  const { account, queued, isKnown, event } = await intake.queue(message)
  if (!account) throw new Problem(request.account_id ? 'account_not_found' : 'no_account')
  if (!queued) {
    // The key may be there although the account is not linked any more: what was accepted stays accepted.
    const earlier =
      once && (await asPerson(from.userId, (tx) => findByIdempotencyKey(tx, from.userId, once.key)))
    if (earlier) return replay(earlier, once.requestHash, waiting)
    throw new Problem('account_not_linked')
  }
  hub.publish([event])

  const isNew = !isKnown && !recipient.chatId.endsWith('@g.us')
  const { reason, expectedAt } = times.sendAt
    ? { reason: null, expectedAt: times.sendAt }
    : waiting.explain(account.id, { state: account.state, isNew })
  return {
    replayed: false,
    accepted: {
      id: message.id,
      status: times.sendAt ? 'scheduled' : 'queued',
      // Better said now than found out at the deadline.
      reason: expectedAt && expectedAt > times.expiresAt ? 'caps_past_deadline' : reason,
      account_id: account.id,
      to: recipient.chatId,
      expected_at: expectedAt?.toISOString() ?? null,
    },
  }
}

/** The same message again, as it is now. */
function replay(
  earlier: { requestHash: Uint8Array; message: Message },
  requestHash: Uint8Array,
  waiting: Waiting,
): { accepted: Accepted; replayed: boolean } {
  if (!Buffer.from(earlier.requestHash).equals(requestHash)) throw new Problem('idempotency_mismatch')
  const { id, status, reason, account_id, chat_id: to, send_at } = earlier.message
  const held =
    status === 'queued' && account_id ? waiting.explain(account_id, { state: null, isNew: false }) : null
  const expectedAt = status === 'scheduled' ? send_at : (held?.expectedAt ?? null)
  return {
    replayed: true,
    accepted: {
      id,
      status,
      reason: reason ?? held?.reason ?? null,
      account_id: account_id ?? '',
      to,
      expected_at: expectedAt?.toISOString() ?? null,
    },
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

/** What makes two requests the same: where it goes, what it says, and how it was asked for. */
function readOnce(request: SendRequest, { chatId }: Recipient, { once, resendOf }: From): NewMessage['once'] {
  if (!once) return null
  const { message, account_id = null, send_at = null, expires_in = null, priority = null } = request
  const asked = JSON.stringify([chatId, message, account_id, send_at, expires_in, priority, resendOf ?? null])
  const requestHash = createHash('sha256').update(asked).digest()
  if (once.by === 'key')
    return { key: `key ${once.key}`, requestHash, expiresAt: new Date(Date.now() + KEY_MS) }
  const key = `request ${requestHash.toString('base64url')}`
  return { key, requestHash, expiresAt: new Date(Date.now() + SAME_REQUEST_MS) }
}
