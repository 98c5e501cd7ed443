// Reads one row of the message log of an older installation: what it becomes here, or why it is refused.
import { oldText, oldTime, oldWord, Refused, readOldRow } from './old-fields.ts'
import { idOfMoment, keptId } from './old-ids.ts'
import { explainRecipient, parseRecipient, type Recipient } from './phone.ts'

export interface OldMessage {
  id: string
  /** Whose it was: their id, or where the row names none their address. */
  owner: { id: string } | { email: string }
  recipient: Recipient
  body: string
  status: OldStatus
  /** Why, where the old log does not say what became of it. */
  reason: string | null
  source: 'dashboard' | 'api'
  createdAt: Date
}

type OldStatus = 'sent' | 'delivered' | 'read' | 'failed' | 'uncertain'

/** What was waiting or under way when the old installation ended may or may not have gone out. */
const STATUSES: Record<string, OldStatus> = {
  sent: 'sent',
  success: 'sent',
  delivered: 'delivered',
  read: 'read',
  failed: 'failed',
  error: 'failed',
  pending: 'uncertain',
  queued: 'uncertain',
  sending: 'uncertain',
}
const SOURCES: Record<string, OldMessage['source']> = { dashboard: 'dashboard', web: 'dashboard', api: 'api' }

const MAX_BODY_LENGTH = 65_536

/** `country`: as for `parseRecipient`. Throws `Refused`. */
export function readOldMessage(line: string, country: string | null): OldMessage {
  const row = readOldRow(line)
  const createdAt = oldTime(row, 'created_at')
  if (!createdAt) throw new Refused('created_at is missing')
  const number = oldText(row, 'receiver_number', 100)
  if (!number) throw new Refused('receiver_number is missing')
  const recipient = parseRecipient(number, country)
  if (typeof recipient === 'string') throw new Refused(`receiver_number: ${explainRecipient(recipient)}`)
  const status = oldWord(row, 'status', STATUSES, null)
  return {
    id: idOfMoment('message', oldText(row, 'id', 100) ?? line.trim(), createdAt),
    owner: readOwner(oldText(row, 'user_id', 100), oldText(row, 'user_email', 254)),
    recipient,
    body: oldText(row, 'message_body', MAX_BODY_LENGTH) ?? '',
    status,
    reason: status === 'uncertain' ? 'imported' : null,
    source: oldWord(row, 'source', SOURCES, 'dashboard'),
    createdAt,
  }
}

function readOwner(id: string | null, email: string | null): OldMessage['owner'] {
  if (id) return { id: keptId('user', id) }
  if (email) return { email: email.trim().toLowerCase() }
  throw new Refused('user_id is missing')
}
