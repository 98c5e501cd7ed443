// Takes a message in: reads the recipient, checks what can be known at once, commits, and only then says yes.
import { createHash } from 'node:crypto'
import type { AsPerson } from '../database/tenancy.ts'
import type { Hub } from '../events/hub.ts'
import { Problem } from '../http/problem.ts'
import { explainRecipient, parseRecipient, type Recipient } from '../rules/phone.ts'
import { type Carried, type Composed, type ComposeParts, composeMessage } from './compose.ts'
import type { Intake } from './intake.ts'
import type { Waiting } from './outbox.ts'
import { findByIdempotencyKey, type NewMessage } from './queue.ts'
import type { Message, MessageSource } from './store.ts'

export interface SendRequest extends Carried {
  number: string
  /** The text, or the words under a file; empty where there are none. */
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

export interface AcceptParts extends ComposeParts {
  asPerson: AsPerson
  intake: Intake
  hub: Hub
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
  /** For the log. */
  requestId?: string | null
  /** What it is, where that is known before: a message once more, or a change to one. */
  composed?: Composed
}

const DEFAULT_DEADLINE_S = 86_400
const MAX_DEADLINE_S = 30 * 86_400
const MAX_AHEAD_MS = 366 * 86_400_000
const KEY_MS = 48 * 3_600_000
const SAME_REQUEST_MS = 10_000

/** Throws a `Problem`; when it returns, the message is committed. `replayed`: it was accepted before. */
export async function acceptMessage(
  parts: AcceptParts,
  request: SendRequest,
  from: From,
): Promise<{ accepted: Accepted; replayed: boolean }> {
  const { defaultCountry, waiting } = parts
  const recipient = parseRecipient(request.number, defaultCountry)
  if (typeof recipient === 'string') {
    throw new Problem('invalid_number', explainRecipient(recipient), { fields: { reason: recipient } })
  }
  const times = readTimes(request, Date.now())
  const once = readOnce(request, recipient, from)
  const earlier = request.file_url ? await findEarlier(parts, from, once) : null
  // Nothing is fetched for a message that was accepted before.
  if (earlier && once) return replay(earlier, once.requestHash, waiting)
  const composed = from.composed ?? (await composeMessage(parts, request, recipient, from))
  try {
    const taken = await queueComposed(parts, { request, from, recipient, times, once, composed })
    if (taken.replayed) await composed.undo()
    return taken
  } catch (error) {
    await composed.undo()
    throw error
  }
}

async function queueComposed(
  parts: AcceptParts,
  {
    request,
    from,
    recipient,
    times,
    once,
    composed,
  }: {
    request: SendRequest
    from: From
    recipient: Recipient
    times: { sendAt: Date | null; expiresAt: Date }
    once: NewMessage['once']
    composed: Composed
  },
): Promise<{ accepted: Accepted; replayed: boolean }> {
  const { intake, hub, waiting } = parts
  const accountId = request.account_id ?? composed.accountId ?? undefined
  const message: NewMessage = {
    id: Bun.randomUUIDv7(),
    userId: from.userId,
    accountId: allowedAccount(accountId, from.accountIds),
    number: recipient.number,
    chatId: recipient.chatId,
    text: composed.text,
    kind: composed.kind,
    content: composed.content,
    fileId: composed.fileId,
    source: from.source,
    priority: request.priority ?? 1,
    ...times,
    resendOf: from.resendOf ?? null,
    requestId: from.requestId ?? null,
    once,
  }
  const { account, queued, isKnown, event } = await intake.queue(message)
  if (!account) throw new Problem(accountId ? 'account_not_found' : 'no_account')
  if (!queued) {
    // The key may be there although the account is not linked any more: what was accepted stays accepted.
    const earlier = await findEarlier(parts, from, once)
    if (earlier && once) return replay(earlier, once.requestHash, waiting)
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

async function findEarlier({ asPerson }: AcceptParts, { userId }: From, once: NewMessage['once']) {
  return once && (await asPerson(userId, (tx) => findByIdempotencyKey(tx, userId, once.key)))
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
function readOnce(
  request: SendRequest,
  { chatId }: Recipient,
  { once, resendOf, composed }: From,
): NewMessage['once'] {
  if (!once) return null
  const { message, account_id = null, send_at = null, expires_in = null, priority = null } = request
  const asked = JSON.stringify([
    chatId,
    message,
    account_id,
    send_at,
    expires_in,
    priority,
    resendOf ?? null,
    // Only where there is more than a text, so that what was remembered before it could be is still the same.
    ...carriedOf(request),
    ...(composed ? [composed.kind, composed.content, composed.text] : []),
  ])
  const requestHash = createHash('sha256').update(asked).digest()
  if (once.by === 'key')
    return { key: `key ${once.key}`, requestHash, expiresAt: new Date(Date.now() + KEY_MS) }
  const key = `request ${requestHash.toString('base64url')}`
  return { key, requestHash, expiresAt: new Date(Date.now() + SAME_REQUEST_MS) }
}

/** A file that came along is the same when its bytes are, whatever it is kept as. */
function carriedOf({ upload, ...request }: SendRequest): unknown[] {
  const { file_id, file_url, file_name, as, location, contacts, poll, reply_to, mentions, cloud } = request
  const carried = { file_id, file_url, file_name, as, location, contacts, poll, reply_to, mentions, cloud }
  const given: [string, unknown][] = Object.entries(carried).filter(([, value]) => value !== undefined)
  if (upload) given.push(['upload', [upload.sha256, upload.name, upload.mimeType]])
  return given.length > 0 ? [given] : []
}
