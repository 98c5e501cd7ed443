// The executable in an empty folder: everything it carries, the whole way of a message, wrong options, a kill.
import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { embeddedFolder } from '../../src/database/embedded.ts'
import { processesIn } from '../../src/database/leftovers.ts'
import { caller } from '../support/app.ts'
import {
  executable,
  launchProduct,
  makeFolder,
  type ProductOptions,
  startProduct,
  until,
} from '../support/product.ts'
import { startWhatsApp } from '../whatsapp/server.ts'

setDefaultTimeout(90_000)

type WhatsApp = Awaited<ReturnType<typeof startWhatsApp>>
let stand: WhatsApp
beforeAll(async () => {
  if (!existsSync(executable)) throw new Error('There is no dist/botwave: `bun run build` makes it.')
  stand = await startWhatsApp()
})
afterAll(() => stand?.stop())

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function start(folder: string, env: ProductOptions['env'] = {}) {
  const product = await startProduct({
    command: [executable],
    folder,
    env: { CHROME_FLAGS: stand.chromeFlags, ...env },
  })
  undo.push(async () => {
    product.child.kill('SIGKILL')
    await product.child.exited
  })
  return product
}

function emptyFolder(): string {
  const { folder, remove } = makeFolder()
  undo.push(remove)
  return folder
}

test('links an account, sends, hears the acks, and keeps all of it over a kill', async () => {
  const folder = emptyFolder()
  const product = await start(folder)
  const password = 'a long pass phrase'
  expect(await (await fetch(`${product.url}/docs/webhooks`)).text()).toContain('>Webhooks</h1>')
  const made = await caller(product.url, {}).call('POST', '/api/setup', {
    token: product.setupToken,
    email: 'owner@example.com',
    password,
  })
  expect(made.status).toBe(201)
  const me = caller(product.url, { authorization: `Bearer ${made.body.token}` })

  const begun = await me.call('POST', '/api/whatsapp/initialize', {})
  expect(begun.status).toBe(202)
  const phone = stand.whatsapp.phone('491500000001')
  await phone.scan(await stand.whatsapp.waitForQr())
  await until(async () => (await me.call('GET', '/api/whatsapp/status')).body.state === 'ready')

  const sent = await me.call('POST', '/api/messages/send?wait=25', {
    number: '+491511111111',
    message: 'Hello',
  })
  expect(['sent', 'delivered', 'read']).toContain(sent.body.status)
  const entry = await stand.whatsapp.waitForWire({ to: '491511111111', text: 'Hello' })
  await phone.ack(entry.id, 3)
  await until(async () => (await me.call('GET', `/api/messages/${sent.body.id}`)).body.status === 'read')

  product.child.kill('SIGKILL')
  await product.child.exited
  const again = await start(folder)
  expect(again.setupToken).toBeNull()
  const signedIn = await caller(again.url, {}).call('POST', '/api/auth/login', {
    email: 'owner@example.com',
    password,
  })
  const meAgain = caller(again.url, { authorization: `Bearer ${signedIn.body.token}` })
  expect((await meAgain.call('GET', `/api/messages/${sent.body.id}`)).body.status).toBe('read')
  await until(async () => (await meAgain.call('GET', '/api/whatsapp/status')).body.state === 'ready')
  expect(await again.stop()).toBe(0)
  expect(processesIn(embeddedFolder(join(folder, 'data')))).toEqual([])
})

test('answers the styled page, its scripts, and health, from an empty folder', async () => {
  const folder = emptyFolder()
  const { url } = await start(folder)
  const page = await (await fetch(url)).text()
  expect(page).toContain('<title>BotWave – Smart WhatsApp Automation</title>')
  const files = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((found) => found[1]!)
  expect(files.filter((file) => file.endsWith('.css'))).not.toEqual([])
  expect(files.filter((file) => file.endsWith('.js'))).not.toEqual([])
  for (const file of files) {
    const answer = await fetch(url + file)
    expect([file, answer.status]).toEqual([file, 200])
    expect((await answer.bytes()).length).toBeGreaterThan(100)
  }
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  // Everything it keeps is in one place.
  expect(readdirSync(folder)).toEqual(['data'])
})

test('a second one on the folder ends with one sentence', async () => {
  const folder = emptyFolder()
  await start(folder)
  const second = launchProduct({ command: [executable], folder })
  expect(await second.exited).toBe(1)
  expect(await new Response(second.stderr).text()).toBe(
    `Another BotWave is already running on ${join(folder, 'data')}.\n`,
  )
})

test.each([
  [{ PORT: 'eighty' }, /^PORT must be a number[^\n]*\.\n$/],
  [{ DATABASE_URL: 'mysql://root:topsecret@db/x' }, /^DATABASE_URL must be a URL[^\n]*\.\n$/],
  [{ JWT_SECRET: 'short' }, /^JWT_SECRET must have at least 32 characters\.\n$/],
  [{ CHROME_PATH: '/nowhere/chrome' }, /^CHROME_PATH names a file that is not there[^\n]*\n$/],
])('a wrong option ends it with one sentence: %p', async (env, sentence) => {
  const folder = emptyFolder()
  const child = launchProduct({ command: [executable], folder, env })
  expect(await child.exited).toBe(1)
  const said = await new Response(child.stderr).text()
  expect(said).toMatch(sentence)
  expect(said).not.toContain('topsecret')
  expect(readdirSync(folder)).toEqual([])
})
