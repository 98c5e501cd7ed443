// Somebody who follows the documentation: what happens around them between one example and the next.
import { Webhook } from 'standardwebhooks'
import { PASSWORD, type Person, type Script, type TestApp } from './app.ts'
import { type Desk, openDesk } from './examples.ts'
import { incomingFrom } from './incoming.ts'
import { until } from './product.ts'
import type { Receiver } from './receiver.ts'

export interface Reader {
  person: Person
  admin: Person
  script: Script
  desk: Desk
  receiver: Receiver
  /** Where files can be fetched from. */
  files: Bun.Server<undefined>
  scriptOf(accountId: string): Script
}

/** The program is to be started with it. */
export const METRICS_TOKEN = 'for-prometheus-only'

/** Somebody new with a linked account, a key, and a server of their own at the address that the pages call example.com. */
export async function startReader(t: TestApp, receiver: Receiver): Promise<Reader> {
  const person = await t.person()
  const script = await person.linked()
  const { key } = await person.key({ scopes: ['send', 'read', 'accounts', 'webhooks'] })
  const desk = openDesk({
    BOTWAVE_URL: t.url,
    BOTWAVE_KEY: key,
    ACCOUNT_ID: script.accountId,
    EMAIL: person.email,
    PASSWORD,
    ADMIN_TOKEN: t.admin.token,
    METRICS_TOKEN,
    PORT: String(freePort()),
  })
  const files = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () => new Response('%PDF-1.4 a list', { headers: { 'content-type': 'application/pdf' } }),
  })
  return {
    person,
    admin: t.admin,
    script,
    desk,
    receiver,
    files,
    scriptOf: (accountId) => t.script(accountId),
  }
}

