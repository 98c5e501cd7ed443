// The Cloud API's dialect: bodies as Meta's documentation writes them, sent through a linked account and told back.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { WhatsAppAPI } from 'whatsapp-api-js'
import { Text } from 'whatsapp-api-js/messages'
import type { SendAsk } from '../../workers/protocol.ts'
import { type Caller, type Person, type Script, startTestApp, type TestApp } from '../support/app.ts'
import { incomingFrom } from '../support/incoming.ts'

setDefaultTimeout(60_000)
const TO = '491511111111'

let t: TestApp
let ann: Person
let script: Script
let key: Caller & { key: string }
let path: string
const stops: (() => Promise<void>)[] = []
beforeAll(async () => {
  t = await startTestApp({ env: { OUTBOUND_ALLOW: '127.0.0.0/8' } })
  ann = await t.person()
  script = await ann.linked()
  key = await ann.key({ scopes: ['send', 'read'] })
  path = `/v21.0/${script.accountId}/messages`
})
afterAll(async () => {
  for (const stop of stops) await stop()
  await t.stop()
})

/** Sends as a program does, and answers what the Worker was asked. */
async function handed(body: object): Promise<{ ask: SendAsk; id: string }> {
  const report = script.heard('send')
  const answer = await key.call('POST', path, { messaging_product: 'whatsapp', to: TO, ...body })
  expect(answer).toMatchObject({
    status: 200,
    body: { messaging_product: 'whatsapp', contacts: [{ input: TO, wa_id: TO }] },
  })
  return { ask: (await report).ask as SendAsk, id: answer.body.messages[0].id }
}

async function refused(body: object, at = path, who: Caller = key) {
  const answer = await who.call('POST', at, { messaging_product: 'whatsapp', to: TO, ...body })
  return { status: answer.status, ...answer.body.error, trace: answer.headers.get('x-request-id') }
}

test('a text', async () => {
  const { ask, id } = await handed({
    recipient_type: 'individual',
    type: 'text',
    text: { preview_url: true, body: 'See https://example.com' },
  })
  expect(ask).toMatchObject({ kind: 'text', text: 'See https://example.com', chatId: `${TO}@c.us` })
  expect(id).toMatch(/^wamid\.[0-9a-f-]{36}$/)
})

test('a file is put in, looked at, sent by its id and removed', async () => {
  const form = new FormData()
  form.set('messaging_product', 'whatsapp')
  form.set('type', 'image/png')
  form.set('file', new File(['a picture'], 'look.png', { type: 'application/octet-stream' }))
  const headers = { authorization: `Bearer ${key.key}` }
  const at = `${t.url}/v19.0/${script.accountId}/media`
  const { id } = await (await fetch(at, { method: 'POST', body: form, headers })).json()
  const { body: media } = await key.call('GET', `/v19.0/${id}`)
  expect(media).toMatchObject({ id, messaging_product: 'whatsapp', mime_type: 'image/png', file_size: 9 })
  expect(await (await fetch(media.url, { headers })).text()).toBe('a picture')
  const { ask } = await handed({ type: 'image', image: { id, caption: 'Look' } })
  expect(ask).toMatchObject({ kind: 'image', text: 'Look', content: { file: { mime_type: 'image/png' } } })
  expect((await key.call('DELETE', `/v19.0/${id}`)).body).toEqual({ success: true })
  expect((await key.call('GET', `/v19.0/${id}`)).body.error).toMatchObject({ code: 100, error_subcode: 33 })
})

test.each([
  [
    { type: 'location', location: { latitude: '52.5', longitude: 13.4, name: 'Café', address: 'Street 1' } },
    { kind: 'location', content: { location: { latitude: 52.5, longitude: 13.4, name: 'Café\nStreet 1' } } },
  ],
  [
    {
      type: 'contacts',
      contacts: [
        {
          name: { formatted_name: 'Bo; Li', first_name: 'Bo' },
          phones: [{ phone: '+1 555', wa_id: '1555' }],
        },
      ],
    },
    {
      kind: 'contact',
      content: {
        contacts: [
          {
            name: 'Bo; Li',
            vcard: expect.stringContaining('FN:Bo\\; Li\nN:;Bo\\; Li;;;\nTEL;type=CELL;waid=1555:+1 555\n'),
          },
        ],
      },
    },
  ],
  [
    {
      type: 'interactive',
      interactive: {
        type: 'cta_url',
        header: { type: 'text', text: 'Head' },
        body: { text: 'Body' },
        footer: { text: 'Foot' },
        action: { name: 'cta_url', parameters: { display_text: 'Open', url: 'https://example.com' } },
      },
    },
    { kind: 'text', text: 'Head\n\nBody\n\nOpen: https://example.com\n\nFoot' },
  ],
])('what else it can carry (%#)', async (body, expected) => {
  expect((await handed(body)).ask as object).toMatchObject(expected)
})

