// Messages of every kind over the API: what is asked, what the Worker gets, what is refused, what comes in.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { SendAsk } from '../../workers/protocol.ts'
import { type Person, type Script, startTestApp, type TestApp } from '../support/app.ts'
import { incomingFrom } from '../support/incoming.ts'

setDefaultTimeout(60_000)
const NUMBER = '+491511111111'

let t: TestApp
let ann: Person
let script: Script
let site: Bun.Server<undefined>
let fetched = 0
beforeAll(async () => {
  site = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      fetched++
      const { pathname } = new URL(request.url)
      if (pathname === '/gone') return new Response('no', { status: 404 })
      if (pathname === '/inwards') return Response.redirect(`http://127.0.0.2:${site.port}/secret`)
      if (pathname === '/big') return new Response(new Uint8Array(1_048_577))
      return new Response('a picture', { headers: { 'content-type': 'image/png' } })
    },
  })
  t = await startTestApp({ env: { MAX_FILE_MB: '1', OUTBOUND_ALLOW: '127.0.0.1' } })
  ann = await t.person()
  script = await ann.linked()
})
afterAll(async () => {
  await t.stop()
  await site.stop(true)
})

/** Sends and answers what the Worker was asked. */
async function handed(path: string, body: unknown): Promise<{ ask: SendAsk; id: string }> {
  const report = script.heard('send')
  const answer = await ann.call('POST', path, body)
  expect(answer).toMatchObject({ status: 202 })
  return { ask: (await report).ask as SendAsk, id: answer.body.id }
}

const send = (body: object) => handed('/api/messages/send', { number: NUMBER, ...body })
const refused = (body: object) => ann.call('POST', '/api/messages/send', { number: NUMBER, ...body })
const read = async (id: string) => (await ann.call('GET', `/api/messages/${id}`)).body

function postForm(fields: Record<string, string | File>, headers = {}, path = '/api/messages/send') {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  return fetch(`${t.url}${path}`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${ann.token}`, ...headers },
  })
}

test('a file by upload, with the message, in one request; the Worker gets its path', async () => {
  const report = script.heard('send')
  const file = new File(['a picture'], 'look.png', { type: 'image/png' })
  const answer = await postForm({ number: NUMBER, message: 'Look', priority: '0', file })
  expect(answer.status).toBe(202)
  const { ask } = (await report) as { ask: SendAsk }
  expect(ask).toMatchObject({ kind: 'image', text: 'Look', content: { file: { name: 'look.png' } } })
  expect(await Bun.file(ask.filePath as string).text()).toBe('a picture')
  const shown = await read((await answer.json()).id)
  expect(shown).toMatchObject({ kind: 'image', priority: 0, file: { size_bytes: 9, state: 'kept' } })
  // Its id sends it again, as something else.
  const again = await send({ file_id: shown.file.id, as: 'document', file_name: 'other.png' })
  expect(again.ask).toMatchObject({ kind: 'document', content: { file: { name: 'other.png' } } })
})

test.each<[string, string, string]>([
  ['image', 'a.jpg', 'image/jpeg'],
  ['video', 'a.mp4', 'video/mp4'],
  ['audio', 'a.mp3', 'audio/mpeg'],
  ['voice', 'a.ogg', 'audio/ogg'],
  ['document', 'a.pdf', 'application/pdf'],
  ['sticker', 'a.webp', 'image/webp'],
])('a message is answered with a file as %s, by upload', async (as, name, type) => {
  const theirs = incomingFrom('491577777777', { kind: 'list_response', text: `send me a ${as}` })
  script.order({ do: 'signal', name: 'incoming', data: theirs })
  const find = async () =>
    (await ann.call('GET', `/api/messages?direction=in&q=${encodeURIComponent(theirs.text)}`)).body.items[0]
  await ann.until(async () => Boolean(await find()))
  const { id } = await find()
  const report = script.heard('send')
  const file = new File([`as ${as}`], name, { type })
  const answer = await postForm({ as, file }, {}, `/api/messages/${id}/reply`)
  expect(answer.status).toBe(202)
  const { ask } = (await report) as { ask: SendAsk }
  expect(ask).toMatchObject({
    kind: as,
    chatId: '491577777777@c.us',
    content: { quoted: theirs.whatsappId, file: { name, mime_type: type } },
  })
  expect(await Bun.file(ask.filePath as string).text()).toBe(`as ${as}`)
})

test('the same form under the same key is one message and one file', async () => {
  const key = { 'idempotency-key': crypto.randomUUID() }
  const form = (text: string) => ({ number: NUMBER, file: new File([text], 'k.png', { type: 'image/png' }) })
  const count = async () => (await ann.call('GET', '/api/files?limit=100')).body.items.length
  const before = await count()
  // Heard out, so that no later test takes it for its own.
  const report = script.heard('send')
  const first = await (await postForm(form('one'), key)).json()
  await report
  const second = await postForm(form('one'), key)
  expect((await second.json()).id).toBe(first.id)
  expect((await postForm(form('two'), key)).status).toBe(422)
  expect(await count()).toBe(before + 1)
})

test('a form of a stranger is not read, a wrong one leaves nothing', async () => {
  const stranger = await postForm(
    { number: NUMBER, file: new File(['x'], 'x.png') },
    { authorization: 'Bearer x' },
  )
  expect(stranger.status).toBe(401)
  // Read, this one would be refused as what it is.
  const broken = await fetch(`${t.url}/api/messages/send`, {
    method: 'POST',
    body: 'no form',
    headers: { 'content-type': 'multipart/form-data; boundary=x', authorization: 'Bearer x' },
  })
  expect(broken.status).toBe(401)
  const wrong = await postForm({ number: NUMBER, colour: 'red', file: new File(['x'], 'x.png') })
  expect([wrong.status, (await wrong.json()).code]).toEqual([422, 'invalid_request'])
  const noJson = await postForm({ number: NUMBER, poll: '{' })
  expect([noJson.status, (await noJson.json()).code]).toEqual([400, 'malformed_json'])
})

test('a file by address: fetched before the answer, once a key', async () => {
  const url = `http://127.0.0.1:${site.port}/a/cat.png?x=1`
  const { ask } = await send({ file_url: url, message: 'Cat' })
  expect(ask).toMatchObject({ kind: 'image', content: { file: { name: 'cat.png', mime_type: 'image/png' } } })
  const body = { file_url: url, idempotency_key: crypto.randomUUID() }
  const { id } = await handed('/api/messages/send', { number: NUMBER, ...body })
  const asked = fetched
  expect((await refused(body)).body.id).toBe(id)
  expect(fetched).toBe(asked)
})

