// Rows of messages that somebody else wrote.
import type { ISql } from 'postgres'
import type { IncomingMessage } from '../../workers/protocol.ts'
import { type EventRow, recordEvents } from '../events/record.ts'

/** Keeps a message that somebody else wrote; nothing when this account has it already. */
export async function createIncoming(
  sql: ISql,
  account: { id: string; user_id: string },
  incoming: IncomingMessage,
): Promise<EventRow[]> {
  const id = Bun.randomUUIDv7()
  const from = incoming.fromNumber ? `+${incoming.fromNumber}` : incoming.authorId
  const rows = await sql`
    insert into message_logs ${sql({
      id,
      user_id: account.user_id,
      account_id: account.id,
      direction: 'in',
      receiver_number: from,
      chat_id: incoming.chatId,
      message_body: incoming.text.replaceAll('\0', ''),
      kind: incoming.kind,
      status: 'received',
      source: 'whatsapp',
      whatsapp_id: incoming.whatsappId,
      sent_at: new Date(incoming.at),
    })} on conflict (account_id, whatsapp_id) do nothing returning 1`
  if (rows.length === 0) return []
  if (!incoming.chatId.endsWith('@g.us')) {
    await sql`
      insert into contacts (account_id, user_id, number, first_in_at)
      values (${account.id}, ${account.user_id}, ${from}, now())
      on conflict (account_id, number) do update set first_in_at = coalesce(contacts.first_in_at, now())`
  }
  return recordEvents(sql, [
    {
      userId: account.user_id,
      type: 'message.received',
      accountId: account.id,
      messageId: id,
      data: { status: 'received', kind: incoming.kind },
    },
  ])
}
