// Who an account has written to or heard from, and when it last handed over: what pacing is decided by.
import type { ISql } from 'postgres'

/** Moments (ms) of an account's hand-overs in the last day, oldest first, for its pacing. */
export async function listHandOverTimes(sql: ISql, accountId: string): Promise<number[]> {
  const rows = await sql<{ at: Date }[]>`
    select claimed_at as at from message_logs
    where account_id = ${accountId} and claimed_at > now() - interval '1 day' and direction = 'out'
      and source <> 'canary'
    order by claimed_at`
  return rows.map((row) => row.at.getTime())
}

/** Moments (ms) of an account's first messages to people who had not written before, in the last day, oldest first. */
export async function listNewContactTimes(sql: ISql, accountId: string): Promise<number[]> {
  const rows = await sql<{ at: Date }[]>`
    select first_out_at as at from contacts
    where account_id = ${accountId} and first_out_at > now() - interval '1 day'
      and (first_in_at is null or first_in_at > first_out_at)
    order by first_out_at`
  return rows.map((row) => row.at.getTime())
}

/** Nobody was written to after all: the claim at this moment made them known for nothing. */
export async function forgetContact(
  sql: ISql,
  accountId: string,
  number: string,
  claimedAt: Date | null,
): Promise<void> {
  await sql`delete from contacts
    where account_id = ${accountId} and number = ${number} and first_in_at is null
      and date_trunc('milliseconds', first_out_at) = ${claimedAt}`
}

/** Of these recipients of an account, those it has written to or heard from. */
export async function listKnown(sql: ISql, accountId: string, numbers: string[]): Promise<Set<string>> {
  if (numbers.length === 0) return new Set()
  const rows = await sql<{ number: string }[]>`
    select number from contacts where account_id = ${accountId} and number in ${sql(numbers)}`
  return new Set(rows.map((row) => row.number))
}
