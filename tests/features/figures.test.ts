// Figures, the activity log and lists as CSV: right numbers, one's own only, and nothing that a spreadsheet would run.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { caller, startTestApp, type TestApp } from '../support/app.ts'
import { createRows, type PersonRow, type Rows } from '../support/rows.ts'

let t: TestApp
let rows: Rows
beforeAll(async () => {
  t = await startTestApp()
  rows = await createRows(t)
})
afterAll(() => t.stop())

const by = ({ token }: PersonRow) => caller(t.url, { authorization: `Bearer ${token}` })

/** A message as it would lie there had it been accepted at that moment. */
async function put(
  userId: string,
  at: string,
  message: {
    status: string
    accountId?: string
    reason?: string
    body?: string
    number?: string
    /** Seconds from the hand-over to the phone. */
    took?: number
  },
): Promise<string> {
  const { owner } = t.database
  const ms = Date.parse(at)
  const random = crypto.randomUUID().slice(15)
  const hex = ms.toString(16).padStart(12, '0')
  const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7${random}`
  const received = message.status === 'received'
  await owner`insert into message_logs ${owner({
    id,
    user_id: userId,
    account_id: message.accountId ?? null,
    direction: received ? 'in' : 'out',
    receiver_number: message.number ?? '+491511111111',
    chat_id: '491511111111@c.us',
    message_body: message.body ?? 'Hello',
    status: message.status,
    reason: message.reason ?? null,
    source: received ? 'whatsapp' : 'api',
    whatsapp_id: crypto.randomUUID(),
    created_at: new Date(ms),
    sent_at: message.took === undefined ? null : new Date(ms + 1000),
    delivered_at: message.took === undefined ? null : new Date(ms + 1000 + message.took * 1000),
  })}`
  return id
}

interface Drawn {
  user_id: string
  account_id: string | null
  status: string
  reason: string | null
  created_at: Date
  /** Seconds from the hand-over to the phone. */
  took: number | null
}

describe('analytics', () => {
  test('count each message once, for its day, account and fate', async () => {
    const me = await rows.person()
    const accountId = await rows.thing('account', me.id)
    const day = '2026-03-10T12:00:00Z'
    await put(me.id, day, { status: 'sent', accountId })
    await put(me.id, day, { status: 'delivered', accountId, took: 1 })
    await put(me.id, day, { status: 'read', accountId, took: 3 })
    await put(me.id, day, { status: 'played', took: 100 })
    await put(me.id, day, { status: 'failed', accountId, reason: 'not_on_whatsapp' })
    await put(me.id, day, { status: 'failed', reason: 'not_on_whatsapp' })
    await put(me.id, day, { status: 'failed', reason: 'no_lid' })
    await put(me.id, '2026-03-11T00:00:00Z', { status: 'queued', accountId })
    await put(me.id, '2026-03-11T00:00:00Z', { status: 'received', accountId })
    await put(me.id, '2026-03-20T00:00:00Z', { status: 'sent' })
    const answer = await by(me).call(
      'GET',
      '/api/analytics?from=2026-03-09T00:00:00Z&to=2026-03-12T00:00:00Z',
    )
    const { total, days, accounts, people, failures, median_delivery_s } = answer.body
    expect(total).toEqual({
      accepted: 8,
      sent: 4,
      delivered: 3,
      read: 2,
      failed: 3,
      waiting: 1,
      expired: 0,
      cancelled: 0,
      uncertain: 0,
      received: 1,
    })
    expect(days.map((one: { day: string; accepted: number }) => [one.day, one.accepted])).toEqual([
      ['2026-03-09', 0],
      ['2026-03-10', 7],
      ['2026-03-11', 1],
    ])
    expect(accounts).toMatchObject([
      { account_id: accountId, name: 'Row', accepted: 5, sent: 3, failed: 1, received: 1 },
      { account_id: null, name: null, accepted: 3, failed: 2 },
    ])
    expect(people).toEqual([])
    expect(failures).toEqual([
      { reason: 'not_on_whatsapp', message: 'This number is not on WhatsApp.', count: 2 },
      { reason: 'no_lid', message: 'WhatsApp knows no chat for this number.', count: 1 },
    ])
    expect(median_delivery_s).toBe(3)
    const one = await by(me).call(
      'GET',
      `/api/analytics?account_id=${accountId}&from=2026-03-09T00:00:00Z&to=2026-03-12T00:00:00Z`,
    )
    expect(one.body.total).toMatchObject({ accepted: 5, received: 1 })
  })

  test('days are those of the asked time zone, also on the day that has 23 hours', async () => {
    const me = await rows.person()
    // Berlin goes from +1 to +2 on 2026-03-29 at 01:00 UTC.
    await put(me.id, '2026-03-28T22:59:00Z', { status: 'sent' })
    await put(me.id, '2026-03-28T23:00:00Z', { status: 'sent' })
    await put(me.id, '2026-03-29T21:59:00Z', { status: 'sent' })
    await put(me.id, '2026-03-29T22:00:00Z', { status: 'sent' })
    const range = 'from=2026-03-28T12:00:00Z&to=2026-03-30T12:00:00Z'
    const daysIn = async (zone: string) =>
      (
        await by(me).call('GET', `/api/analytics?${range}&time_zone=${encodeURIComponent(zone)}`)
      ).body.days.map((one: { day: string; sent: number }) => [one.day, one.sent])
    expect(await daysIn('Europe/Berlin')).toEqual([
      ['2026-03-28', 1],
      ['2026-03-29', 2],
      ['2026-03-30', 1],
    ])
    expect(await daysIn('Asia/Kathmandu')).toEqual([
      ['2026-03-28', 0],
      ['2026-03-29', 2],
      ['2026-03-30', 2],
    ])
  })

  test("are one's own; an admin sees everybody's and one person's", async () => {
    const [me, other] = [await rows.person(), await rows.person()]
    const at = '2026-05-01T10:00:00Z'
    const range = 'from=2026-05-01T00:00:00Z&to=2026-05-02T00:00:00Z'
    for (let n = 0; n < 3; n++) await put(me.id, at, { status: 'sent' })
    for (let n = 0; n < 2; n++) await put(other.id, at, { status: 'failed', reason: 'no_lid' })
    expect((await by(me).call('GET', `/api/analytics?${range}`)).body.total.accepted).toBe(3)
    for (const query of ['all=true', `user_id=${other.id}`]) {
      const refused = await by(me).call('GET', `/api/analytics?${range}&${query}`)
      expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
    }
    const all = (await t.admin.call('GET', `/api/analytics?${range}&all=true`)).body
    expect(all.total).toMatchObject({ accepted: 5, sent: 3, failed: 2 })
    expect(all.people).toMatchObject([
      { user_id: me.id, email: me.email, accepted: 3 },
      { user_id: other.id, email: other.email, failed: 2 },
    ])
    const accountId = await rows.thing('account', other.id)
    await put(other.id, at, { status: 'sent', accountId })
    const { accounts } = (await t.admin.call('GET', `/api/analytics?${range}&all=true`)).body
    expect(accounts).toMatchObject([
      { account_id: null, user_email: null },
      { account_id: accountId, name: 'Row', user_email: other.email },
    ])
    const own = (await by(other).call('GET', `/api/analytics?${range}&account_id=${accountId}`)).body
    expect(own.accounts).toMatchObject([{ account_id: accountId, name: 'Row', user_email: null }])
    const one = (await t.admin.call('GET', `/api/analytics?${range}&user_id=${other.id}`)).body
    expect(one.total).toMatchObject({ accepted: 3, failed: 2 })
    expect(one.people).toMatchObject([{ user_id: other.id, email: other.email, accepted: 3 }])
  })

  test('are what counting the rows one by one gives', async () => {
    const { owner } = t.database
    const people = [await rows.person(), await rows.person()]
    const accounts = [await rows.thing('account', people[0]!.id), await rows.thing('account', people[1]!.id)]
    const [from, to] = [Date.parse('2026-06-01T07:20:00Z'), Date.parse('2026-06-04T19:40:00Z')]
    // Also around the edges of the range, where nothing may be counted.
    await owner`
      insert into message_logs (id, user_id, account_id, direction, receiver_number, chat_id, message_body, status, reason,
        source, whatsapp_id, created_at, sent_at, delivered_at)
      select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(md5(n || 'id'), 1, 3)
          || '8' || substr(md5(n || 'id'), 4, 15))::uuid,
        (${people.map(({ id }) => id)}::uuid[])[who], case when n % 5 > 0 then (${accounts}::uuid[])[who] end,
        case when status = 'received' then 'in' else 'out' end, '+491511111111', '1@c.us', '', status,
        case when status = 'failed' then (array['no_lid', 'not_on_whatsapp'])[1 + n % 2] end,
        'api', 'W' || n, at, at + interval '1 second',
        case when status in ('delivered', 'read') then at + interval '1 second' + random() * interval '2 minutes' end
      from (
        select n, date_trunc('milliseconds', timestamptz '2026-06-01' + random() * interval '4 days') as at,
          1 + (random() < 0.3)::int as who,
          (array['sent', 'delivered', 'read', 'failed', 'received', 'queued', 'uncertain'])[1 + floor(random() * 7)::int] as status
        from generate_series(1, 3000) n
      ) drawn`
    const drawn =
      await owner`select *, extract(epoch from delivered_at - sent_at)::float8 as took from message_logs
      where source = 'api' and created_at >= ${new Date(from)} and created_at < ${new Date(to)}`
    const plain = (kept: Drawn[]) => {
      const count = (...statuses: string[]) => kept.filter((row) => statuses.includes(row.status)).length
      return {
        accepted: kept.length - count('received'),
        sent: count('sent', 'delivered', 'read'),
        delivered: count('delivered', 'read'),
        read: count('read'),
        failed: count('failed'),
        waiting: count('queued'),
        uncertain: count('uncertain'),
        received: count('received'),
      }
    }
    const range = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`
    for (const [query, kept] of [
      ['all=true', drawn],
      [`user_id=${people[1]!.id}`, drawn.filter((row) => row.user_id === people[1]!.id)],
      [`all=true&account_id=${accounts[0]}`, drawn.filter((row) => row.account_id === accounts[0])],
    ] as [string, Drawn[]][]) {
      const { body } = await t.admin.call('GET', `/api/analytics?${range}&${query}`)
      expect(body.total).toMatchObject(plain(kept))
      const dayOf = (row: Drawn) => row.created_at.toISOString().slice(0, 10)
      for (const day of body.days)
        expect(day).toMatchObject(plain(kept.filter((row) => dayOf(row) === day.day)))
      for (const one of body.accounts)
        expect(one).toMatchObject(plain(kept.filter((row) => row.account_id === one.account_id)))
      for (const one of body.people)
        expect(one).toMatchObject(plain(kept.filter((row) => row.user_id === one.user_id)))
      for (const one of body.failures)
        expect(one.count).toBe(kept.filter((row) => row.reason === one.reason).length)
      const took = kept.flatMap((row) => row.took ?? []).sort((a, b) => a - b)
      const median = took[Math.ceil(took.length / 2) - 1]!
      // To the millisecond below ten seconds, to a tenth of a second below a thousand.
      expect(body.median_delivery_s).toBeWithin(median - 0.051, median + 0.051)
    }
  })

  test('the last fourteen days unless asked otherwise; an odd range is refused', async () => {
    const me = await rows.person()
    const { days } = (await by(me).call('GET', '/api/analytics')).body
    expect(days.length).toBeWithin(14, 16)
    for (const query of [
      'from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
      'from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z',
      'from=yesterday',
      'time_zone=Atlantis',
      'account_id=1',
    ]) {
      const refused = await by(me).call('GET', `/api/analytics?${query}`)
      expect([query, refused.status]).toEqual([query, 422])
    }
  })
})

