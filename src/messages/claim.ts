// The way out: the intent that is written before every hand-over.
import type { ISql } from 'postgres'
import type { EventRow } from '../events/record.ts'
import { type Message, type RawEvent, readEvent } from './store.ts'

export interface Intent {
  whatsappId: string
  generation: number
  run: number
}

/**
 * The intent: takes the next message of an account that may go now, writes the id chosen for it and the run that will
 * be asked. In order per recipient; a message that waits for another moment holds back only its own recipient, one to
 * somebody never written to before (`allowNew` false) nobody else. A canary goes past all of that, and only where it is
 * asked for.
 */
export async function claimMessage(
  sql: ISql,
  accountId: string,
  intent: Intent,
  { allowNew, canary = false }: { allowNew: boolean; canary?: boolean },
): Promise<Claimed | null> {
  const [row] = await sql<(Message & { event: RawEvent; is_new: boolean })[]>`
    with next as (
      select m.id from message_logs m
      where m.account_id = ${accountId} and m.status = 'queued'
        and (m.not_before is null or m.not_before <= now())
        and m.expires_at > now()
        and ${canary ? sql`m.source = 'canary'` : sql`m.source <> 'canary'`}
        and not exists (
          select 1 from message_logs o
          where o.account_id = m.account_id and o.status = 'queued' and o.chat_id = m.chat_id
            and o.source <> 'canary' and m.source <> 'canary' and (o.priority, o.id) < (m.priority, m.id))
        ${
          allowNew || canary
            ? sql``
            : sql`and (m.chat_id like '%@g.us' or exists (
                select 1 from contacts c where c.account_id = m.account_id and c.number = m.receiver_number))`
        }
      order by m.priority, m.id limit 1 for update skip locked
    ), claimed as (
      update message_logs m set status = 'sending', reason = null,
        whatsapp_id = coalesce(m.whatsapp_id, ${intent.whatsappId}), generation = ${intent.generation},
        run = ${intent.run}, page_load = null, claimed_at = now(), attempts = m.attempts + 1
      from next where m.id = next.id and m.status = 'queued' returning m.*
    ), contact as (
      insert into contacts (account_id, user_id, number, first_out_at)
      select account_id, user_id, receiver_number, claimed_at from claimed
      where chat_id not like '%@g.us' and source <> 'canary'
      on conflict (account_id, number) do update set first_out_at = excluded.first_out_at
      where contacts.first_out_at is null
      returning xmax = 0 as inserted
    ), event as (
      insert into events (id, user_id, account_id, message_id, type, data)
      select ${Bun.randomUUIDv7()}::uuid, user_id, account_id, id, 'message.status', '{"status":"sending"}' from claimed
      returning *, xid::text as xid_text
    )
    select claimed.*, to_jsonb(event) as event, coalesce((select inserted from contact), false) as is_new
    from claimed cross join event`
  if (!row) return null
  const { event, is_new: isNew, ...message } = row
  return { message, isNew, event: readEvent(event) }
}

export interface Claimed {
  message: Message
  /** Its recipient was never written to before, and had not written either. */
  isNew: boolean
  event: EventRow
}
