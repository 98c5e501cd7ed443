// Every operation of the document under broken input, then a search for what must be nowhere in the clear.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { ApiDocument, Operation } from '../fuzz/document.ts'
import { type FuzzResult, fuzz } from '../fuzz/fuzz.ts'
import { createJudge } from '../fuzz/judge.ts'
import { searchDatabase, searchEverywhere } from '../fuzz/search.ts'
import { startTestApp, type TestApp } from '../support/app.ts'

const REQUESTS = 600
const SEED = 20_261_124

let t: TestApp
let result: FuzzResult
beforeAll(async () => {
  t = await startTestApp({ env: { TRUSTED_PROXIES: '127.0.0.1' }, logLevel: 'trace' })
  result = await fuzz(t, { requests: REQUESTS, seed: SEED })
}, 180_000)
afterAll(() => t.stop())

test('every answer is what the document says, and never a 5xx', () => {
  expect(result.faults.map(({ what, request }) => `${what}\n${JSON.stringify(request)}`)).toEqual([])
  // It must have come past the doors, too.
  expect(result.statuses.get(200) ?? 0).toBeGreaterThan(REQUESTS / 20)
  expect(result.statuses.get(422) ?? 0).toBeGreaterThan(REQUESTS / 20)
})

test('no secret is in the clear anywhere, and no message where none belongs', async () => {
  const { toured, found } = await searchEverywhere(t, result)
  expect(found).toEqual([])
  // All of these were given, used or shown once on the way.
  expect(toured.secrets.size).toBeGreaterThan(12)
  expect(t.log()).toContain('"request"')
})

test('a secret in any kind of column, in any spelling, is found', async () => {
  const { owner } = t.database
  const secret = `planted ${crypto.randomUUID()}`
  const bytes = Buffer.from(`before ${secret} after`)
  await owner`create table planted (a text, b jsonb, c bytea, d text, e text[], f text)`
  await owner`insert into planted values (${secret}, ${owner.json({ deep: [{ secret }] })}, ${bytes},
    ${bytes.toString('base64')}, ${['x', secret]}, ${bytes.toString('hex')})`
  const found = await searchDatabase(owner, ['not there', secret])
  await owner`drop table planted`
  expect(found.map(({ column, needle }) => [column, needle])).toEqual(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((column) => [column, 1]),
  )
})

describe('a fault would be seen', () => {
  const operation: Operation = {
    id: 'GET /api/things',
    method: 'GET',
    path: '/api/things',
    parameters: [],
    body: null,
    form: null,
    responses: {
      200: {
        'application/json': { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
      },
      404: { 'application/json': {} },
    },
  }
  const document: ApiDocument = {
    operations: [operation],
    problems: new Map([
      ['internal', 500],
      ['thing_not_found', 404],
      ['forbidden', 403],
    ]),
  }
  const judge = createJudge(document)
  const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
    judge(operation, 'GET', {
      status,
      text: typeof body === 'string' ? body : JSON.stringify(body),
      headers: new Headers({
        'content-type': status < 400 ? 'application/json' : 'application/problem+json',
        'x-request-id': 'one',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        ...headers,
      }),
    })
  const problem = (code: string, status: number) => ({
    ...{ type: 'about:blank', title: code, detail: 'A sentence.', request_id: 'one', code, status },
  })

  test('nothing is wrong with what is right', () => {
    expect(answer(200, { id: 'x' })).toEqual([])
    expect(answer(404, problem('thing_not_found', 404))).toEqual([])
  })

  test.each([
    ['a crash', () => answer(500, problem('internal', 500)), '500 internal'],
    ['a field of another type', () => answer(200, { id: 1 }), '200 is not as its schema says'],
    ['a field that is not declared', () => answer(200, { id: 'x', hash: 'y' }), '(hash)'],
    [
      'a status that is not declared',
      () => answer(403, problem('forbidden', 403)),
      '403 forbidden is not declared',
    ],
    ['a success that is not declared', () => answer(201, {}), '201  is not declared'],
    [
      'a code with another status',
      () => answer(404, problem('forbidden', 404)),
      '404 with the code forbidden',
    ],
    ['a code nobody knows', () => answer(404, problem('odd', 404)), '404 with the code odd'],
    [
      'another request id',
      () => answer(404, { ...problem('thing_not_found', 404), request_id: 'x' }),
      'another request id',
    ],
    [
      'a failure in another format',
      () => answer(404, 'gone', { 'content-type': 'text/plain' }),
      'no problem+json',
    ],
    [
      'an answer that may be cached',
      () => answer(200, { id: 'x' }, { 'cache-control': 'public' }),
      'may be cached',
    ],
  ])('%s', (_, faults, expected) => {
    expect(faults().join('\n')).toContain(expected)
  })
})
