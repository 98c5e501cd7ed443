// Figures over many messages: how long the default fortnight takes where all of it is full, and how it is read.
import { type Database, type Figure, median, ms } from './figure.ts'
import { must, openStage, openUndo } from './stage.ts'

const TIMES = 5
const PEOPLE = 20

/**
 * `rows` messages of the last 28 days, half of them within the fortnight, spread over people and accounts; as they
 * would lie there after their acks, vacuumed as autovacuum does, with every index of the product.
 */
export async function measureAnalytics(database: Database, rows: number): Promise<Figure[]> {
  await using undo = openUndo()
  const stage = await openStage(undo, { database })
  const { owner } = stage
  await owner`set statement_timeout = 0`
  await owner`insert into users (id, email, password_hash)
    select gen_random_uuid(), 'person' || n || '@example.com', '' from generate_series(2, ${PEOPLE}) n`
  await owner`insert into accounts (id, user_id, name) select gen_random_uuid(), id, 'bench' from users`
  // Row by row into all of them a million rows take minutes; made anew afterwards, seconds.
  const indexes = await owner<{ name: string; definition: string }[]>`
    select indexname as name, indexdef as definition from pg_indexes
    where tablename = 'message_logs' and indexname <> 'message_logs_pkey'`
  for (const { name } of indexes) await owner.unsafe(`drop index ${name}`)
  const fill = `
    insert into message_logs (id, user_id, account_id, receiver_number, chat_id, message_body, status, reason, source,
      whatsapp_id, created_at, sent_at, delivered_at)
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n::text), 1, 3)
        || '8' || substr(md5(n::text), 4, 15))::uuid,
      a.user_id, a.id, '+49151' || n % 100000, '49151@c.us', 'Message ' || n || ' of the benchmark',
      case when n % 50 = 0 then 'failed' when n % 7 = 0 then 'sent' when n % 3 = 0 then 'delivered' else 'read' end,
      case when n % 50 = 0 then 'not_on_whatsapp' end, 'api', 'B' || n, at, at + interval '1 second',
      -- Most within seconds, some once a phone is switched on again.
      case when n % 50 <> 0 and n % 7 <> 0 then at + interval '2 seconds' + interval '1 second' * random() ^ 16 * 20000 end
    from (select n, now() - interval '28 days' * (1 - n::float8 / ${rows}) as at from generate_series(1, ${rows}) n) m
    join (select id, user_id, row_number() over (order by id) as place from accounts) a on a.place = 1 + n % ${PEOPLE}`
  await owner.begin(async (tx) => {
    // Whether each row's person and account exist need not be looked up a million times, where the login may say so.
    const [login] = await tx<
      { may: boolean }[]
    >`select rolsuper as may from pg_roles where rolname = current_user`
    if (login!.may) await tx`set local session_replication_role = replica`
    await tx.unsafe(fill)
  })
  for (const { definition } of indexes) await owner.unsafe(definition)
  await owner`vacuum analyze message_logs`

  const [most] = await owner<{ user_id: string; n: number }[]>`
    select user_id, count(*)::int as n from message_logs group by 1 order by 2 desc limit 1`
  const figures: Figure[] = []
  const measure = async (what: string, path: string, reachMs: number) => {
    const times: number[] = []
    for (let n = 0; n < TIMES; n++) {
      const startedAt = performance.now()
      await must(stage, 'GET', path)
      times.push(performance.now() - startedAt)
    }
    figures.push({
      what,
      database,
      value: ms(median(times)),
      reach: `≤ ${reachMs.toLocaleString('en')} ms`,
      met: median(times) <= reachMs,
    })
  }
  const half = Math.round(rows / 2).toLocaleString('en')
  await measure(`figures of a fortnight, everybody's ${half} messages`, '/api/analytics?all=true', 1_000)
  const own = Math.round(most!.n / 2).toLocaleString('en')
  await measure(`figures of a fortnight, one person's ${own}`, `/api/analytics?user_id=${most!.user_id}`, 200)
  await measure('figures of a fortnight, one’s own', '/api/analytics', 200)
  return figures
}
