// Every way to ask wrongly: a problem with its own stable code, and nothing written.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Person, startTestApp, type TestApp } from '../support/app.ts'

let t: TestApp
let person: Person
let other: Person
let accountId: string
let foreign: string

beforeAll(async () => {
  t = await startTestApp()
  person = await t.person()
  other = await t.person()
  accountId = (await person.linked()).accountId
  foreign = (await other.linked()).accountId
})
afterAll(() => t.stop())

const good = { number: '+491511111111', message: 'Hello' }
const unknown = '01890000-0000-7000-8000-000000000000'

async function countRows(): Promise<number> {
  const [row] = await t.database.owner<{ n: number }[]>`
    select (select count(*) from message_logs)::int + (select count(*) from events where type = 'message.status')::int as n`
  return row!.n
}

describe('POST /api/messages/send', () => {
  test.each([
    ['broken JSON', '{"number": ', 400, 'malformed_json'],
    ['no body', '', 422, 'invalid_request'],
    ['a list', [], 422, 'invalid_request'],
    ['an unknown field', { ...good, colour: 'red' }, 422, 'invalid_request'],
    ['no number', { message: 'Hello' }, 422, 'invalid_request'],
    ['a number that is no text', { ...good, number: 491511111111 }, 422, 'invalid_request'],
    ['a message that is no text', { ...good, message: { text: 'x' } }, 422, 'invalid_request'],
    ['NUL in the text', { ...good, message: 'a\0b' }, 422, 'nul_character'],
    ['NUL in the number', { ...good, number: '+49151\u00001111111' }, 422, 'nul_character'],
    ['nothing but spaces', { ...good, message: ' \n ' }, 422, 'message_empty'],
    ['a message that is too long', { ...good, message: 'x'.repeat(65_537) }, 422, 'message_too_long'],
    ['a body that is too large', { ...good, message: 'x'.repeat(1_100_000) }, 413, 'body_too_large'],
    ['a number that cannot be one', { ...good, number: '+999 12345678' }, 422, 'invalid_number'],
    ['a word as number', { ...good, number: 'mother' }, 422, 'invalid_number'],
    ['an account that is no id', { ...good, account_id: 'first' }, 422, 'invalid_request'],
    ['an unknown account', { ...good, account_id: unknown }, 404, 'account_not_found'],
    ['a moment in the past', { ...good, send_at: '2020-01-01T00:00:00Z' }, 422, 'send_at_invalid'],
    ['a moment that is none', { ...good, send_at: 'tomorrow' }, 422, 'invalid_request'],
    ['a deadline of nothing', { ...good, expires_in: 0 }, 422, 'expires_in_invalid'],
    ['a priority out of range', { ...good, priority: 11 }, 422, 'invalid_request'],
  ])('%s', async (_, body, status, code) => {
    const before = await countRows()
    const answer = await person.call('POST', '/api/messages/send', body)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.body).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) })
    expect(answer.body.request_id).toBe(answer.headers.get('x-request-id'))
    expect(await countRows()).toBe(before)
  })

  test("another person's account", async () => {
    const answer = await person.call('POST', '/api/messages/send', { ...good, account_id: foreign })
    expect([answer.status, answer.body.code]).toEqual([404, 'account_not_found'])
  })

  test('an account that was never linked', async () => {
    const { body } = await person.call('POST', '/api/accounts', { name: 'New' })
    const answer = await person.call('POST', '/api/messages/send', { ...good, account_id: body.id })
    expect([answer.status, answer.body.code]).toEqual([409, 'account_not_linked'])
  })

  test('an account that was logged out', async () => {
    const someone = await t.person()
    const script = await someone.linked()
    await someone.call('POST', '/api/whatsapp/disconnect', { account_id: script.accountId })
    const answer = await someone.call('POST', '/api/messages/send', good)
    expect([answer.status, answer.body.code]).toEqual([409, 'account_not_linked'])
  })

  test('nobody has an account', async () => {
    const answer = await (await t.person()).call('POST', '/api/messages/send', good)
    expect([answer.status, answer.body.code]).toEqual([409, 'no_account'])
  })

  test('a stranger learns nothing but 401, whatever the body', async () => {
    const answer = await t.stranger.call('POST', '/api/messages/send', { nonsense: true })
    expect([answer.status, answer.body.code]).toEqual([401, 'not_signed_in'])
  })
})

