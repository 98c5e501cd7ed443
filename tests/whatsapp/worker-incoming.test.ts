// What others write while an account is away, and who wrote it: through the real library in a real Chromium.

import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import type { IncomingMessage } from '../../workers/protocol.ts'
import { type AccountWorker, type Desk, openDesk } from '../support/worker.ts'
import type { Phone } from './phone.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'

setDefaultTimeout(90_000)
const ANN = '491511111111'
const BO = '491522222222'

let server: WhatsApp
let desk: Desk
beforeAll(async () => {
  server = await startWhatsApp()
  desk = await openDesk(server.chromeFlags)
})
afterAll(async () => {
  const [unknown, troubles] = [await server.whatsapp.unknownModules(), await server.whatsapp.troubles()]
  await desk[Symbol.asyncDispose]()
  await server.stop()
  expect([unknown, troubles]).toEqual([[], []])
})

async function linked(profile: string, phone: Phone): Promise<AccountWorker> {
  const worker = desk.open(profile)
  await worker.start()
  await phone.scan((await worker.heard('qr')).text)
  await worker.heard('ready')
  return worker
}

/** The same account once more, as after a restart of the program: nothing of the run before is known. */
async function again(profile: string, run: number, before: AccountWorker): Promise<AccountWorker> {
  await before.ask('stop', {})
  await before.ended()
  const worker = desk.open(profile, { generation: 1, run })
  await worker.start({ linked: true })
  await worker.heard('ready')
  return worker
}

const textsOf = (worker: AccountWorker) => worker.all('incoming').map(({ text }) => text)
const heard = (worker: AccountWorker, text: string) => worker.heard('incoming', (one) => one.text === text)

test('what came while nobody was there is told once at ready, and what nobody has read once more under its id', async () => {
  const phone = server.whatsapp.phone('491604000001')
  const first = await linked('away', phone)
  const group = await phone.addGroup('Friends', [ANN, BO])
  await phone.deliver({ from: ANN, text: 'before' })
  const before = await heard(first, 'before')
  expect(before.caughtUp).toBe(false)
  await first.ask('stop', {})
  await first.ended()

  await phone.deliver({ from: ANN, text: 'away 1', name: 'Ann' })
  await phone.deliver({ from: ANN, text: 'away 2' })
  await phone.deliver({ from: BO, text: 'away 3', group: group.id })
  const second = desk.open('away', { generation: 1, run: 2 })
  await second.start({ linked: true })
  await heard(second, 'away 3')
  // The page says again and again that it has synced.
  await phone.resync(3)
  await phone.deliver({ from: BO, text: 'after' })
  await heard(second, 'after')
  expect(textsOf(second).toSorted()).toEqual(['after', 'away 1', 'away 2', 'away 3', 'before'])
  const byText = new Map(second.all('incoming').map((one) => [one.text, one]))
  // Whoever was killed before it was written down gets it again; whoever has it knows it by its id.
  expect(byText.get('before')).toMatchObject({ whatsappId: before.whatsappId, caughtUp: true })
  for (const text of ['away 1', 'away 2', 'away 3']) expect(byText.get(text)?.caughtUp).toBe(true)
  expect(byText.get('after')?.caughtUp).toBe(false)
  expect(byText.get('away 3')).toMatchObject({ chatId: group.id, fromNumber: BO })
  expect(second.all('ready')).toHaveLength(1)

  // What was seen does not come again.
  for (const { chatId } of [before, byText.get('away 3')!, byText.get('after')!]) {
    expect(await second.ask('seen', { chatId })).toEqual({ done: true })
  }
  const third = await again('away', 3, second)
  await phone.deliver({ from: ANN, text: 'the last' })
  await heard(third, 'the last')
  expect(textsOf(third)).toEqual(['the last'])
})

test('more of a chat than the page has in memory', async () => {
  const phone = server.whatsapp.phone('491604000002')
  const first = await linked('many', phone)
  const texts = Array.from({ length: 120 }, (_, n) => `Nr. ${n}`)
  for (const text of texts) await phone.deliver({ from: ANN, text })
  await heard(first, texts.at(-1)!)
  const second = await again('many', 2, first)
  await phone.deliver({ from: BO, text: 'the end' })
  await heard(second, 'the end')
  await Promise.all(texts.map((text) => heard(second, text)))
  expect(new Set(textsOf(second))).toEqual(new Set([...texts, 'the end']))
  expect(textsOf(second)).toHaveLength(texts.length + 1)
})

