// The stand-in's builds and times: id spellings, addressing, refs, sync, opening; with the unmodified library.
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { rejects } from 'node:assert'
import { linkLibrary, makeProfiles, startLibrary } from './library.ts'
import { startWhatsApp } from './server.ts'

setDefaultTimeout(90_000)
const CUSTOMER = '491511111111'
let profiles: Awaited<ReturnType<typeof makeProfiles>>
beforeAll(async () => {
  profiles = await makeProfiles()
})
afterAll(() => profiles.remove())

test('a build that spells ids $1: the message goes out and the library returns undefined', async () => {
  await using server = await startWhatsApp({ settings: { build: { spelling: '$1' } } })
  const phone = server.whatsapp.phone('491500000011')
  await using library = await linkLibrary(server, phone, profiles.dir, 'spelling')
  const wid = (await library.client.getNumberId(CUSTOMER)) as unknown as Record<string, string>
  expect(wid.$1).toBe(`${CUSTOMER}@c.us`)
  expect(wid._serialized).toBeUndefined()
  expect(await library.client.sendMessage(`${CUSTOMER}@c.us`, 'Spelled otherwise')).toBeUndefined()
  await server.whatsapp.waitForWire({ to: CUSTOMER, text: 'Spelled otherwise' })
  await phone.deliver({ from: CUSTOMER, text: 'In' })
  await library.heard('message', (message: { body: string }) => message.body === 'In')
})

test('addressing and look-up: No LID for user until it was asked for, chats by LID; the old way by number', async () => {
  await using server = await startWhatsApp()
  const phone = server.whatsapp.phone('491500000012')
  await using library = await linkLibrary(server, phone, profiles.dir, 'addressing')
  await rejects(library.client.sendMessage(`${CUSTOMER}@c.us`, 'too soon'), /No LID for user/)
  await library.client.getNumberId(CUSTOMER)
  const sent = await library.client.sendMessage(`${CUSTOMER}@c.us`, 'now')
  expect(sent.to).toMatch(/^\d{15}@lid$/)
  expect(sent.id._serialized).toBe(`true_${sent.to}_${sent.id.id}`)
  expect(await library.client.getContactLidAndPhone([`${CUSTOMER}@c.us`])).toEqual([
    { lid: sent.to, pn: `${CUSTOMER}@c.us` },
  ])

  await server.whatsapp.set({ build: { addressing: 'pn', lidLookup: 'asks' } })
  await phone.reload()
  await library.heardTimes('ready', 2)
  const old = await library.client.sendMessage(`${CUSTOMER}@c.us`, 'the old way')
  expect(old.to).toBe(`${CUSTOMER}@c.us`)

  await server.whatsapp.number('491533333333', { registered: false })
  await server.whatsapp.number('491544444444', { hasLid: false })
  expect(await library.client.getNumberId('491533333333')).toBeNull()
  expect(await library.client.isRegisteredUser('491544444444')).toBe(true)
  await rejects(library.client.sendMessage('491533333333@c.us', 'nobody'), /No LID for user/)
  await rejects(library.client.sendMessage('491544444444@c.us', 'no LID'), /No LID for user/)
})

test('refs: they refresh, die, end in UNPAIRED_IDLE, come again when asked; frozen ones die on the screen', async () => {
  await using server = await startWhatsApp({ settings: { refs: { lifetimesMs: [1500, 700] } } })
  const phone = server.whatsapp.phone('491500000013')
  await using library = await startLibrary(server.chromeFlags, profiles.dir, 'refs')
  await library.heardTimes('qr', 2)
  const [first] = (await library.heard('qr')) as [string]
  await rejects(phone.scan(first), /not valid any more/)
  await rejects(phone.scan('https://example.org'), /no WhatsApp QR/)
  const page = await server.whatsapp.waitForPage({ state: 'UNPAIRED_IDLE' })
  expect(page.qr).toBeNull()

  await server.whatsapp.set({ refs: { mode: 'frozen', emptyAfterPairing: true, lifetimesMs: [60_000] } })
  await library.client.pupPage!.evaluate('window.require("WAWebCmd").Cmd.refreshQR()')
  const qr = await server.whatsapp.waitForQr()
  await rejects(phone.scan(qr.replace(/,[^,]+,1$/, ',AAAA,1')), /keys of its page/)
  await phone.scan(qr)
  await library.heard('qr', (text: string) => text.startsWith(','))
  await library.heard('ready')
})

test('sync: held until said, never, before the library listens, and several times', async () => {
  await using server = await startWhatsApp()
  const phone = server.whatsapp.phone('491500000014')
  await phone.set({ sync: 'held' })
  {
    await using library = await startLibrary(server.chromeFlags, profiles.dir, 'sync')
    await phone.scan(((await library.heard('qr')) as [string])[0])
    await phone.waitForState('CONNECTED')
    expect(library.fired.some((event) => event.name === 'authenticated')).toBe(false)
    await phone.sync()
    await library.heard('ready')
    await phone.resync(2)
    await library.heardTimes('ready', 3)
  }
  await phone.set({ sync: 'early' })
  await using library = await startLibrary(server.chromeFlags, profiles.dir, 'sync')
  await phone.waitForSynced()
  await library.started
  expect(await library.client.getState()).toBe('CONNECTED' as never)
  expect(library.fired).toEqual([])
})

test('held in OPENING: initialize waits until pages are let in', async () => {
  await using server = await startWhatsApp({ settings: { opening: 'held' } })
  await using library = await startLibrary(server.chromeFlags, profiles.dir, 'opening')
  await server.whatsapp.waitForPage({ state: 'OPENING' })
  expect(library.fired).toEqual([])
  await server.whatsapp.set({ opening: 'open' })
  await library.heard('qr')
  await library.started
})

test('a site that fails or says nothing', async () => {
  await using server = await startWhatsApp()
  await using library = await startLibrary(server.chromeFlags, profiles.dir, 'site')
  await library.heard('qr')
  await library.started
  const page = await library.client.pupBrowser!.newPage()
  await server.whatsapp.set({ site: 'fails' })
  expect((await page.goto('https://web.whatsapp.com/'))!.status()).toBe(503)
  await server.whatsapp.set({ site: 'hangs' })
  await rejects(page.goto('https://web.whatsapp.com/', { timeout: 300 }), /timeout of 300 ms/)
})

test('only web.whatsapp.com and loopback by number can be reached', async () => {
  await using server = await startWhatsApp()
  using other = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('reached') })
  await using library = await startLibrary(server.chromeFlags, profiles.dir, 'hosts')
  await library.heard('qr')
  await library.started
  const page = await library.client.pupBrowser!.newPage()
  await rejects(page.goto(`http://localhost:${other.port}/`), /ERR_NAME_NOT_RESOLVED/)
  await page.goto(`http://127.0.0.1:${other.port}/`)
  expect(await page.evaluate('document.body.textContent')).toBe('reached')
})
