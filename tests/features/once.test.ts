// Asking twice makes one message: idempotency keys, equal GETs, resending.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startTestApp, type TestApp } from '../support/app.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.stop())

const send = { number: '+491511111111', message: 'Hello' }

async function linkedKey() {
  const person = await t.person()
  const script = await person.linked()
  const key = await person.key()
  const count = async () => {
    const [row] = await t.database.owner<{ n: number }[]>`
      select count(*)::int as n from message_logs where user_id = ${person.id}`
    return row!.n
  }
  return { person, script, key, count }
}

describe('Idempotency-Key', () => {
  test.each(['/api/messages/send', '/api/send'])(
    '%s: the same key and body are the same message',
    async (path) => {
      const { key, count } = await linkedKey()
      const header = { 'idempotency-key': crypto.randomUUID() }
      const first = await key.call('POST', path, send, header)
      const again = await key.call('POST', path, { message: 'Hello', number: '+49 (151) 111-1111' }, header)
      expect([first.status, again.status]).toEqual([202, 202])
      expect(again.body.id).toBe(first.body.id)
      expect(first.headers.get('idempotent-replayed')).toBeNull()
      expect(again.headers.get('idempotent-replayed')).toBe('true')
      expect(await count()).toBe(1)
      const other = await key.call('POST', path, { ...send, message: 'Other' }, header)
      expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch'])
      expect(await count()).toBe(1)
    },
  )

  test('in the body or the query it is the same key; the header goes before it', async () => {
    const { key, count } = await linkedKey()
    const first = await key.call('POST', '/api/messages/send', { ...send, idempotency_key: 'order-1' })
    const query = `number=%2B491511111111&message=Hello&idempotency_key=order-1`
    const again = await key.call('GET', `/api/send?${query}`)
    expect(again.body.id).toBe(first.body.id)
    const header = await key.call(
      'POST',
      '/api/send',
      { ...send, idempotency_key: 'order-1' },
      { 'idempotency-key': 'order-2' },
    )
    expect(header.body.id).not.toBe(first.body.id)
    expect(await count()).toBe(2)
  })

  test('at the same time: one message, and everybody gets its id', async () => {
    const { key, count } = await linkedKey()
    const header = { 'idempotency-key': crypto.randomUUID() }
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => key.call('POST', '/api/messages/send', send, header)),
    )
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]))
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1)
    expect(answers.filter((answer) => !answer.headers.get('idempotent-replayed'))).toHaveLength(1)
    expect(await count()).toBe(1)
  })

  test('after 48 hours the key is free again; another person never meets it', async () => {
    const { person, key, count } = await linkedKey()
    const header = { 'idempotency-key': 'same-for-all' }
    const first = await key.call('POST', '/api/messages/send', send, header)
    const theirs = await (await linkedKey()).key.call('POST', '/api/messages/send', send, header)
    expect(theirs.body.id).not.toBe(first.body.id)
    const [row] = await t.database.owner<{ hours: number }[]>`
      select extract(epoch from expires_at - now()) / 3600 as hours from idempotency_keys where user_id = ${person.id}`
    expect(Number(row!.hours)).toBeWithin(47.9, 48.1)
    await t.database.owner`update idempotency_keys set expires_at = now() where user_id = ${person.id}`
    const later = await key.call('POST', '/api/messages/send', { ...send, message: 'Other' }, header)
    expect([later.status, later.headers.get('idempotent-replayed')]).toEqual([202, null])
    expect(await count()).toBe(2)
  })

  test('what was refused did not use the key up', async () => {
    const person = await t.person()
    const { body } = await person.call('POST', '/api/accounts', { name: 'New' })
    const header = { 'idempotency-key': 'try-again' }
    const early = await person.call('POST', '/api/messages/send', send, header)
    expect(early.body.code).toBe('account_not_linked')
    await t.database.owner`update accounts set linked_at = now() where id = ${body.id}`
    expect((await person.call('POST', '/api/messages/send', send, header)).status).toBe(202)
  })

  test.each(['with space', 'x'.repeat(201), 'umlaut-ä'])('%p is no key', async (key) => {
    const { person } = await linkedKey()
    const answer = await person.call('POST', '/api/messages/send', { ...send, idempotency_key: key })
    expect([answer.status]).toEqual([422])
  })
})

describe('an equal GET', () => {
  test('within 10 seconds is the same message, unless that is switched off', async () => {
    const { key, person, count } = await linkedKey()
    const line = '/api/send?number=%2B491511111111&message=Hello'
    const first = await key.call('GET', line)
    const again = await key.call('GET', line)
    expect(first.body.duplicate).toBeUndefined()
    expect(again.body).toMatchObject({ id: first.body.id, duplicate: true })
    const wanted = await key.call('GET', `${line}&allow_duplicate=true`)
    expect(wanted.body.id).not.toBe(first.body.id)
    const other = await key.call('GET', `${line}!`)
    expect(other.body.duplicate).toBeUndefined()
    await t.database.owner`update idempotency_keys set expires_at = now() where user_id = ${person.id}`
    expect((await key.call('GET', line)).body.id).not.toBe(first.body.id)
    expect(await count()).toBe(4)
  })

  test('POST says what it means: two are two', async () => {
    const { key, count } = await linkedKey()
    await key.call('POST', '/api/send', send)
    await key.call('POST', '/api/send', send)
    expect(await count()).toBe(2)
  })
})

describe('resending', () => {
  test('what failed goes once more as a new message; what is out does not', async () => {
    const { person, script } = await linkedKey()
    await script.outcomes([
      { outcome: 'refused', code: 'page_error', retry: false },
      { outcome: 'handed', ack: 1, pageLoad: 'page' },
    ])
    const failed = await person.call('POST', '/api/messages/send?wait=20', send)
    expect(failed.body).toMatchObject({ status: 'failed', reason: 'page_error' })
    const again = await person.call('POST', `/api/messages/${failed.body.id}/resend?wait=20`)
    expect([again.status, again.body.status]).toEqual([202, 'sent'])
    expect(again.body.id).not.toBe(failed.body.id)
    expect((await person.call('GET', `/api/messages/${again.body.id}`)).body.resend_of).toBe(failed.body.id)
    const out = await person.call('POST', `/api/messages/${again.body.id}/resend`)
    expect([out.status, out.body.code]).toEqual([409, 'not_resendable'])
    const foreign = await (await t.person()).call('POST', `/api/messages/${failed.body.id}/resend`)
    expect([foreign.status, foreign.body.code]).toEqual([404, 'message_not_found'])
  })
})
