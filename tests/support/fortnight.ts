// Two weeks of messages as rows, the same every time: for what is told about them.
import type { Sql } from 'postgres'

interface Fortnight {
  userId: string
  accountId: string | null
  /** About so many messages a day; fewer at weekends. */
  perDay: number
  /** One of so many fails. */
  failing?: number
}

/** Until now, by day and hour of UTC. Resolves with how many there are. */
export async function fillFortnight(
  sql: Sql,
  { userId, accountId, perDay, failing = 24 }: Fortnight,
): Promise<number> {
  const { count } = await sql`
    insert into message_logs (id, user_id, account_id, direction, receiver_number, chat_id, message_body, status, reason,
      source, whatsapp_id, created_at, sent_at, delivered_at, read_at)
    select
      (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(draw, 1, 3) || '8' || substr(draw, 4, 15))::uuid,
      ${userId}, ${accountId}, 'out', number, substr(number, 2) || '@c.us', 'Your parcel ' || upper(substr(draw, 1, 6)) || ' is on its way.',
      status,
      case when status = 'failed' then
        (array['not_on_whatsapp', 'not_on_whatsapp', 'not_on_whatsapp', 'page_error', 'chat_not_found', 'file_refused'])[1 + (n / ${failing}) % 6] end,
      case when n % 5 = 0 then 'dashboard' else 'api' end, 'F' || draw, at,
      case when status in ('sent', 'delivered', 'read') then at + interval '2 seconds' end,
      case when status in ('delivered', 'read') then at + interval '2 seconds' + (1 + n % 9) * interval '0.6 seconds' end,
      case when status = 'read' then at + interval '20 minutes' end
    from (
      select n, md5(${userId}::text || ${accountId}::text || n) as draw,
        '+4915' || lpad(((n * 7919) % 1000000000)::text, 9, '0') as number,
        date_trunc('milliseconds', now() - (n::float8 / ${perDay}) * interval '1 day') as at,
        case
          when n % ${failing} = 5 then 'failed'
          when n % 97 = 3 then 'expired'
          when n % 131 = 7 then 'uncertain'
          when n % 13 = 2 then 'sent'
          when n % 7 < 3 or n < ${perDay} / 9 then 'delivered'
          else 'read'
        end as status
      from generate_series(1, ${perDay} * 14) n
    ) drawn
    where extract(isodow from at) < 6 or n % 3 = 0`
  return count
}