describe('the queue', () => {
  const queueOf = async (who: ReturnType<typeof caller>, query = '') =>
    (await who.call('GET', `/api/queue${query}`)).body.items

  test('tells how much waits at each account, and why: one’s own, everybody’s for admins', async () => {
    const [me, other] = [await rows.person(), await rows.person()]
    const [mine, theirs] = [await rows.thing('account', me.id), await rows.thing('account', other.id)]
    expect(await queueOf(by(me))).toEqual([])
    const [first, last] = ['2090-01-01T08:00:00.000Z', '2090-01-02T08:00:00.000Z']
    for (const send_at of [last, first]) await rows.message(me.id, mine, { status: 'scheduled', send_at })
    for (const status of ['queued', 'queued', 'expired', 'failed'])
      await rows.message(me.id, mine, { status })
    await rows.message(other.id, theirs, { status: 'queued' })
    expect(await queueOf(by(me))).toEqual([
      {
        account_id: mine,
        name: 'Row',
        user_id: me.id,
        user_email: me.email,
        queued: 2,
        scheduled: 2,
        next_scheduled_at: first,
        last_scheduled_at: last,
        reason: 'account_offline',
        message: 'It waits until the account is connected again.',
        expected_at: null,
      },
    ])
    const refused = await by(me).call('GET', '/api/queue?all=true')
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
    const all = await queueOf(t.admin, '?all=true')
    expect(
      all.filter(({ account_id }: { account_id: string }) => [mine, theirs].includes(account_id)),
    ).toMatchObject([
      { account_id: mine, queued: 2 },
      { account_id: theirs, user_email: other.email, queued: 1, scheduled: 0 },
    ])
    expect(await queueOf(t.admin)).toEqual([])
  })

  test('says about when the last goes: as the gaps and the cap for new people let it', async () => {
    const person = await t.person()
    const { accountId } = await person.linked()
    const pacing = { gap_s: [600, 600], per_minute: 20, per_hour: 60, per_day: 800, new_per_day: 2 }
    await person.call('PATCH', `/api/accounts/${accountId}`, { pacing })
    const send = (number: string) => person.call('POST', '/api/messages/send', { number, message: 'Hello' })
    const { id } = (await send('+4915111111111')).body
    const beganMs = Date.now()
    await person.until(async () => (await person.call('GET', `/api/messages/${id}`)).body.status === 'sent')
    for (let n = 0; n < 3; n++) await send('+4915111111111')
    const minutesUntilTheLast = async () => {
      const [queue] = await queueOf(person)
      return [queue.queued, queue.reason, Math.round((Date.parse(queue.expected_at) - beganMs) / 60_000)]
    }
    // Ten minutes apart, the first of them ten minutes after the one that went.
    expect(await minutesUntilTheLast()).toEqual([3, 'gap', 30])
    // Of two new people a day one was written to: the second of these has to wait until tomorrow.
    await send('+4915122222222')
    await send('+4915133333333')
    expect(await minutesUntilTheLast()).toEqual([5, 'new_contacts_cap', 1440])
  })
})

