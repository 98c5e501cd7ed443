// The id of one request finds every line about its message, from HTTP through the outbox to the Worker and back.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Caller, caller } from '../support/app.ts'
import { fromSource, makeFolder, type Product, productEnv, startProduct, until } from '../support/product.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'

const LIMIT_MS = 120_000
const ADMIN = { email: 'trail@example.com', password: 'a long pass phrase' }
const OWN = '491607000001'
const NUMBER = '491511111111'
const TEXT = 'canary-text-77d1'

let server: WhatsApp
let product: Product
let remove: () => Promise<void>
let me: Caller
let accountId: string
let folder: string

beforeAll(async () => {
  server = await startWhatsApp()
  const made = makeFolder()
  ;({ folder, remove } = made)
  const env = {
    CHROME_FLAGS: server.chromeFlags,
    CHROME_PATH: process.env.CHROME_PATH ?? 'packaged',
    LOG_LEVEL: 'debug',
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
  }
  product = await startProduct({ command: fromSource, folder, env })
  const { body } = await caller(product.url, {}).call('POST', '/api/auth/login', ADMIN)
  me = caller(product.url, { authorization: `Bearer ${body.token}` })
  accountId = (await me.call('POST', '/api/accounts', {})).body.id
  await me.call('PATCH', `/api/accounts/${accountId}`, { pacing: 'off' })
  await me.call('POST', `/api/accounts/${accountId}/connection`, {})
  await server.whatsapp.phone(OWN).scan(await server.whatsapp.waitForQr())
  await until(async () => (await me.call('GET', `/api/accounts/${accountId}`)).body.state === 'ready')
}, LIMIT_MS)

afterAll(async () => {
  await product?.stop()
  await server?.stop()
  await remove?.()
}, LIMIT_MS)

/** Lines of the log that name this request, oldest first. */
function trail(requestId: string) {
  const lines = product.output().split('\n').slice(0, -1)
  return lines.filter((line) => line.includes(`"request_id":"${requestId}"`)).map((line) => JSON.parse(line))
}

/** The first such line once it has arrived: what the program prints comes a moment after what it answers. */
async function line(requestId: string, msg: string, status?: string | number) {
  const find = () => trail(requestId).find((one) => one.msg === msg && (!status || one.status === status))
  await until(() => find() !== undefined)
  return find()
}

async function send(number: string, requestId: string) {
  const asked = { number: `+${number}`, message: TEXT, account_id: accountId }
  return me.call('POST', '/api/messages/send?wait=20', asked, { 'x-request-id': requestId })
}

test(
  'a message that goes out and is read',
  async () => {
    const id = 'order-1042.first'
    const answer = await send(NUMBER, id)
    expect([answer.status, answer.headers.get('x-request-id')]).toEqual([202, id])
    const { body: kept } = await me.call('GET', `/api/messages/${answer.body.id}`)
    expect(kept.request_id).toBe(id)
    await server.whatsapp.phone(OWN).ack(kept.whatsapp_id, 3)
    await line(id, 'message status', 'read')

    const about = { request_id: id, account_id: accountId, message_id: answer.body.id }
    expect(await line(id, 'request')).toMatchObject({ path: '/api/messages/send', status: 202 })
    expect(await line(id, 'message accepted')).toMatchObject({ ...about, replayed: false })
    const page = { ...about, whatsapp_id: kept.whatsapp_id, run: 1 }
    expect(await line(id, 'handing a message over')).toMatchObject(page)
    // These two are the Worker's own words.
    expect(await line(id, 'asking the page')).toMatchObject({ ...page, kind: 'text' })
    expect(await line(id, 'hand-over done')).toMatchObject({ ...page, page_load: expect.any(String) })
    // The phone may be faster than what the page answers: then it is delivered at once.
    const first = await line(id, 'message status')
    expect(first).toMatchObject({
      ...about,
      level: 'info',
      status: expect.stringMatching(/^(sent|delivered)$/),
    })
    expect(await line(id, 'message status', 'read')).toMatchObject({ ...about, level: 'debug' })
    expect(product.output()).not.toContain(TEXT)
    expect(product.output()).not.toContain(NUMBER)
  },
  LIMIT_MS,
)

test(
  'a message that the page refuses and that fails',
  async () => {
    const id = 'order-1043.refused'
    await server.whatsapp.number('491511111112', { registered: false })
    const answer = await send('491511111112', id)
    expect(answer.body.status).toBe('failed')
    const about = { request_id: id, account_id: accountId, message_id: answer.body.id }
    const code = 'not_on_whatsapp'
    expect(await line(id, 'hand-over not done')).toMatchObject({ ...about, code })
    expect(await line(id, 'message status', 'failed')).toMatchObject({
      ...about,
      level: 'info',
      reason: code,
    })
  },
  LIMIT_MS,
)

test(
  'a canary reaches its own account through the real page, and is found by its message id',
  async () => {
    const child = Bun.spawn([...fromSource, 'canary', accountId], {
      cwd: folder,
      env: productEnv(),
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    expect(await child.exited).toBe(0)
    await server.whatsapp.waitForWire({ from: OWN, to: OWN, ack: 1 })
    const find = async () => (await me.call('GET', '/api/messages?source=canary')).body.items[0]
    await until(async () => /^(sent|delivered|read)$/.test((await find())?.status))
    const { id } = await find()
    const found = () =>
      product
        .output()
        .split('\n')
        .filter((text) => text.includes(`"message_id":"${id}"`))
    for (const words of ['a canary goes out', 'asking the page', 'hand-over done', 'message status']) {
      await until(() => found().some((text) => text.includes(words)))
    }
    expect(product.output()).not.toContain(OWN)
  },
  LIMIT_MS,
)
