// The history of a person's messages, newest first, by key and with every filter.
import type { ISql } from 'postgres'
import { idBefore } from '../rules/first-id.ts'
import type { Message } from './store.ts'

export interface MessageFilter {
  status?: string | undefined
  accountId?: string | undefined
  source?: string | undefined
  direction?: string | undefined
  /** As stored: + and digits, or an id. */
  number?: string | undefined
  /** Any part of the text, letters alike whatever their case. */
  q?: string | undefined
  from?: Date | undefined
  to?: Date | undefined
}

/** A text search without `from` looks at this many days: no index can serve it. */
const SEARCH_DAYS = 90

/** `after`: the id of the last one seen. Rows are ordered by id, which orders by the moment of acceptance. */
export async function listMessages(
  sql: ISql,
  userId: string,
  filter: MessageFilter,
  { after, limit }: { after: string | null; limit: number },
): Promise<Message[]> {
  const { status, accountId, source, direction, number, q } = filter
  const from = filter.from ?? (q ? new Date(Date.now() - SEARCH_DAYS * 86_400_000) : undefined)
  return await sql<Message[]>`
    select * from message_logs where user_id = ${userId}
      ${status ? sql`and status = ${status}` : sql``}
      ${accountId ? sql`and account_id = ${accountId}` : sql``}
      ${source ? sql`and source = ${source}` : sql``}
      ${direction ? sql`and direction = ${direction}` : sql``}
      ${number ? sql`and receiver_number = ${number}` : sql``}
      ${q ? sql`and message_body ilike ${`%${q.replace(/[\\%_]/g, '\\$&')}%`}` : sql``}
      ${from ? sql`and id >= ${idBefore(from.getTime())}` : sql``}
      ${filter.to ? sql`and id < ${idBefore(filter.to.getTime())}` : sql``}
      ${after ? sql`and id < ${after}` : sql``}
    order by id desc limit ${limit}`
}