const BUTTONS = {
  type: 'interactive',
  interactive: {
    type: 'button',
    body: { text: 'Shall we?' },
    action: {
      buttons: [
        { type: 'reply', reply: { id: 'y', title: 'Yes' } },
        { type: 'reply', reply: { id: 'n', title: 'No' } },
      ],
    },
  },
}

test.each<[object, number, number]>([
  [{ type: 'text' }, 400, 131008],
  [{ type: 'text', text: 'Hello' }, 400, 100],
  [{ type: 'text', text: { body: ' ' } }, 400, 131008],
  [{ type: 'text', text: { body: 'x'.repeat(4_097) } }, 400, 131009],
  [{ type: 'text', text: { body: 'x' }, to: '12' }, 400, 131009],
  [{ type: 'text', text: { body: 'x' }, messaging_product: 'other' }, 400, 100],
  [{ type: 'text', text: { body: 'x' }, context: { message_id: 'wamid.HBgL' } }, 400, 131009],
  [
    { type: 'text', text: { body: 'x' }, context: { message_id: `wamid.${crypto.randomUUID()}` } },
    400,
    131009,
  ],
  [{ type: 'order' }, 400, 131051],
  [{ type: 'image', image: {} }, 400, 131008],
  [{ type: 'image', image: { id: '123' } }, 400, 131009],
  [{ type: 'image', image: { id: crypto.randomUUID() } }, 404, 100],
  [{ type: 'image', image: { link: 'http://127.0.0.1:1/x.png' } }, 400, 131053],
  [{ type: 'location', location: { latitude: 91, longitude: 0 } }, 400, 131009],
  [{ type: 'template', template: { name: 'none', language: { code: 'en' } } }, 404, 132001],
  [{ type: 'interactive', interactive: { ...BUTTONS.interactive, type: 'flow' } }, 400, 131051],
  [{ status: 'read', message_id: `wamid.${crypto.randomUUID()}` }, 400, 131009],
])('what cannot be mapped is refused in the official shape (%#)', async (body, status, code) => {
  const before = await t.database.owner`select count(*) from message_logs`
  const answer = await refused(body)
  expect([answer.status, answer.code]).toEqual([status, code])
  expect(answer).toMatchObject({
    message: expect.stringContaining(`(#${code})`),
    type: expect.stringMatching(/^(OAuth|GraphMethod)Exception$/),
    error_data: { messaging_product: 'whatsapp', details: expect.any(String) },
    fbtrace_id: answer.trace,
  })
  expect(await t.database.owner`select count(*) from message_logs`).toEqual(before)
})

test('doors: a wrong token, a key without the scope, somebody else’s number, a path that is none', async () => {
  const text = { type: 'text', text: { body: 'x' } }
  const reader = await ann.key({ scopes: ['read'] })
  const stranger = await t.person()
  expect(await refused(text, path, t.stranger)).toMatchObject({ status: 401, code: 190 })
  expect(await refused(text, path, reader)).toMatchObject({ status: 403, code: 10 })
  expect(await refused(text, path, stranger)).toMatchObject({ status: 404, code: 100, error_subcode: 33 })
  expect((await key.call('POST', path, '{')).body.error).toMatchObject({ code: 100 })
  expect((await key.call('GET', `/nothing/${script.accountId}`)).body.code).toBe('not_found')
  expect((await key.call('GET', `/v21.0/${script.accountId}`)).body).toMatchObject({
    display_phone_number: '+491500000001',
    verified_name: 'Phone',
  })
})

test('a message is marked as read, and it shows that somebody types', async () => {
  script.order({ do: 'signal', name: 'incoming', data: incomingFrom('491511111177') })
  let id = ''
  await ann.until(async () => {
    const { body } = await ann.call('GET', '/api/messages?direction=in')
    id = body.items.find((one: { receiver_number: string }) => one.receiver_number === '+491511111177')?.id
    return id !== undefined
  })
  const [seen, typing] = [script.heard('seen'), script.heard('typing')]
  const { body } = await key.call('POST', path, {
    messaging_product: 'whatsapp',
    status: 'read',
    message_id: `wamid.${id}`,
    typing_indicator: { type: 'text' },
  })
  expect(body).toEqual({ success: true })
  expect((await seen).ask).toMatchObject({ chatId: '491511111177@c.us' })
  expect((await typing).ask).toMatchObject({ state: 'typing' })
  const reaction = await handed({ type: 'reaction', reaction: { message_id: `wamid.${id}`, emoji: '👍' } })
  expect(reaction.ask).toMatchObject({ kind: 'reaction', content: { emoji: '👍', target_id: id } })
})

