// Files: 16 MB from the request to WhatsApp's wire, and what memory does over a hundred. Linux for the memory.
import { startWhatsApp } from '../whatsapp/server.ts'
import { type Figure, median, ms } from './figure.ts'
import { linkAccount } from './link.ts'
import { openLive } from './live.ts'
import { settled } from './memory.ts'
import { must, openStage, openUndo, type Stage } from './stage.ts'

const BYTES = 16 * 1_048_576
const REACH_MS = 3_000
const WARM_UP = 20
const MANY = 100
/** What a hundred may leave behind in all, after the first ones. */
const REACH_MB = 64

/** `rounds`: how often 16 MB are timed. */
export async function measureFiles(rounds: number): Promise<Figure[]> {
  await using undo = openUndo()
  const server = await startWhatsApp()
  undo.defer(server.stop)
  const { whatsapp } = server
  // What a page has not yet bothered to free is no growth: it is asked to before each look.
  const chromeFlags = `${server.chromeFlags} --js-flags=--expose-gc`
  const stage = await openStage(undo, { env: { CHROME_FLAGS: chromeFlags } })
  const live = await openLive(undo, stage)
  const { phone } = await linkAccount(stage, live, whatsapp, '491500000001')
  const look = async () => {
    await phone.collectGarbage()
    return settled(stage.product.child.pid)
  }

  const timesMs: number[] = []
  for (let n = 0; n <= rounds; n++) {
    const startedAt = performance.now()
    const id = await upload(stage, crypto.getRandomValues(new Uint8Array(65_536)), `round ${n}`)
    await whatsapp.waitForWire({ text: `round ${n}` }, 60_000)
    // The first one pays for the number's look-up.
    if (n > 0) timesMs.push(performance.now() - startedAt)
    await must(stage, 'DELETE', `/api/files/${id}`)
  }
  const figures: Figure[] = [
    {
      what: '16 MB, request → on the wire',
      value: ms(median(timesMs)),
      reach: `≤ ${ms(REACH_MS)}`,
      met: median(timesMs) <= REACH_MS,
    },
  ]
  if (process.platform !== 'linux') return figures

  // One file, sent again and again: the stand-in keeps bytes once, and it is our memory that is measured.
  const same = await upload(stage, new Uint8Array(65_536).fill(7), 'same')
  for (let n = 0; n < WARM_UP; n++) await sendAgain(stage, same)
  await whatsapp.waitForWire({ text: await sendAgain(stage, same) }, 60_000)
  const before = await look()
  const startedAt = performance.now()
  for (let n = 0; n < MANY; n++) {
    const text = await sendAgain(stage, same)
    if (n % 10 === 9) await whatsapp.waitForWire({ text }, 60_000)
  }
  const tookS = (performance.now() - startedAt) / 1000
  const after = await look()
  const grown = after.total - before.total
  const parts = (['BotWave', 'Chromium'] as const).map(
    (kind) => `${kind} ${Math.round(before.byKind[kind])} → ${Math.round(after.byKind[kind])}`,
  )
  figures.push({
    what: `${MANY} files of 16 MB in a row, one account`,
    value: `${((MANY * BYTES) / 1e6 / tookS).toFixed(0)} MB/s, ${(MANY / tookS).toFixed(1)} files/s`,
  })
  figures.push({
    what: `memory over ${MANY} files of 16 MB (PSS)`,
    value: `${grown < 0 ? '−' : '+'}${Math.abs(Math.round(grown))} MB, ${(grown / MANY).toFixed(2)} MB a file (${parts.join(', ')})`,
    reach: `≤ +${REACH_MB} MB`,
    met: grown <= REACH_MB,
  })
  return figures
}

/** 16 MB that begin with `pattern` again and again; answers the file's id. */
async function upload(stage: Stage, pattern: Uint8Array<ArrayBuffer>, message: string): Promise<string> {
  const parts = Array.from({ length: BYTES / pattern.length }, () => pattern)
  const form = new FormData()
  form.set('number', '+491511000000')
  form.set('message', message)
  form.set('as', 'document')
  form.set('file', new File(parts, 'sixteen.bin', { type: 'application/pdf' }))
  const response = await fetch(`${stage.url}/api/messages/send`, {
    method: 'POST',
    body: form,
    headers: { authorization: `Bearer ${stage.token}` },
  })
  const { id } = (await response.json()) as { id: string }
  if (response.status !== 202) throw new Error(`an upload was refused: ${response.status}`)
  return (await must(stage, 'GET', `/api/messages/${id}`)).file.id
}

let count = 0

/** Answers the words under it. */
async function sendAgain(stage: Stage, fileId: string): Promise<string> {
  const message = `again ${++count}`
  await must(stage, 'POST', '/api/messages/send', {
    number: '+491511000000',
    message,
    file_id: fileId,
    as: 'document',
  })
  return message
}
