// The stand-in's faults, each seen through the unmodified library: sends, lines, states, dialogs, crashes, freezes.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { rejects } from 'node:assert'
import { type Library, linkLibrary, makeProfiles, startLibrary } from './library.ts'
import type { Phone } from './phone.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'

setDefaultTimeout(90_000)
const CUSTOMER = '491511111111'
const ackOf = (id: string, ack: number) => (message: { id: { id: string } }, heard: number) =>
  message.id.id === id && heard === ack
let server: WhatsApp
let profiles: Awaited<ReturnType<typeof makeProfiles>>

beforeAll(async () => {
  server = await startWhatsApp()
  profiles = await makeProfiles()
})
afterAll(async () => {
  expect(await server.whatsapp.unknownModules()).toEqual([])
  await server.stop()
  await profiles.remove()
})

/** A promise that has not settled when the servers have heard the page answer something else meanwhile. */
async function isPending(promise: Promise<unknown>, phone: Phone): Promise<boolean> {
  let settled = false
  promise.then(
    () => {
      settled = true
    },
    () => {
      settled = true
    },
  )
  await phone.settle()
  return !settled
}

async function chatWith(library: Library, number = CUSTOMER): Promise<string> {
  const wid = await library.client.getNumberId(number)
  return wid!._serialized
}

describe('sends', () => {
  const phone = () => server.whatsapp.phone('491500000021')
  let library: Library
  let chat: string
  beforeAll(async () => {
    library = await linkLibrary(server, phone(), profiles.dir, 'sends')
    chat = await chatWith(library)
  })
  afterAll(() => library.close())
  const onWire = async (text: string) => (await server.whatsapp.wire({ text })).length

  test('before the hand-over: it throws, hangs or comes to nothing, and nothing is on the wire', async () => {
    await phone().failNextSend({ when: 'before', how: 'throw', error: 'boom' })
    await rejects(library.client.sendMessage(chat, 'thrown before'), /boom/)
    await phone().failNextSend({ when: 'before', how: 'undefined' })
    expect(await library.client.sendMessage(chat, 'nothing before')).toBeUndefined()
    await phone().failNextSend({ when: 'before', how: 'hang' })
    const hanging = library.client.sendMessage(chat, 'hanging before')
    expect(await isPending(hanging, phone())).toBe(true)
    await library.client.sendMessage(chat, 'and one that works')
    await server.whatsapp.waitForWire({ text: 'and one that works' })
    for (const text of ['thrown before', 'nothing before', 'hanging before'])
      expect(await onWire(text)).toBe(0)
    hanging.catch(() => {})
  })

  test('after the hand-over: it throws, hangs or comes to nothing, and it is on the wire', async () => {
    await phone().failNextSend({ when: 'after', how: 'throw' })
    await rejects(library.client.sendMessage(chat, 'thrown after'), /send failed/)
    await phone().failNextSend({ when: 'after', how: 'undefined' })
    expect(await library.client.sendMessage(chat, 'nothing after')).toBeUndefined()
    await phone().failNextSend({ when: 'after', how: 'hang' })
    const hanging = library.client.sendMessage(chat, 'hanging after')
    hanging.catch(() => {})
    for (const text of ['thrown after', 'nothing after', 'hanging after'])
      await server.whatsapp.waitForWire({ text })
    expect(await isPending(hanging, phone())).toBe(true)
  })

  test('acks by hand, refusals, and acks that fire no event', async () => {
    await phone().set({ acks: 'none' })
    const sent = await library.client.sendMessage(chat, 'by hand')
    const entry = await server.whatsapp.waitForWire({ id: sent.id.id })
    expect(entry.ack).toBe(0)
    await phone().ack(entry.id, 3)
    await library.heard('message_ack', ackOf(entry.id, 3))
    expect((await phone().ack(entry.id, 1)).ack).toBe(3)

    await phone().set({ ackEvents: false })
    const silent = await library.client.sendMessage(chat, 'silent')
    await server.whatsapp.waitForWire({ id: silent.id.id })
    await phone().ack(silent.id.id, 2)
    expect(await library.client.getMessageById(silent.id._serialized)).toMatchObject({ ack: 2 })
    expect(
      library.fired.some(
        (f) => f.name === 'message_ack' && ackOf(silent.id.id, 2)(...(f.args as [never, 2])),
      ),
    ).toBe(false)
    await phone().set({ ackEvents: true, acks: 'delivered' })

    await server.whatsapp.number('491555555555', { refuse: 463 })
    const refused = await library.client.sendMessage(await chatWith(library, '491555555555'), 'refused')
    await library.heard('message_ack', ackOf(refused.id.id, -1))
    expect(await server.whatsapp.wire({ id: refused.id.id })).toMatchObject([{ ack: -1, error: 463 }])
  })
})