describe('templates', () => {
  const components = [
    { type: 'HEADER', format: 'TEXT', text: 'Order {{1}}' },
    { type: 'BODY', text: 'Dear {{name}}, it comes {{day}}.' },
    { type: 'FOOTER', text: 'Shop' },
    {
      type: 'BUTTONS',
      buttons: [
        { type: 'QUICK_REPLY', text: 'Fine' },
        { type: 'URL', text: 'Track', url: 'https://example.com/{{1}}' },
      ],
    },
  ]
  const given = (body: object[]) => ({
    type: 'template',
    template: {
      name: 'order',
      language: { code: 'en_US' },
      components: [
        { type: 'header', parameters: [{ type: 'text', text: '7' }] },
        { type: 'body', parameters: body },
        {
          type: 'button',
          sub_type: 'quick_reply',
          index: '0',
          parameters: [{ type: 'payload', payload: 'ok' }],
        },
        { type: 'button', sub_type: 'url', index: '1', parameters: [{ type: 'text', text: 't7' }] },
      ],
    },
  })
  const named = (name: string, text: string) => ({ type: 'text', parameter_name: name, text })

  test('are kept, filled in, and removed', async () => {
    const order = { name: 'order', language: 'en_US', components }
    const made = await ann.call('POST', '/api/templates', order)
    expect(made).toMatchObject({ status: 201, body: { name: 'order', status: 'APPROVED' } })
    expect((await ann.call('POST', '/api/templates', order)).body.code).toBe('template_exists')
    const wrong = { name: 'x', language: 'en', components: [{ type: 'BODY', text: '{{2}}' }] }
    expect((await ann.call('POST', '/api/templates', wrong)).body.code).toBe('template_invalid')
    const { ask } = await handed(given([named('name', 'Bo'), named('day', 'today')]))
    expect(ask.text).toBe(
      'Order 7\n\nDear Bo, it comes today.\n\nShop\n\nTrack: https://example.com/t7\n\n1. Fine',
    )
    expect(await refused(given([named('name', 'Bo')]))).toMatchObject({ code: 132000 })
    expect((await ann.call('DELETE', `/api/templates/${made.body.id}`)).status).toBe(204)
    expect((await ann.call('GET', '/api/templates')).body.items).toEqual([])
  })
})

/** A program that takes webhooks as one for Meta does: answers the challenge, keeps what it is told. */
function callback(token: string) {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was told
  const told: { body: string; signature: string | null; value: any }[] = []
  let heard = Promise.withResolvers<void>()
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { searchParams } = new URL(request.url)
      if (request.method === 'GET') {
        const knows = searchParams.get('hub.verify_token') === token
        return new Response(knows ? searchParams.get('hub.challenge') : 'no')
      }
      const body = await request.text()
      const signature = request.headers.get('x-hub-signature-256')
      told.push({ body, signature, value: JSON.parse(body).entry[0].changes[0].value })
      heard.resolve()
      heard = Promise.withResolvers()
      return new Response('ok')
    },
  })
  stops.push(() => server.stop(true))
  return {
    url: `http://127.0.0.1:${server.port}/hook`,
    told,
    /** Waits for the first that fits. */
    // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was told
    async find(fits: (value: any) => boolean) {
      for (;;) {
        const found = told.find(({ value }) => fits(value))
        if (found) return found
        await heard.promise
      }
    },
  }
}

