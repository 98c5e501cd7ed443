// An account behind a proxy: everything its page says goes through it, it signs in there, and trouble with it has a name.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.ts'
import { startSocksProxy } from '../support/socks-proxy.ts'
import { type Desk, newWhatsAppId, openDesk } from '../support/worker.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'

const LIMIT_MS = 120_000
const SITE = 'web.whatsapp.com:443'
const LOGIN = { username: 'me', password: 'se cret:@' }

let server: WhatsApp
let desk: Desk
beforeAll(async () => {
  server = await startWhatsApp()
  desk = await openDesk(server.chromeFlags)
}, LIMIT_MS)
afterAll(async () => {
  await desk?.[Symbol.asyncDispose]()
  await server?.stop()
}, LIMIT_MS)

const portOf = (target: string) => (target === SITE ? server.port : undefined)

function proxy(login?: string): Promise<ConnectProxy> {
  return startConnectProxy({ portOf, ...(login === undefined ? {} : { login }) })
}

test.each([
  { name: 'one that is open to everybody', number: '491608000001', login: null },
  { name: 'one that asks for user and password', number: '491608000002', login: LOGIN },
  { name: 'SOCKS5', number: '491608000005', login: null },
])(
  'through $name: linked, sent, heard, and back after a start',
  async ({ name, number, login }) => {
    const asks = login ? `${login.username}:${login.password}` : undefined
    await using through = await (name === 'SOCKS5' ? startSocksProxy({ portOf }) : proxy(asks))
    const first = desk.open(number)
    const { browserPid } = await first.start({ proxy: { server: through.server, login } })
    const phone = server.whatsapp.phone(number)
    await phone.scan((await first.heard('qr')).text)
    await first.heard('ready')
    const id = newWhatsAppId()
    expect(await first.send('491511111111@c.us', 'Hello', id)).toMatchObject({ outcome: 'handed' })
    await server.whatsapp.waitForWire({ id })
    await phone.deliver({ from: '491511111111', text: 'Hi there' })
    await first.heard('incoming', ({ text }) => text === 'Hi there')
    // The login stands in no process list.
    expect(readFileSync(`/proc/${browserPid}/cmdline`, 'utf8')).toContain(`--proxy-server=${through.server}`)
    if (login) expect(readFileSync(`/proc/${browserPid}/cmdline`, 'utf8')).not.toContain(login.password)
    await first.ask('stop', {})
    await first.ended()

    expect(new Set(through.asked.map(({ target }) => target))).toEqual(new Set([SITE]))
    if (asks) expect(through.asked.some(({ login }) => login === asks)).toBe(true)
    const before = through.asked.length
    const second = desk.open(number, { generation: 1, run: 2 })
    await second.start({ linked: true, proxy: { server: through.server, login } })
    await second.heard('ready')
    expect(through.asked.length).toBeGreaterThan(before)
    await second.ask('stop', {})
    await second.ended()
  },
  LIMIT_MS,
)

test.each([
  { name: 'another password', number: '491608000003', login: { ...LOGIN, password: 'other' } },
  { name: 'no login at all', number: '491608000004', login: null },
])(
  'with $name it says that the proxy refuses it',
  async ({ number, login }) => {
    await using through = await proxy('me:secret')
    const worker = desk.open(number)
    await worker.start({ proxy: { server: through.server, login } })
    expect(await worker.ended()).toEqual({ code: 'proxy_refused', detail: 'HTTP 407' })
    expect(
      worker
        .all('log')
        .map((line) => JSON.stringify(line))
        .join(),
    ).not.toContain('other')
  },
  LIMIT_MS,
)

test(
  'one that is down: the page cannot be reached, and nobody goes around it',
  async () => {
    const through = await proxy()
    await through.stop()
    const worker = desk.open('down')
    const pages = (await server.whatsapp.pages()).length
    await worker.start({ proxy: { server: through.server, login: null } })
    expect(await worker.ended()).toEqual({
      code: 'page_unreachable',
      detail: 'net::ERR_PROXY_CONNECTION_FAILED at https://web.whatsapp.com/',
    })
    expect(await server.whatsapp.pages()).toHaveLength(pages)
  },
  LIMIT_MS,
)