describe('the activity log', () => {
  test('is filtered by person, action and time, and is one’s own for everybody but admins', async () => {
    const me = await rows.person()
    const { owner } = t.database
    const add = (action: string) =>
      owner`insert into activity_logs ${owner({
        id: Bun.randomUUIDv7(),
        user_id: me.id,
        user_email: me.email,
        action,
      })}`
    await add('key.created')
    await add('auth.login')
    await add('auth.logout')
    const actions = async (query: string, who = by(me)) =>
      (await who.call('GET', `/api/activity?${query}`)).body.items.map(
        (item: { action: string }) => item.action,
      )
    expect(await actions('')).toEqual(['auth.logout', 'auth.login', 'key.created'])
    expect(await actions('action=auth')).toEqual(['auth.logout', 'auth.login'])
    expect(await actions('action=auth.login')).toEqual(['auth.login'])
    expect(await actions('action=aut')).toEqual([])
    expect(await actions(`to=${new Date(Date.now() - 60_000).toISOString()}`)).toEqual([])
    expect(await actions(`user_id=${me.id}&action=key`, t.admin)).toEqual(['key.created'])
    expect(await actions(`all=true&q=${me.email}&action=key`, t.admin)).toEqual(['key.created'])
    const refused = await by(me).call('GET', `/api/activity?user_id=${t.admin.id}`)
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
    const file = await by(me).call('GET', '/api/activity.csv?all=true')
    expect([file.status, file.body.code]).toEqual([403, 'forbidden'])
  })
})

