// Files: put in as they come, kept under their hash, served to their owner only and never as something that runs.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runRetention } from '../../src/files/retention.ts'
import { createShelf } from '../../src/files/shelf.ts'
import { isKept } from '../../src/files/store.ts'
import { type Answer, type Person, startTestApp, type TestApp } from '../support/app.ts'

setDefaultTimeout(60_000)

let t: TestApp
let anna: Person
let bert: Person
beforeAll(async () => {
  t = await startTestApp({ env: { MAX_FILE_MB: '1', FILES_KEEP_DAYS: '30' } })
  ;[anna, bert] = await Promise.all([t.person(), t.person()])
})
afterAll(() => t.stop())

const MB = 1_048_576

function form(bytes: BlobPart, name: string, type: string, fields: Record<string, string> = {}): FormData {
  const made = new FormData()
  for (const [field, text] of Object.entries(fields)) made.set(field, text)
  made.set('file', new File([bytes], name, { type }))
  return made
}

async function send(
  who: Person | null,
  body: BodyInit,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${t.url}/api/files`, {
    method: 'POST',
    body,
    headers: { ...(who && { authorization: `Bearer ${who.token}` }), ...headers },
  })
  return { status: response.status, body: await response.json(), headers: response.headers }
}

const put = (who: Person, bytes: BlobPart, name: string, type: string) => send(who, form(bytes, name, type))
const fetchFile = (who: Person, id: string) =>
  fetch(`${t.url}/api/files/${id}`, { headers: { authorization: `Bearer ${who.token}` } })
const placeOf = (sha256: string) => join(t.dataDir, 'files', sha256.slice(0, 2), sha256)
const leftovers = () => readdirSync(join(t.dataDir, 'files', 'incoming'))

test('a file comes back byte for byte, to its owner only', async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(65_536))
  const { status, body } = await put(anna, bytes, 'Ünï "q".png', 'image/png')
  expect(status).toBe(201)
  expect(body).toMatchObject({
    name: 'Ünï "q".png',
    mime_type: 'image/png',
    size_bytes: 65_536,
    origin: 'upload',
  })
  const answer = await fetchFile(anna, body.id)
  expect(await answer.bytes()).toEqual(bytes)
  expect(answer.headers.get('content-type')).toBe('image/png')
  expect(answer.headers.get('content-disposition')).toBe(
    `inline; filename="_n_ _q_.png"; filename*=UTF-8''%C3%9Cn%C3%AF%20%22q%22.png`,
  )
  expect((await fetchFile(bert, body.id)).status).toBe(404)
  expect((await bert.call('DELETE', `/api/files/${body.id}`)).status).toBe(404)
  expect((await bert.call('GET', '/api/files')).body.items).toEqual([])
  expect((await anna.call('GET', '/api/files')).body.items[0]).toEqual(body)
})

test('a form that was wrong before its file came is refused at once, and the file is not begun', async () => {
  const twice = form(new Uint8Array(300_000), 'late.bin', 'application/octet-stream')
  const parts = new FormData()
  for (const value of ['one', 'two']) parts.append('message', value)
  parts.append('file', twice.get('file') as File)
  const { status, body } = await send(anna, parts)
  expect([status, body.code]).toEqual([400, 'repeated_parameter'])
  expect(leftovers()).toEqual([])
})

test('a form with a second file is refused at once, and neither is left', async () => {
  const parts = form(new Uint8Array(300_000), 'first.bin', 'application/octet-stream')
  parts.append('other', new File([new Uint8Array(300_000)], 'second.bin'))
  const { status, body } = await send(anna, parts)
  expect([status, body.code]).toEqual([400, 'one_file_only'])
  expect(leftovers()).toEqual([])
})

test.each([
  ['page.html', 'text/html'],
  ['drawing.svg', 'image/svg+xml'],
  ['page.xhtml', 'application/xhtml+xml'],
  ['data.xml', 'text/xml'],
  ['paper.pdf', 'application/pdf'],
  ['unknown', 'application/octet-stream'],
])('%s is handed out as a download that can do nothing', async (name, type) => {
  const { body } = await put(anna, '<script>alert(1)</script>', name, type)
  const { headers } = await fetchFile(anna, body.id)
  expect(headers.get('content-disposition')).toStartWith('attachment;')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
})

test('the same bytes lie there once, and go with the last who has them', async () => {
  const [mine, theirs] = [
    await put(anna, 'shared', 'a.txt', 'text/plain'),
    await put(bert, 'shared', 'b.txt', ''),
  ]
  expect(theirs.body).toMatchObject({ sha256: mine.body.sha256, mime_type: 'text/plain' })
  expect((await anna.call('DELETE', `/api/files/${mine.body.id}`)).body).toEqual({ id: mine.body.id })
  expect(await (await fetchFile(bert, theirs.body.id)).text()).toBe('shared')
  await bert.call('DELETE', `/api/files/${theirs.body.id}`)
  expect(existsSync(placeOf(mine.body.sha256))).toBe(false)
  expect((await fetchFile(bert, theirs.body.id)).status).toBe(404)
})

describe('what is no file is refused, and nothing of it stays', () => {
  const boundary = 'xyz'
  const multipart = { 'content-type': `multipart/form-data; boundary=${boundary}` }
  const part = (name: string, text: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"; filename="${name}"\r\n\r\n${text}\r\n`

  test.each<[string, () => [BodyInit, Record<string, string>?], number, string]>([
    ['JSON', () => ['{}', { 'content-type': 'application/json' }], 415, 'not_multipart'],
    ['a form without a file', () => [form('', 'x', 'text/plain')], 422, 'file_empty'],
    ['nothing at all', () => [`--${boundary}--\r\n`, multipart], 422, 'file_missing'],
    ['one byte too many', () => [form(new Uint8Array(MB + 1), 'x', '')], 413, 'file_too_large'],
    ['far too many bytes', () => [form(new Uint8Array(3 * MB), 'x', '')], 413, 'file_too_large'],
    ['a form that is cut off', () => [part('a', 'half').slice(0, -4), multipart], 400, 'multipart_invalid'],
    ['no boundary', () => ['x', { 'content-type': 'multipart/form-data' }], 400, 'multipart_invalid'],
    [
      'two files',
      () => [`${part('a', '1')}${part('b', '2')}--${boundary}--\r\n`, multipart],
      400,
      'one_file_only',
    ],
  ])('%s', async (_, make, status, code) => {
    const [body, headers] = make()
    const before = (await anna.call('GET', '/api/files')).body.items.length
    expect(await send(anna, body, headers)).toMatchObject({ status, body: { code } })
    expect((await anna.call('GET', '/api/files')).body.items).toHaveLength(before)
    expect(leftovers()).toEqual([])
  })

  test('a stranger', async () => {
    expect(await send(null, form('secret', 'x', ''))).toMatchObject({ status: 401 })
    expect(leftovers()).toEqual([])
  })

  test('a caller who breaks off', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(part('a', 'x'.repeat(200_000)).slice(0, -4)))
      },
    })
    const over = new AbortController()
    const broken = fetch(`${t.url}/api/files`, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${anna.token}`, ...multipart },
      signal: over.signal,
    }).catch(() => 'broken off')
    while (leftovers().length === 0) await new Promise((resolve) => setImmediate(resolve))
    over.abort()
    expect(await broken).toBe('broken off')
    while (leftovers().length > 0) await new Promise((resolve) => setImmediate(resolve))
  })

  test('a body elsewhere that does not say how long it is', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{}'))
        controller.close()
      },
    })
    const response = await fetch(`${t.url}/api/auth/login`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect([response.status, (await response.json()).code]).toEqual([411, 'length_required'])
  })
})

test('names without folders, tricks or an end', async () => {
  const names = ['../../etc/passwd', 'a\\b\\c.txt', '\u202egnp.exe', `${'x'.repeat(300)}.txt`]
  const made = await Promise.all(
    names.map(async (name) => (await put(anna, name, name, 'text/plain')).body.name),
  )
  expect(made).toEqual(['passwd', 'c.txt', 'gnp.exe', `${'x'.repeat(251)}.txt`])
})

test('a key for one account sees what was put in, and not what came through others', async () => {
  const { body: account } = await anna.call('POST', '/api/accounts', { name: 'One' })
  const key = await anna.key({ scopes: ['read', 'send'], account_ids: [account.id] })
  const { body: file } = await put(anna, 'through WhatsApp', 'w.txt', 'text/plain')
  expect((await key.call('GET', `/api/files/${file.id}`)).status).toBe(200)
  await t.database.owner`update files set origin = 'whatsapp' where id = ${file.id}`
  expect((await key.call('GET', `/api/files/${file.id}`)).body.code).toBe('file_not_found')
  expect((await key.call('GET', '/api/files')).body.code).toBe('account_not_allowed')
})

test('what nobody used for as long as was asked for goes; what a waiting message needs stays', async () => {
  const { owner, sql } = t.database
  const script = await anna.linked()
  const old = (await put(anna, 'old', 'old.txt', 'text/plain')).body
  const needed = (await put(anna, 'needed', 'needed.txt', 'text/plain')).body
  const fresh = (await put(anna, 'fresh', 'fresh.txt', 'text/plain')).body
  const { body: waiting } = await anna.call('POST', '/api/messages/send', {
    number: '+491511111111',
    account_id: script.accountId,
    file_id: needed.id,
    send_at: new Date(Date.now() + 3_600_000).toISOString(),
  })
  await owner`update files set used_at = now() - interval '31 days' where id in ${owner([old.id, needed.id])}`
  const shelf = createShelf({ dir: join(t.dataDir, 'files'), isKept: (hash) => isKept(sql, hash) })
  expect(await runRetention({ sql, shelf, keepDays: 30 })).toMatchObject({ files: 1 })
  expect([old, needed, fresh].map(({ sha256 }) => existsSync(placeOf(sha256)))).toEqual([false, true, true])
  expect((await anna.call('GET', `/api/messages/${waiting.id}`)).body.file.state).toBe('kept')
})
