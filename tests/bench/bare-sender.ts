// Sends without the product, told by its parent: by the bare library, or by the product's Worker with no table behind it.
//
// `bun bare-sender.ts library|worker CHROME_FLAGS`; orders and reports go over the channel between the processes.
import { openDesk } from '../support/worker.ts'
import { makeProfiles, startLibrary } from '../whatsapp/library.ts'

export type Order =
  | { do: 'open'; profile: string }
  /** One after the other, each as soon as the last one returned. */
  | { do: 'send'; numbers: string[]; text: string; count: number }
  | { do: 'close' }

export type Report =
  | { did: 'qr'; qr: string; ms: number }
  | { did: 'ready' }
  | { did: 'sent'; callsMs: number[] }
  | { did: 'closed' }

interface Sender {
  /** Milliseconds from the beginning of the start to the first QR. */
  qr: Promise<{ qr: string; ms: number }>
  ready: Promise<unknown>
  /** So that the first real message finds its chat. */
  know(number: string): Promise<unknown>
  send(number: string, text: string): Promise<unknown>
  close(): Promise<unknown>
}

const [kind, chromeFlags = ''] = process.argv.slice(2)
const open = kind === 'library' ? await openLibraries() : await openWorkers()

async function openLibraries(): Promise<(profile: string) => Promise<Sender>> {
  const { dir } = await makeProfiles()
  return async (profile) => {
    const library = await startLibrary(chromeFlags, dir, profile)
    // `initialize` was called just now.
    const startedAt = performance.now()
    const { client } = library
    return {
      qr: library.heard('qr').then(([qr]) => ({ qr: qr as string, ms: performance.now() - startedAt })),
      ready: library.heard('ready'),
      know: (number) => client.getNumberId(number),
      send: (number, text) => client.sendMessage(`${number}@c.us`, text),
      close: library.close,
    }
  }
}

async function openWorkers(): Promise<(profile: string) => Promise<Sender>> {
  const desk = await openDesk(chromeFlags, { isHosted: false })
  return async (profile) => {
    const worker = desk.open(profile)
    const startedAt = performance.now()
    await worker.start()
    return {
      qr: worker.heard('qr').then(({ text }) => ({ qr: text, ms: performance.now() - startedAt })),
      ready: worker.heard('ready'),
      know: (number) => worker.send(`${number}@c.us`, 'Hello'),
      send: async (number, text) => {
        const { outcome } = await worker.send(`${number}@c.us`, text)
        if (outcome !== 'handed') throw new Error(`a send came to ${outcome}`)
      },
      close: () => worker.finish(),
    }
  }
}

let sender: Sender | null = null

async function obey(order: Order): Promise<void> {
  if (order.do === 'open') {
    sender = await open(order.profile)
    report({ did: 'qr', ...(await sender.qr) })
    await sender.ready
    return report({ did: 'ready' })
  }
  if (order.do === 'close') {
    await sender?.close()
    return report({ did: 'closed' })
  }
  if (!sender) throw new Error('nothing is open')
  for (const number of order.numbers) await sender.know(number)
  const callsMs: number[] = []
  for (let n = 0; n < order.count; n++) {
    const startedAt = performance.now()
    await sender.send(order.numbers[n % order.numbers.length]!, `${order.text} ${n}`)
    callsMs.push(performance.now() - startedAt)
  }
  report({ did: 'sent', callsMs })
}

function report(message: Report): void {
  process.send?.(message)
}

process.on('message', (order: Order) => {
  obey(order).catch((error) => {
    console.error(error)
    process.exit(1)
  })
})
process.on('disconnect', () => process.exit(0))
