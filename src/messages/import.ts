// Rows of an older installation's log, as part of the history: nothing of them is ever sent.
import type { ISql } from 'postgres'
import type { OldMessage } from '../rules/old-message.ts'

/** `known`: the row is there already, from an earlier import. `no_owner`: nobody here is who it belonged to. */
export async function importMessage(
  sql: ISql,
  message: OldMessage,
): Promise<'imported' | 'known' | 'no_owner'> {
  const { owner, recipient } = message
  const [user] = await sql<{ id: string }[]>`
    select id from users where ${'id' in owner ? sql`id = ${owner.id}` : sql`email = ${owner.email}`}`
  if (!user) return 'no_owner'
  const rows = await sql`
    insert into message_logs ${sql({
      id: message.id,
      user_id: user.id,
      receiver_number: recipient.number,
      chat_id: recipient.chatId,
      message_body: message.body,
      status: message.status,
      reason: message.reason,
      source: message.source,
      created_at: message.createdAt,
      imported_at: new Date(),
    })} on conflict (id) do nothing returning 1`
  return rows.length === 1 ? 'imported' : 'known'
}