describe('GET /api/send', () => {
  const line = 'number=%2B491511111111&message=Hello'

  test.each([
    ['a repeated parameter', `${line}&message=Again`, {}, 400, 'repeated_parameter'],
    ['a prefetch', line, { 'sec-purpose': 'prefetch;prerender' }, 400, 'prefetch_refused'],
    ['an old prefetch', line, { purpose: 'prefetch' }, 400, 'prefetch_refused'],
    ['no message', 'number=%2B491511111111', {}, 422, 'invalid_request'],
    ['no number', 'message=Hello', {}, 422, 'invalid_request'],
    ['NUL in the text', 'number=%2B491511111111&message=a%00b', {}, 422, 'nul_character'],
  ])('%s', async (_, query, headers, status, code) => {
    const { key } = await person.key()
    const before = await countRows()
    const answer = await t.stranger.call('GET', `/api/send?api_key=${key}&${query}`, undefined, headers)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(await countRows()).toBe(before)
  })

  test('HEAD never sends', async () => {
    const { key } = await person.key()
    const before = await countRows()
    const answer = await t.stranger.call('HEAD', `/api/send?api_key=${key}&${line}`)
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST'])
    expect(await countRows()).toBe(before)
  })

  test('the cookie of a signed-in person does not count', async () => {
    const headers = { cookie: `botwave_session=${person.token}`, 'sec-fetch-site': 'same-origin' }
    const answer = await t.stranger.call('GET', `/api/send?${line}`, undefined, headers)
    expect([answer.status, answer.body.code]).toEqual([401, 'not_signed_in'])
  })

  test('neither does the token of a session', async () => {
    const answer = await t.stranger.call('GET', `/api/send?${line}`, undefined, {
      authorization: `Bearer ${person.token}`,
    })
    expect([answer.status, answer.body.code]).toEqual([401, 'bad_key'])
  })

  test('the key in a header goes before the one in the address', async () => {
    const { key } = await person.key()
    const answer = await t.stranger.call('GET', `/api/send?api_key=${key}&${line}`, undefined, {
      'x-api-key': 'bw_wrong',
    })
    expect([answer.status, answer.body.code]).toEqual([401, 'bad_key'])
  })

  test('a leading space in the number is a plus', async () => {
    const { key } = await person.key()
    const answer = await t.stranger.call('GET', `/api/send?api_key=${key}&number=+491511111111&message=Hello`)
    expect([answer.status, answer.body.to]).toEqual([202, '491511111111@c.us'])
  })

  test('POST takes the key in the body', async () => {
    const { key } = await person.key()
    const answer = await t.stranger.call('POST', '/api/send', { ...good, api_key: key })
    expect([answer.status, answer.body.account_id]).toEqual([202, accountId])
  })
})

describe('everything else', () => {
  test.each([
    ['GET', '/api/nothing', undefined, 404, 'not_found'],
    ['PUT', '/api/messages/send', good, 404, 'not_found'],
    ['GET', '/api/messages/none', undefined, 404, 'message_not_found'],
    ['GET', `/api/messages/${unknown}`, undefined, 404, 'message_not_found'],
    ['DELETE', `/api/messages/${unknown}`, undefined, 404, 'message_not_found'],
    ['GET', '/api/messages?status=lost', undefined, 422, 'invalid_request'],
    ['GET', '/api/messages?limit=1000', undefined, 422, 'invalid_request'],
    ['GET', '/api/messages?after=yesterday', undefined, 400, 'bad_cursor'],
    ['GET', '/api/events?after=yesterday', undefined, 400, 'bad_cursor'],
    ['GET', `/api/accounts/${unknown}`, undefined, 404, 'account_not_found'],
    ['PATCH', `/api/accounts/${unknown}`, { name: 'x' }, 404, 'account_not_found'],
    ['DELETE', `/api/accounts/${unknown}`, undefined, 404, 'account_not_found'],
    ['POST', '/api/accounts', { name: '  ' }, 422, 'invalid_request'],
    ['POST', '/api/accounts', { colour: 'red' }, 422, 'invalid_request'],
    ['POST', `/api/accounts/${unknown}/connection`, {}, 404, 'account_not_found'],
    ['POST', '/api/keys', { name: 'x', scopes: ['everything'] }, 422, 'invalid_request'],
    ['POST', '/api/keys', { name: 'x', account_ids: [unknown] }, 404, 'account_not_found'],
    ['DELETE', `/api/keys/${unknown}`, undefined, 404, 'key_not_found'],
    ['GET', '/api/settings', undefined, 403, 'forbidden'],
    ['GET', '/api/users', undefined, 403, 'forbidden'],
    ['GET', '/api/activity?all=true', undefined, 403, 'forbidden'],
    [
      'POST',
      '/api/setup',
      { token: 'x', email: 'x@example.com', password: 'another pass phrase' },
      409,
      'already_set_up',
    ],
    [
      'POST',
      '/api/auth/register',
      { email: 'nobody', password: 'another pass phrase' },
      422,
      'invalid_request',
    ],
    [
      'POST',
      '/api/auth/register',
      { email: 'weak@example.com', password: 'password1234' },
      422,
      'weak_password',
    ],
    [
      'POST',
      '/api/auth/register',
      { email: 'Admin@Example.com', password: 'another pass phrase' },
      409,
      'email_taken',
    ],
    ['POST', '/api/auth/login', { email: 'admin@example.com', password: 'wrong' }, 401, 'bad_credentials'],
    ['POST', '/api/auth/login', { email: 'unknown@example.com', password: 'wrong' }, 401, 'bad_credentials'],
  ])('%s %s %p', async (method, path, body, status, code) => {
    const answer = await person.call(method, path, body)
    expect([answer.status, answer.body.code]).toEqual([status, code])
  })

  test('unknown query parameters are ignored', async () => {
    expect((await person.call('GET', '/api/messages?colour=red')).status).toBe(200)
  })
})