test('what waited unread before the account was linked is history, and not looked for', async () => {
  const phone = server.whatsapp.phone('491604000006')
  const first = await linked('history', phone)
  for (const text of ['old 1', 'old 2', 'old 3']) await phone.deliver({ from: ANN, text })
  await heard(first, 'old 3')
  await first.ask('stop', {})
  await first.ended()
  const second = desk.open('history', { generation: 1, run: 2 })
  // As if it had been linked long after those came.
  await second.start({ linked: true, linkedAtMs: Date.now() + 3_600_000 })
  await second.heard('ready')
  await phone.deliver({ from: BO, text: 'new' })
  await heard(second, 'new')
  // Once more, so that what the first look found has been told by now.
  const from = second.signals.length
  await phone.reload()
  await second.heard('ready', undefined, from)
  await phone.deliver({ from: BO, text: 'newer' })
  await heard(second, 'newer')
  expect(textsOf(second).toSorted()).toEqual(['new', 'newer'])
})

test('one that this build writes otherwise is told all the same, and holds back no other', async () => {
  const phone = server.whatsapp.phone('491604000003')
  const first = await linked('odd', phone)
  await phone.deliver({ from: ANN, text: 'odd', extra: { mentionedJidList: 5 } })
  expect(await heard(first, 'odd')).toMatchObject({ kind: 'text', content: {}, fromNumber: ANN })
  await first.ask('stop', {})
  await first.ended()
  await phone.deliver({ from: ANN, text: 'odd, away', extra: { mentionedJidList: 5 } })
  await phone.deliver({ from: ANN, text: 'even, away' })
  const second = desk.open('odd', { generation: 1, run: 2 })
  await second.start({ linked: true })
  await Promise.all(['odd, away', 'even, away'].map((text) => heard(second, text)))
})

test('who wrote it: number and LID where WhatsApp Web knows them, null where it does not', async () => {
  const phone = server.whatsapp.phone('491604000004')
  await server.whatsapp.number(BO, { hidesNumber: true, name: 'Bo' })
  const worker = await linked('who', phone)
  const group = await phone.addGroup('Strangers', [ANN, BO])
  await phone.deliver({ from: ANN, text: 'both known', group: group.id })
  await phone.deliver({ from: BO, text: 'by LID only', group: group.id })
  await phone.deliver({ from: BO, text: 'alone, by LID only' })
  const who = ({ chatId, authorId, fromNumber, fromLid }: IncomingMessage) => ({
    chatId,
    authorId,
    fromNumber,
    fromLid,
  })
  const both = who(await heard(worker, 'both known'))
  expect(both).toMatchObject({
    chatId: group.id,
    fromNumber: ANN,
    fromLid: expect.stringMatching(/^\d+@lid$/),
  })
  const hidden = await heard(worker, 'by LID only')
  const { authorId } = hidden
  expect(authorId).toMatch(/^\d+@lid$/)
  expect(who(hidden)).toEqual({ chatId: group.id, authorId, fromNumber: null, fromLid: authorId })
  expect(hidden.fromName).toBe('Bo')
  expect(who(await heard(worker, 'alone, by LID only'))).toEqual({
    chatId: authorId,
    authorId,
    fromNumber: null,
    fromLid: authorId,
  })
})

test('a build that knows people by number, and somebody without a LID', async () => {
  const old = await startWhatsApp({ settings: { build: { addressing: 'pn', lidLookup: 'asks' } } })
  await using oldDesk = await openDesk(old.chromeFlags)
  try {
    const phone = old.whatsapp.phone('491604000005')
    const worker = oldDesk.open('old')
    await worker.start()
    await phone.scan((await worker.heard('qr')).text)
    await worker.heard('ready')
    await old.whatsapp.number(BO, { hasLid: false })
    const group = await phone.addGroup('Everybody', [ANN, BO])
    await phone.deliver({ from: BO, text: 'no LID', group: group.id })
    const heardIn = await heard(worker, 'no LID')
    expect(heardIn).toMatchObject({ chatId: group.id, fromNumber: BO, fromLid: null })
    await phone.deliver({ from: ANN, text: 'by number' })
    expect(await heard(worker, 'by number')).toMatchObject({ chatId: `${ANN}@c.us`, fromNumber: ANN })
  } finally {
    await old.stop()
  }
})