describe('lines and states', () => {
  const phone = () => server.whatsapp.phone('491500000022')
  let library: Library
  let chat: string
  beforeAll(async () => {
    library = await linkLibrary(server, phone(), profiles.dir, 'lines')
    chat = await chatWith(library)
  })
  afterAll(() => library.close())

  test('a dropped line: TIMEOUT, ack 0, and the message goes out once when the line is back', async () => {
    await phone().dropLine()
    await library.heard('change_state', (state: string) => state === 'TIMEOUT')
    const sent = await library.client.sendMessage(chat, 'while down')
    expect(sent.ack).toBe(0)
    expect(await server.whatsapp.wire({ id: sent.id.id })).toEqual([])
    await phone().restoreLine()
    expect(await server.whatsapp.waitForWire({ id: sent.id.id, ack: 2 })).toMatchObject({ arrivals: 1 })
    await library.heard('message_ack', ackOf(sent.id.id, 2))
  })

  test('a half-open line: CONNECTED, nothing gets through, a reconnect heals it', async () => {
    await phone().waitForState('CONNECTED')
    await phone().halfOpen('reconnect')
    const sent = await library.client.sendMessage(chat, 'into the void')
    expect(await library.client.getState()).toBe('CONNECTED' as never)
    expect(await server.whatsapp.wire({ id: sent.id.id })).toEqual([])
    await library.client.resetState()
    await server.whatsapp.waitForWire({ id: sent.id.id, ack: 2 })
  })

  test('a line that stays deaf: a reconnect does not heal it, a reload does, and the message goes out once', async () => {
    await phone().waitForState('CONNECTED')
    const { lines } = await server.whatsapp.waitForPage({ number: phone().number })
    await phone().halfOpen('reload')
    const sent = await library.client.sendMessage(chat, 'still into the void')
    await library.client.resetState()
    await server.whatsapp.waitForPage({ number: phone().number, lines: lines + 1 })
    expect(await library.client.getState()).toBe('OPENING' as never)
    const reloadedAt = Date.now()
    await library.client.pupPage!.reload()
    const entry = await server.whatsapp.waitForWire({ id: sent.id.id, ack: 2 })
    expect(entry.arrivals).toBe(1)
    expect(Date.parse(entry.at)).toBeGreaterThanOrEqual(reloadedAt)
    await library.heardTimes('ready', 2)
  })

  test('opened elsewhere: CONFLICT; taken over: CONNECTED', async () => {
    const page = library.client.pupPage!
    // The library destroys its browser on CONFLICT.
    await page.evaluate('window.require("WAWebSocketModel").Socket.off("change:state")')
    await phone().openElsewhere()
    expect(await library.client.getState()).toBe('CONFLICT' as never)
    await page.evaluate('window.require("WAWebSocketModel").Socket.takeover()')
    expect(await library.client.getState()).toBe('CONNECTED' as never)
  })
})

test('blocked at start: initialize resolves and nothing is fired', async () => {
  const phone = server.whatsapp.phone('491500000023')
  await (await linkLibrary(server, phone, profiles.dir, 'blocked')).close()
  await phone.set({ state: 'TOS_BLOCK' })
  await using library = await startLibrary(server.chromeFlags, profiles.dir, 'blocked')
  await library.started
  expect(await library.client.getState()).toBe('TOS_BLOCK' as never)
  expect(library.fired).toEqual([])
  for (const state of ['SMB_TOS_BLOCK', 'PROXYBLOCK', 'DEPRECATED_VERSION', 'UNPAIRED'] as const) {
    await phone.setState(state)
    expect(await library.client.getState()).toBe(state as never)
  }
})