describe('CSV', () => {
  test('holds every row of the list, one’s own only, with formulas made harmless', async () => {
    const [me, other] = [await rows.person(), await rows.person()]
    await put(other.id, '2026-05-01T10:00:00Z', { status: 'sent', body: 'not yours' })
    await put(me.id, '2026-05-01T10:00:00Z', {
      status: 'sent',
      body: '=HYPERLINK("http://evil.example","x")',
    })
    await put(me.id, '2026-05-01T10:00:01Z', {
      status: 'failed',
      reason: 'no_lid',
      body: 'two\nlines, "quoted"',
    })
    const response = await fetch(`${t.url}/api/messages.csv?from=2026-05-01T00:00:00Z`, {
      headers: { authorization: `Bearer ${me.token}` },
    })
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="botwave-messages.csv"')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const bytes = await response.bytes()
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    const text = new TextDecoder().decode(bytes)
    expect(text).toStartWith('created_at,direction,receiver_number,message_body,')
    expect(text).toContain('"\'=HYPERLINK(""http://evil.example"",""x"")"')
    expect(text).toContain("'+491511111111")
    expect(text).toContain('"two\nlines, ""quoted"""')
    expect(text).not.toContain('not yours')
    expect(text.match(/\r\n/g)).toHaveLength(3)
    const filtered = await by(me).call('GET', '/api/messages.csv?status=failed')
    expect(filtered.body.match(/\r\n/g)).toHaveLength(2)
    expect((await by(me).call('GET', '/api/messages.csv?status=odd')).status).toBe(422)
  })

  test('goes on over its batches to the end', async () => {
    const me = await rows.person()
    const { owner } = t.database
    await owner`insert into activity_logs (id, user_id, user_email, action, details)
      select gen_random_uuid(), ${me.id}, ${me.email}, 'test.' || n, '{}' from generate_series(1, 2500) n`
    const { body } = await by(me).call('GET', '/api/activity.csv?action=test')
    const lines = body.trimEnd().split('\r\n')
    expect(lines).toHaveLength(2501)
    expect(new Set(lines.slice(1).map((line: string) => line.split(',')[2])).size).toBe(2500)
  })
})
