// Handing over: from accepted to on WhatsApp's wire, and how many a second, beside the bare library on the same page.
import type { WhatsAppVerbs } from '../whatsapp/phone.ts'
import { startWhatsApp } from '../whatsapp/server.ts'
import { openBare } from './bare.ts'
import { type Database, type Figure, median, ms, percent, perSecond, spread } from './figure.ts'
import { linkAccount } from './link.ts'
import { isStatus, type Live, openLive } from './live.ts'
import { must, openStage, openUndo, type Stage } from './stage.ts'

const NUMBERS = Array.from({ length: 20 }, (_, n) => String(491511000000 + n))
const SINGLE = 200
const ROW = 400

export async function measureHandovers(database: Database): Promise<Figure[]> {
  await using undo = openUndo()
  const server = await startWhatsApp()
  undo.defer(server.stop)
  const { whatsapp } = server
  const stage = await openStage(undo, { database, env: { CHROME_FLAGS: server.chromeFlags } })
  const live = await openLive(undo, stage)
  await linkAccount(stage, live, whatsapp, '491500000001')
  const library = openBare(undo, 'library', server)
  await library.link('491500000002')
  const worker = openBare(undo, 'worker', server)
  await worker.link('491500000003')

  // Every recipient is known and every path was taken before anything counts.
  await sendSingles(stage, live, whatsapp, NUMBERS.length, 'first')
  await library.send(NUMBERS, 'first', NUMBERS.length)
  await worker.send(NUMBERS, 'first', NUMBERS.length)

  const singles = await sendSingles(stage, live, whatsapp, SINGLE, 'single')
  const callsMs = await library.send(NUMBERS, 'single', SINGLE)
  const allowedMs = median(callsMs) + 10

  const rate = await sendRow(stage, whatsapp, ROW)
  const bareRate = rateOf(await library.send(NUMBERS, 'row', ROW))
  const rowlessRate = rateOf(await worker.send(NUMBERS, 'row', ROW))

  return [
    {
      what: 'accepted → on the wire, p50 / p99',
      database,
      value: spread(singles.fromAnswerMs),
      beside: `${spread(callsMs)} (sendMessage)`,
      reach: `p50 ≤ ${ms(allowedMs)}`,
      met: median(singles.fromAnswerMs) <= allowedMs,
    },
    { what: 'request → on the wire, p50 / p99', database, value: spread(singles.fromRequestMs) },
    {
      what: 'hand-overs of one account, pacing off',
      database,
      value: perSecond(rate),
      beside: `${perSecond(bareRate)} (sendMessage)`,
    },
    {
      what: 'the same beside the Worker without intent rows',
      database,
      value: percent(rate / rowlessRate),
      beside: perSecond(rowlessRate),
    },
  ]
}

/** One message at a time, the next when the last is settled. */
async function sendSingles(
  stage: Stage,
  live: Live,
  whatsapp: WhatsAppVerbs,
  count: number,
  text: string,
): Promise<{ fromAnswerMs: number[]; fromRequestMs: number[] }> {
  const [fromAnswerMs, fromRequestMs]: [number[], number[]] = [[], []]
  for (let n = 0; n < count; n++) {
    const message = `${text} ${n} of the product`
    const from = live.mark()
    const arrived = whatsapp.waitForWire({ text: message }).then(() => performance.now())
    const requestAt = performance.now()
    const { id } = await send(stage, n, message)
    const answerAt = performance.now()
    const wireAt = await arrived
    fromRequestMs.push(wireAt - requestAt)
    // It may be on the wire before we have read the answer.
    fromAnswerMs.push(Math.max(0, wireAt - answerAt))
    await live.heard(isStatus(id, 'sent', 'delivered'), from)
  }
  return { fromAnswerMs, fromRequestMs }
}

/** Messages a second reaching the wire once all are accepted. */
async function sendRow(stage: Stage, whatsapp: WhatsAppVerbs, count: number): Promise<number> {
  const sent: Promise<unknown>[] = []
  for (let n = 0; n < count; n++) {
    sent.push(send(stage, n, `row ${n} of the product`))
    if (sent.length % 16 === 0) await Promise.all(sent)
  }
  await Promise.all(sent)
  const acceptedAt = Date.now()
  const lastText = 'the last of the product'
  await send(stage, count, lastText)
  const last = await whatsapp.waitForWire({ text: lastText }, 60_000)
  const after = (await whatsapp.wire({ from: last.from })).filter(({ at }) => Date.parse(at) > acceptedAt)
  return after.length / ((Date.parse(last.at) - acceptedAt) / 1000)
}

function send({ program }: Stage, n: number, message: string) {
  const number = `+${NUMBERS[n % NUMBERS.length]}`
  return must(program, 'POST', '/api/messages/send', { number, message })
}

function rateOf(callsMs: number[]): number {
  return callsMs.length / (callsMs.reduce((sum, call) => sum + call, 0) / 1000)
}