test.each([
  ['/gone', 'file_unreachable', 'bad_status'],
  ['/big', 'file_too_large', undefined],
])('an address that answers badly (%s) is said to', async (path, code, reason) => {
  const { status, body } = await refused({ file_url: `http://127.0.0.1:${site.port}${path}` })
  expect(status).toBeOneOf([413, 422])
  expect(body).toMatchObject({ code, ...(reason && { reason }) })
})

test('a private address is none to fetch from, nor one to be sent on to', async () => {
  const redirected = await refused({ file_url: `http://127.0.0.1:${site.port}/inwards` })
  expect(redirected.body).toMatchObject({ code: 'file_unreachable', reason: 'private_address' })
  const { body } = await refused({ file_url: 'http://10.0.0.1/x' })
  expect(body).toMatchObject({ code: 'file_unreachable', reason: 'private_address' })
})

test('a place, contacts and a poll', async () => {
  const place = { latitude: 52.5, longitude: 13.4, name: 'Berlin', address: 'Mitte' }
  expect((await send({ location: place })).ask).toMatchObject({
    kind: 'location',
    content: { location: { latitude: 52.5, name: 'Berlin\nMitte', url: null } },
  })
  const { ask } = await send({ contacts: [{ name: 'Ann; B', numbers: ['+49 1511 1111112'] }] })
  expect(ask.content?.contacts?.[0]?.vcard).toContain('waid=4915111111112:+4915111111112')
  expect(ask.content?.contacts?.[0]?.vcard).toContain('FN:Ann\\; B')
  expect((await send({ poll: { question: 'Tea?', options: ['Yes', 'No'] } })).ask).toMatchObject({
    kind: 'poll',
    content: { poll: { multiple: false } },
  })
})

describe('is refused before anything is kept', () => {
  test.each<[string, object, number, string]>([
    ['nothing', {}, 422, 'message_empty'],
    [
      'two things',
      { poll: { question: 'a', options: ['b', 'c'] }, file_id: Bun.randomUUIDv7() },
      422,
      'too_much_carried',
    ],
    [
      'a text with a poll',
      { message: 'x', poll: { question: 'a', options: ['b', 'c'] } },
      422,
      'text_not_possible',
    ],
    ['equal options', { poll: { question: 'a', options: ['b', ' b '] } }, 422, 'poll_invalid'],
    ['one option', { poll: { question: 'a', options: ['b'] } }, 422, 'poll_invalid'],
    ['a file that is not there', { file_id: Bun.randomUUIDv7() }, 404, 'file_not_found'],
    ['a file that is none', { as: 'image', message: 'x' }, 422, 'file_missing'],
    ['a card without a number', { contacts: [{ name: 'x' }] }, 422, 'vcard_invalid'],
    ['a card that is none', { contacts: [{ name: 'x', vcard: 'hello' }] }, 422, 'vcard_invalid'],
    ['a place off the globe', { location: { latitude: 91, longitude: 0 } }, 422, 'invalid_request'],
    ['an answer to nothing', { message: 'x', reply_to: Bun.randomUUIDv7() }, 404, 'message_not_found'],
    ['a mention of nobody', { message: 'x', mentions: ['abc'] }, 422, 'invalid_number'],
  ])('%s', async (_, body, status, code) => {
    expect(await refused(body)).toMatchObject({ status, body: { code } })
  })

  test('a picture as a recording', async () => {
    const file = new File(['x'], 'x.png', { type: 'image/png' })
    const answer = await postForm({ number: NUMBER, as: 'voice', file })
    expect([answer.status, (await answer.json()).code]).toEqual([422, 'file_type_wrong'])
  })

  test("somebody else's file and message", async () => {
    const bert = await t.person()
    await bert.linked()
    const { id } = await send({ message: 'mine' })
    const stolen = { number: NUMBER, message: 'x', reply_to: id }
    expect((await bert.call('POST', '/api/messages/send', stolen)).body.code).toBe('message_not_found')
    const { items } = (await ann.call('GET', '/api/files')).body
    const file = { number: NUMBER, file_id: items[0].id }
    expect((await bert.call('POST', '/api/messages/send', file)).body.code).toBe('file_not_found')
  })
})

