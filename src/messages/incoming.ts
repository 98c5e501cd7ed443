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
  const known = [incoming.whatsappId, ...otherSpellings(incoming)]
  const [event] = await sql<EventRow[]>`
    with message as (
      insert into message_logs (id, user_id, account_id, direction, receiver_number, chat_id, message_body, kind, content,
        sender_lid, sender_name, caught_up, status, source, whatsapp_id, sent_at)
      select ${id}::uuid, ${account.user_id}::uuid, ${account.id}::uuid, 'in', ${from}, ${incoming.chatId},
        ${storable(incoming.text)}, ${incoming.kind}, ${sql.json(content as never)}::jsonb, ${incoming.fromLid},
        ${storable(incoming.fromName)}, ${incoming.caughtUp}::boolean, 'received', 'whatsapp', ${incoming.whatsappId},
        ${new Date(incoming.at)}::timestamptz
      where not exists (
        select 1 from message_logs where account_id = ${account.id} and whatsapp_id in ${sql(known)})
      on conflict (account_id, whatsapp_id) do nothing returning id, user_id, account_id
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

/**
 * The same id as WhatsApp Web writes it where it calls the same person by number, or by LID: it changes from one to the
 * other with a build, and then tells once more what is unread.
 */
function otherSpellings({ whatsappId, fromNumber, fromLid }: IncomingMessage): string[] {
  if (!fromNumber || !fromLid) return []
  const names = [`${fromNumber}@c.us`, fromLid]
  const spelled = names.flatMap((one) =>
    names.map((other) => whatsappId.replace(`_${one}`, () => `_${other}`)),
  )
  return [...new Set(spelled)].filter((spelling) => spelling !== whatsappId)
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
