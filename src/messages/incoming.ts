// Rows of messages that somebody else wrote, changed, took back or reacted with.
import type { ISql } from 'postgres'
import type { IncomingMessage } from '../../workers/protocol.ts'
import type { EventRow } from '../events/record.ts'
import { type MessageContent, storable } from '../rules/message-content.ts'

/** Keeps a message that somebody else wrote, with its event; null when this account has it already. */
export async function createIncoming(
  sql: ISql,
  account: { id: string; user_id: string },
  incoming: IncomingMessage,
): Promise<EventRow | null> {
  const id = Bun.randomUUIDv7()
  const from = incoming.fromNumber ? `+${incoming.fromNumber}` : incoming.authorId
  const content = await withOurIds(sql, account.id, incoming)
  const [event] = await sql<EventRow[]>`
    with message as (
      insert into message_logs ${sql({
        id,
        user_id: account.user_id,
        account_id: account.id,
        direction: 'in',
        receiver_number: from,
        chat_id: incoming.chatId,
        message_body: storable(incoming.text),
        kind: incoming.kind,
        content: sql.json(content as never),
        sender_lid: incoming.fromLid,
        sender_name: storable(incoming.fromName),
        caught_up: incoming.caughtUp,
        status: 'received',
        source: 'whatsapp',
        whatsapp_id: incoming.whatsappId,
        sent_at: new Date(incoming.at),
      })} on conflict (account_id, whatsapp_id) do nothing returning id, user_id, account_id
    ), contact as (
      insert into contacts (account_id, user_id, number, first_in_at)
      select account_id, user_id, ${from}, now() from message where ${!incoming.chatId.endsWith('@g.us')}
      on conflict (account_id, number) do update set first_in_at = coalesce(contacts.first_in_at, now())
    )
    insert into events (id, user_id, account_id, message_id, type, data)
    select ${Bun.randomUUIDv7()}::uuid, user_id, account_id, id, 'message.received',
      ${sql.json({ status: 'received', kind: incoming.kind, has_file: content.file !== undefined })}::jsonb
    from message returning *`
  if (!event) return null
  if (content.target_id) await noteChange(sql, account.id, content.target_id, incoming)
  return event
}

/** What was told of these when they were kept, in that order. */
export async function listReceived(
  sql: ISql,
  accountId: string,
  incoming: IncomingMessage[],
): Promise<EventRow[]> {
  const ids = incoming.map(({ whatsappId }) => whatsappId)
  return await sql<EventRow[]>`
    select e.* from message_logs m join events e on e.message_id = m.id and e.type = 'message.received'
    where m.account_id = ${accountId} and m.whatsapp_id in ${sql(ids)} order by e.xid, e.id`
}

/** Which of our messages it is about or answers, where we have that. */
async function withOurIds(
  sql: ISql,
  accountId: string,
  { content, chatId }: IncomingMessage,
): Promise<MessageContent> {
  const clean = storable(content)
  const [target, quoted] = await Promise.all([
    clean.target ? findId(sql, accountId, chatId, clean.target) : null,
    clean.quoted ? findId(sql, accountId, chatId, clean.quoted) : null,
  ])
  return { ...clean, ...(target && { target_id: target }), ...(quoted && { quoted_id: quoted }) }
}

/** Ours are kept by their bare id, those of others in the page's spelling of the whole. */
async function findId(sql: ISql, accountId: string, chatId: string, whatsappId: string) {
  const bare = whatsappId.startsWith('true_') ? (whatsappId.split('_')[2] ?? whatsappId) : whatsappId
  const [row] = await sql<{ id: string }[]>`
    select id from message_logs
    where account_id = ${accountId} and whatsapp_id in ${sql([bare, `false_${chatId}_${whatsappId}`])} limit 1`
  return row?.id ?? null
}

/** Only its writer can change a message: an edit of somebody else's is kept as what it is and changes nothing. */
async function noteChange(
  sql: ISql,
  accountId: string,
  targetId: string,
  { kind, at }: IncomingMessage,
): Promise<void> {
  const column = { edit: 'edited_at', delete: 'deleted_at' }[kind]
  if (!column) return
  await sql`update message_logs set ${sql(column)} = ${new Date(at)}
    where id = ${targetId} and account_id = ${accountId} and direction = 'in'`
}