test('webhooks: verified, signed, statuses with their errors, answers as choices, files with their ids', async () => {
  const program = callback('my-token')
  const ask = { url: program.url, kind: 'cloud', app_secret: 'an app secret of 1'.replaceAll(' ', '-') }
  const wrong = await ann.call('POST', '/api/webhooks', { ...ask, verify_token: 'other' })
  expect([wrong.status, wrong.body.code]).toEqual([422, 'webhook_not_verified'])
  expect((await ann.call('GET', '/api/webhooks')).body.items).toEqual([])
  const made = await ann.call('POST', '/api/webhooks', { ...ask, verify_token: 'my-token' })
  expect(made).toMatchObject({ status: 201, body: { kind: 'cloud', secret: ask.app_secret } })

  // Sent, with the word that comes back.
  const { id } = await handed({ ...BUTTONS, biz_opaque_callback_data: 'row 7' })
  const sent = await program.find((value) => value.statuses?.[0].id === id)
  expect(sent.value).toMatchObject({
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '491500000001', phone_number_id: script.accountId },
    statuses: [{ status: 'sent', recipient_id: TO, biz_opaque_callback_data: 'row 7' }],
  })
  const signature = createHmac('sha256', ask.app_secret).update(sent.body).digest('hex')
  expect(sent.signature).toBe(`sha256=${signature}`)

  // Answered by a number: the choice.
  const tell = (change: object) =>
    script.order({ do: 'signal', name: 'incoming', data: incomingFrom(TO, change) })
  tell({ text: '2.', fromName: 'Bo' })
  const chosen = await program.find((value) => value.messages?.[0].type === 'interactive')
  expect(chosen.value).toMatchObject({
    contacts: [{ profile: { name: 'Bo' }, wa_id: TO }],
    messages: [
      {
        from: TO,
        context: { id },
        interactive: { type: 'button_reply', button_reply: { id: 'n', title: 'No' } },
      },
    ],
  })

  // After another message a number is a number.
  await handed({ type: 'text', text: { body: 'How many?' } })
  tell({ text: '2' })
  const text = await program.find((value) => value.messages?.[0].text?.body === '2')
  expect(text.value.messages[0]).toMatchObject({ type: 'text', timestamp: expect.stringMatching(/^\d{10}$/) })

  // A file is told once it is there.
  tell({
    kind: 'image',
    text: 'Look',
    content: { file: { name: null, mime_type: 'image/png', size_bytes: 8, state: 'pending' } },
  })
  const image = await program.find((value) => value.messages?.[0].type === 'image')
  expect(image.value.messages[0].image).toMatchObject({ caption: 'Look', mime_type: 'image/png' })
  const { body: media } = await key.call('GET', `/v21.0/${image.value.messages[0].image.id}`)
  const hex = Buffer.from(image.value.messages[0].image.sha256, 'base64').toString('hex')
  expect(media.sha256).toBe(hex)

  // Refused by WhatsApp.
  await script.outcomes([{ outcome: 'refused', code: 'not_on_whatsapp', retry: false }])
  const failed = await handed({ type: 'text', text: { body: 'Nobody' } })
  const status = await program.find((value) => value.statuses?.[0].id === failed.id)
  expect(status.value.statuses[0]).toMatchObject({ status: 'failed', errors: [{ code: 131026 }] })
})

test('a published client of the official API: sends, is refused, takes what is told', async () => {
  const ours = (url: string, init?: RequestInit) =>
    fetch(url.replace('https://graph.facebook.com', t.url), init)
  const settings = { appSecret: 'another-app-secret', webhookVerifyToken: 'token', v: 'v22.0' }
  const client = new WhatsAppAPI({ ...settings, token: key.key, ponyfill: { fetch: ours as typeof fetch } })
  const program = callback('token')
  await ann.call('POST', '/api/webhooks', {
    url: program.url,
    kind: 'cloud',
    verify_token: 'token',
    app_secret: settings.appSecret,
  })
  const sent = await client.sendMessage(script.accountId, TO, new Text('Hello'))
  expect(sent).toMatchObject({ messages: [{ id: expect.stringMatching(/^wamid\./) }] })
  const bad = await client.sendMessage(script.accountId, '1', new Text('Hello'))
  expect(bad).toMatchObject({ error: { code: 131009 } })

  const message = Promise.withResolvers<unknown>()
  client.on.message = ({ from, message: told, name }) => message.resolve({ from, told, name })
  const signal = incomingFrom(TO, { text: 'Grüße 👋 an <alle>/@%', fromName: 'Zoë' })
  script.order({ do: 'signal', name: 'incoming', data: signal })
  const { body, signature } = await program.find((value) => value.messages?.[0].text?.body === signal.text)
  await client.post(JSON.parse(body), body, signature ?? '')
  expect(await message.promise).toMatchObject({
    from: TO,
    name: 'Zoë',
    told: { text: { body: signal.text } },
  })
  await expect(client.post(JSON.parse(body), body, signature?.replace(/.$/, 'x') ?? '')).rejects.toThrow()
})
