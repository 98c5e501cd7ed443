// GET /metrics: under its own token only, and what it says is so.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { caller, type Person, type Script, startTestApp, type TestApp } from '../support/app.ts'

const TOKEN = 'a-token-for-metrics'
let t: TestApp
let ann: Person
let script: Script
beforeAll(async () => {
  t = await startTestApp({ env: { METRICS_TOKEN: TOKEN } })
  ann = await t.person()
  script = await ann.linked()
})
afterAll(() => t.stop())

/** Name with labels → value, of all that is shown now. */
async function scrape(): Promise<Map<string, number>> {
  const answer = await caller(t.url, { authorization: `Bearer ${TOKEN}` }).call('GET', '/metrics')
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toStartWith('text/plain; version=0.0.4')
  const lines = (answer.body as string).split('\n').filter((line) => line && !line.startsWith('#'))
  return new Map(
    lines.map((line): [string, number] => {
      const end = line.lastIndexOf(' ')
      return [line.slice(0, end), Number(line.slice(end + 1))]
    }),
  )
}

test('no other credential opens it, and its token opens nothing else', async () => {
  const key = await ann.key({ scopes: ['send', 'read'] })
  for (const who of [t.stranger, t.admin, ann, key, caller(t.url, { authorization: 'Bearer wrong' })]) {
    expect(await who.call('GET', '/metrics')).toMatchObject({
      status: 401,
      body: { code: 'bad_metrics_token' },
    })
  }
  const scraper = caller(t.url, { authorization: `Bearer ${TOKEN}` })
  expect((await scraper.call('GET', '/api/accounts')).status).toBe(401)
})

test('messages are counted as they go, and the queue as it stands', async () => {
  const before = await scrape()
  expect(before.get('botwave_accounts{state="ready"}')).toBe(1)
  expect(before.get('botwave_browsers')).toBe(1)
  expect(before.get('botwave_database_up')).toBe(1)
  await ann.call('POST', '/api/messages/send?wait=20', { number: '+491511111111', message: 'Hello' })
  await ann.call('POST', '/api/messages/send', {
    number: '+491511111111',
    message: 'Later',
    send_at: new Date(Date.now() + 3_600_000).toISOString(),
  })
  await ann.call('GET', '/api/messages/00000000-0000-7000-8000-000000000000')
  await t.stranger.call('GET', '/api/nowhere/491511111111')
  const after = await scrape()
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
  const sent = 'botwave_message_statuses_total{status="sent"}'
  expect(grown(sent)).toBe(1)
  expect(grown('botwave_messages_waiting{status="scheduled"}')).toBe(1)
  expect(after.get('botwave_queue_oldest_seconds')).toBe(0)
  const route = 'method="POST",route="/api/messages/send",status="202"'
  expect(grown(`botwave_http_request_duration_seconds_count{${route}}`)).toBe(2)
  // The route as it is registered: no id and no number becomes a label.
  const missing = 'method="GET",route="/api/messages/:id",status="404"'
  expect(grown(`botwave_http_request_duration_seconds_count{${missing}}`)).toBe(1)
  expect([...after.keys()].filter((name) => /\d{6}/.test(name))).toEqual([])
})

test('what is unknown is absent, not 0', async () => {
  script.order({ do: 'exit' })
  await ann.until(
    async () => (await ann.call('GET', `/api/accounts/${script.accountId}`)).body.state !== 'ready',
  )
  expect((await scrape()).get('botwave_accounts{state="ready"}')).toBe(0)
  await t.database.owner`alter table webhook_deliveries rename to elsewhere`
  try {
    const blind = await scrape()
    expect(blind.get('botwave_database_up')).toBe(0)
    const known = [...blind.keys()].filter((name) =>
      /botwave_(accounts|queue|messages_waiting|webhook)/.test(name),
    )
    expect(known).toEqual([])
  } finally {
    await t.database.owner`alter table elsewhere rename to webhook_deliveries`
  }
})

test('without METRICS_TOKEN there is nothing there', async () => {
  const bare = await startTestApp()
  try {
    const answer = await caller(bare.url, { authorization: 'Bearer ' }).call('GET', '/metrics')
    expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } })
  } finally {
    await bare.stop()
  }
})