/** By the name that stands behind `when:` or `then:` at an example. Each waits until it is so. */
export const scenes: Record<string, (reader: Reader) => Promise<void>> = {
  /** The message of MESSAGE_ID is at WhatsApp. */
  sent: ({ person, desk }) =>
    person.until(async () => {
      const { body } = await person.call('GET', `/api/messages/${desk.variables.MESSAGE_ID}`)
      return body.status === 'sent'
    }),

  /** A message goes out. */
  happened: async ({ person }) => {
    const sent = { number: '+919876543210', message: 'Something that happens' }
    const { body } = await person.call('POST', '/api/messages/send?wait=20', sent)
    if (body.status !== 'sent') throw new Error(`it is ${body.status}`)
  },

  /** An earlier run of the program left its cursor. */
  'cursor-kept': async ({ person, desk }) => {
    const { body } = await person.call('GET', '/api/events?after=latest')
    desk.put('cursor.txt', body.next)
  },

  /** The QR code of ACCOUNT_ID is on show. */
  'qr-shown': ({ person, desk }) =>
    person.until(
      async () => (await person.call('GET', `/api/accounts/${desk.variables.ACCOUNT_ID}/qr`)).status === 200,
    ),

  /** It is scanned. */
  scanned: async ({ person, desk, scriptOf }) => {
    const { ACCOUNT_ID = '' } = desk.variables
    scriptOf(ACCOUNT_ID).order({ do: 'scan', phone: '919876543210' })
    await person.until(
      async () => (await person.call('GET', `/api/accounts/${ACCOUNT_ID}`)).body.state === 'ready',
    )
  },

  /** ACCOUNT_ID is another one, with a QR code on show. */
  'another-account': async (reader) => {
    const { person, desk } = reader
    const { body } = await person.call('POST', '/api/accounts', { name: 'Office' })
    desk.variables.ACCOUNT_ID = body.id
    await person.call('POST', `/api/accounts/${body.id}/connection`, {})
    await scenes['qr-shown']?.(reader)
  },

  /** There are a text and nothing else in the list of what came in. */
  'somebody-wrote': (reader) => receive(reader, { text: 'Is the shop open?', fromName: 'Asha' }),

  'a-picture-came': async (reader) => {
    const file = { name: null, mime_type: 'image/jpeg', size_bytes: 8, state: 'pending' as const }
    await receive(reader, { kind: 'image', text: 'Like this one', content: { file } })
    const { person } = reader
    await person.until(async () => {
      const { body } = await person.call('GET', '/api/messages?direction=in&limit=1')
      return body.items[0].file?.state === 'kept'
    })
  },

  /** One message a minute, and it is handed in. */
  'limit-reached': async ({ person, admin }) => {
    const limited = await admin.call('PATCH', `/api/users/${person.id}`, { rate_limit: 1 })
    const sent = { number: '+919876543210', message: 'The only one' }
    const { status } = await person.call('POST', '/api/messages/send', sent)
    if (limited.status !== 200 || status !== 202) throw new Error(`it answered ${status}`)
  },

  /** The webhook of WEBHOOK_ID has told the receiver of a text. */
  told: async (reader) => {
    await pointTo(reader, reader.receiver.url)
    const before = reader.receiver.arrived.length
    await receive(reader, { text: 'Is the shop open?', fromName: 'Asha' })
    await reader.receiver.until(before + 1)
  },

  /** The same; its parts lie where a script finds them. */
  caught: async (reader) => {
    await scenes.told?.(reader)
    const { headers, body } = reader.receiver.arrived.at(-1)!
    reader.desk.put('body.json', body)
    Object.assign(reader.desk.variables, {
      WEBHOOK_ID_HEADER: headers.get('webhook-id'),
      WEBHOOK_TIMESTAMP: headers.get('webhook-timestamp'),
      WEBHOOK_SIGNATURE: headers.get('webhook-signature'),
    })
  },

  /** The program of the page, at PORT, gets a true delivery, a forged one and an old one. */
  delivered: async (reader) => {
    const { WEBHOOK_SECRET = '', PORT = '' } = reader.desk.variables
    const url = `http://127.0.0.1:${PORT}/hook`
    await pointTo(reader, url)
    const before = await newestDelivery(reader)
    await receive(reader, { text: 'Is the shop open?', fromName: 'Asha' })
    await until(async () => (await newestDelivery(reader))?.event_id !== before?.event_id)
    await scenes['delivery-settled']?.(reader)
    const body = reader.receiver.arrived.at(-1)!.body
    const now = new Date()
    const old = new Date(now.getTime() - 600_000)
    const forged = new Webhook('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=')
    await post(url, body, now, forged.sign('one', now, body), 401)
    await post(url, body, old, new Webhook(WEBHOOK_SECRET).sign('one', old, body), 401)
  },

  /** What was told last is written down as delivered. */
  'delivery-settled': (reader) => until(async () => (await newestDelivery(reader))?.status === 'delivered'),
}

async function newestDelivery({
  person,
  desk,
}: Reader): Promise<{ event_id: string; status: string } | undefined> {
  const { body } = await person.call('GET', `/api/webhooks/${desk.variables.WEBHOOK_ID}/deliveries?limit=1`)
  return body.items[0]
}

/** A message of somebody else comes in; resolves when it is kept. */
async function receive(
  { person, script }: Reader,
  change: Parameters<typeof incomingFrom>[1],
): Promise<void> {
  const data = incomingFrom('919876543210', change)
  script.order({ do: 'signal', name: 'incoming', data })
  await person.until(async () => {
    const { body } = await person.call('GET', '/api/messages?direction=in&limit=1')
    return body.items[0]?.whatsapp_id === data.whatsappId
  })
}

async function pointTo({ person, desk }: Reader, url: string): Promise<void> {
  const { status, body } = await person.call('PATCH', `/api/webhooks/${desk.variables.WEBHOOK_ID}`, { url })
  if (status !== 200) throw new Error(JSON.stringify(body))
}

async function post(url: string, body: string, at: Date, signature: string, expected: number): Promise<void> {
  const headers = {
    'content-type': 'application/json',
    'webhook-id': 'one',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': signature,
  }
  const { status } = await fetch(url, { method: 'POST', body, headers })
  if (status !== expected) throw new Error(`${url} answered ${status}`)
}

/** For a program that has to be told its port. */
function freePort(): number {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })
  const { port } = server
  server.stop(true)
  return port
}