test('a passkey asked for after the scan: a prompt in the page, then the link', async () => {
  const phone = server.whatsapp.phone('491500000024')
  await phone.set({ passkey: true })
  await using library = await startLibrary(server.chromeFlags, profiles.dir, 'passkey')
  const [qr] = (await library.heard('qr')) as [string]
  const scanning = phone.scan(qr)
  await server.whatsapp.waitForPage({ passkeyAsked: true })
  expect(
    await library.client.pupPage!.evaluate('document.querySelector("[role=dialog] h1").textContent'),
  ).toMatch(/passkey/)
  expect(await phone.devices()).toEqual([])
  await phone.answerPasskey(true)
  await scanning
  await library.heard('ready')
})

test('"What\'s new": dismissed it is gone, left standing it logs out', async () => {
  const phone = server.whatsapp.phone('491500000025')
  await phone.set({ whatsNew: true })
  await using library = await linkLibrary(server, phone, profiles.dir, 'news')
  await library.client.pupPage!.waitForSelector('[role=dialog] button')
  await library.client.pupPage!.click('[role=dialog] button')
  await phone.waitForHappening('dismissed')
  expect((await phone.settings()).whatsNew).toBe(false)

  await phone.set({ whatsNew: true, whatsNewPatienceMs: 300 })
  await phone.reload()
  await library.heard('disconnected', (reason: string) => reason === 'LOGOUT')
  await phone.waitForUnlinked()
  // The library injects itself once more after a logout; let it finish before the browser goes.
  await phone.set({ whatsNew: false })
  const page = await server.whatsapp.waitForPage({ state: 'UNPAIRED' })
  await phone.scan(page.qr!)
  await library.heardTimes('ready', 3)
})

describe('deaths', () => {
  test('dying between the wire and the storage: each order leaves the message in one of the two', async () => {
    const phone = server.whatsapp.phone('491500000026')
    for (const reached of ['wire', 'storage'] as const) {
      const text = `reached the ${reached}`
      const profile = `dying-${reached}`
      const library = await linkLibrary(server, phone, profiles.dir, profile)
      const chat = await chatWith(library)
      await phone.dieInNextSend({ reached })
      library.client.sendMessage(chat, text).catch(() => {})
      await library.pageDied
      expect(await server.whatsapp.wire({ text })).toHaveLength(reached === 'wire' ? 1 : 0)
      await library.close()

      await using again = await startLibrary(server.chromeFlags, profiles.dir, profile)
      await again.heard('ready')
      const found = await again.client.pupPage!.evaluate(
        `new Promise((resolve, reject) => {
          const open = indexedDB.open('model-storage')
          open.onsuccess = () => {
            const all = open.result.transaction('message').objectStore('message').getAll()
            all.onsuccess = () => resolve(all.result.map((record) => record.message.body))
          }
        })`,
      )
      expect(found).toEqual(reached === 'storage' ? [text] : [])
      // What is stored at ack 0 goes out by itself after the restart.
      await server.whatsapp.waitForWire({ text, arrivals: 1 })
      await phone.logoutDevices()
    }
  })

  test('a crashed tab, a frozen page, a killed browser; the profile comes back', async () => {
    const phone = server.whatsapp.phone('491500000027')
    const library = await linkLibrary(server, phone, profiles.dir, 'deaths')
    await phone.crash()
    await library.pageDied
    expect(library.client.pupBrowser!.connected).toBe(true)
    await library.close()

    const second = await startLibrary(server.chromeFlags, profiles.dir, 'deaths')
    await second.heard('ready')
    await phone.freeze()
    const answer = second.client.getState().then(
      () => 'answered',
      () => 'lost',
    )
    const gone = Promise.withResolvers<void>()
    second.client.pupBrowser!.once('disconnected', () => gone.resolve())
    await phone.killBrowser()
    await gone.promise
    expect(await answer).toBe('lost')

    await using third = await startLibrary(server.chromeFlags, profiles.dir, 'deaths')
    await third.heard('ready')
    await phone.freezeBrowser()
    const state = third.client.getState()
    await phone.thawBrowser()
    expect(await state).toBe('CONNECTED' as never)
  })
})
