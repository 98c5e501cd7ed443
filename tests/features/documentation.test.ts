// The API describes itself: every route with a sentence, every code, and a page that needs nothing from elsewhere.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { PROBLEMS } from '../../src/http/problem.ts'
import { type ApiDocument, describeKind, readChapters } from '../../web/stores/api-document.ts'
import { startTestApp, type TestApp } from '../support/app.ts'

let t: TestApp
let document: ApiDocument
beforeAll(async () => {
  t = await startTestApp()
  document = (await t.stranger.call('GET', '/api/openapi.json')).body
})
afterAll(() => t.stop())

test('every route of the product is in the document, with a summary and a chapter', () => {
  const calls = readChapters(document).flatMap((chapter) =>
    chapter.calls.map((call) => ({ ...call, chapter: chapter.title })),
  )
  expect(calls.filter((call) => !call.summary || call.chapter === 'More').map((call) => call.id)).toEqual([])
  const named = new Set(calls.map((call) => `${call.method} ${call.path}`))
  for (const fixed of [
    'POST /api/auth/login',
    'POST /api/auth/register',
    'POST /api/whatsapp/initialize',
    'GET /api/whatsapp/status',
    'GET /api/whatsapp/qr',
    'POST /api/whatsapp/disconnect',
    'POST /api/messages/send',
    'GET /api/send',
    'POST /api/send',
  ]) {
    expect(named).toContain(fixed)
  }
})

test('what a reader sees of a send', () => {
  const send = readChapters(document)
    .flatMap((chapter) => chapter.calls)
    .find((call) => call.method === 'POST' && call.path === '/api/messages/send')!
  expect(send.body.filter((field) => field.required).map((field) => field.name)).toEqual(['number'])
  expect(send.body.find((field) => field.name === 'priority')?.kind).toBe('number 0–9')
  expect(send.parameters).toMatchObject([{ name: 'wait', kind: 'number 0–25', required: false }])
  expect(send.answer?.status).toBe('202')
  expect(send.failures).toEqual(expect.arrayContaining(['401', '409', '422', '429', '503']))
})

test('every code that an answer can carry is listed', () => {
  expect(document['x-problems']?.map((problem) => problem.code)).toEqual(Object.keys(PROBLEMS))
})

test('kinds are words that people know', () => {
  expect(describeKind({ anyOf: [{ type: 'string' }, { type: 'null' }] })).toBe('text or null')
  expect(describeKind({ anyOf: [{ const: 'out' }, { const: 'in' }] })).toBe('one of: out, in')
  expect(describeKind({ type: 'array', items: { type: 'object' } })).toBe('list of objects')
})

test('the document is open to strangers and names no other host', async () => {
  const answer = await fetch(`${t.url}/api/openapi.json`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'")
  expect(await answer.text()).not.toMatch(/https?:\/\//)
})
