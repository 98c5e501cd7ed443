// Which numbers were found to be on WhatsApp, remembered for a week.
import type { ISql } from 'postgres'

export interface NumberCheck {
  number: string
  /** Null: not on WhatsApp. */
  chat_id: string | null
  checked_at: Date
}

const REMEMBER_DAYS = 7

export async function findNumberCheck(
  sql: ISql,
  userId: string,
  number: string,
): Promise<NumberCheck | null> {
  const [row] = await sql<NumberCheck[]>`
    select number, chat_id, checked_at from number_checks
    where user_id = ${userId} and number = ${number}
      and checked_at > now() - make_interval(days => ${REMEMBER_DAYS})`
  return row ?? null
}

export async function saveNumberCheck(
  sql: ISql,
  userId: string,
  check: { number: string; chatId: string | null },
): Promise<NumberCheck> {
  const [row] = await sql<NumberCheck[]>`
    insert into number_checks (user_id, number, chat_id) values (${userId}, ${check.number}, ${check.chatId})
    on conflict (user_id, number) do update set chat_id = excluded.chat_id, checked_at = now()
    returning number, chat_id, checked_at`
  return row as NumberCheck
}