test('what others write is answered, reacted to, seen; their changes show', async () => {
  const data = incomingFrom('491522222222', {
    chatId: '77@lid',
    fromLid: '77@lid',
    fromName: 'Bo',
    caughtUp: true,
  })
  const hear = (more: object) => script.order({ do: 'signal', name: 'incoming', data: { ...data, ...more } })
  hear({})
  const find = async (kind: string) =>
    (await ann.call('GET', '/api/messages?direction=in&limit=100')).body.items.find(
      (item: { kind: string }) => item.kind === kind,
    )
  await ann.until(async () => Boolean(await find('text')))
  const message = await find('text')
  expect(message).toMatchObject({
    from_number: '+491522222222',
    from_lid: '77@lid',
    from_name: 'Bo',
    group_id: null,
    caught_up: true,
  })
  const reply = await handed(`/api/messages/${message.id}/reply`, { message: 'Yes' })
  expect(reply.ask).toMatchObject({ chatId: '491522222222@c.us', content: { quoted: data.whatsappId } })
  const reaction = await handed(`/api/messages/${message.id}/reaction`, { emoji: '👍🏽' })
  expect(reaction.ask).toMatchObject({
    kind: 'reaction',
    content: { target: data.whatsappId, emoji: '👍🏽' },
  })
  expect((await ann.call('POST', `/api/messages/${message.id}/reaction`, { emoji: 'ok' })).body.code).toBe(
    'emoji_invalid',
  )
  expect((await ann.call('POST', `/api/messages/${message.id}/edit`, { message: 'x' })).body.code).toBe(
    'not_editable',
  )
  expect((await ann.call('POST', `/api/messages/${message.id}/deletion`)).body.code).toBe('not_yours')
  expect((await ann.call('POST', `/api/messages/${message.id}/seen`)).status).toBe(200)
  expect((await read(message.id)).read_at).not.toBeNull()
  const typing = { number: NUMBER, state: 'recording' }
  expect((await ann.call('POST', `/api/accounts/${script.accountId}/typing`, typing)).status).toBe(200)

  const target = data.whatsappId
  hear({ whatsappId: `${target}#edit-1`, kind: 'edit', text: 'Hi', content: { target } })
  hear({ whatsappId: `${target}#delete`, kind: 'delete', text: '', content: { target } })
  await ann.until(async () => Boolean(await find('delete')))
  expect(await find('edit')).toMatchObject({ message_body: 'Hi', content: { target_id: message.id } })
  const changed = await read(message.id)
  expect([changed.edited_at, changed.deleted_at].every(Boolean)).toBe(true)
})

test('an edit and a deletion of our own are handed over like messages and show at it', async () => {
  const { id } = await send({ message: 'Frist' })
  await ann.until(async () => (await read(id)).status === 'sent')
  const edit = await handed(`/api/messages/${id}/edit`, { message: 'First' })
  expect(edit.ask).toMatchObject({ kind: 'edit', text: 'First' })
  await ann.until(async () => (await read(edit.id)).status === 'sent')
  expect((await read(id)).edited_at).not.toBeNull()
  // What could not be proved is done again, never left in doubt.
  await script.outcomes([
    { outcome: 'unproven', code: 'page_lost', pageLoad: null },
    { outcome: 'handed', ack: 1, pageLoad: 'page' },
  ])
  const removal = await handed(`/api/messages/${id}/deletion`, {})
  await ann.until(async () => (await read(removal.id)).reason === 'retrying')
  await t.database.owner`update message_logs set not_before = null where id = ${removal.id}`
  await ann.until(async () => {
    await send({ message: 'wakes the queue', number: '+491533333333' }).catch(() => {})
    return (await read(removal.id)).status === 'sent'
  })
  expect((await read(id)).deleted_at).not.toBeNull()
})

test('the file of a received message is fetched after it and served', async () => {
  const file = { name: 'in.png', mime_type: 'image/png', size_bytes: 3, state: 'pending' as const }
  const data = incomingFrom('491544444444', { kind: 'image', text: 'Here', content: { file } })
  script.order({ do: 'signal', name: 'incoming', data })
  const find = async () =>
    (await ann.call('GET', '/api/messages?direction=in&number=%2B491544444444')).body.items[0]
  await ann.until(async () => (await find())?.file.state === 'kept')
  const { file: kept } = await find()
  const answer = await fetch(`${t.url}/api/files/${kept.id}`, {
    headers: { authorization: `Bearer ${ann.token}` },
  })
  expect(await answer.text()).toBe('scripted')
})
