// Links an account whose Worker then breaks, starts it once more, and prints what was heard. In a process of its own:
// inside `bun test` what nobody catches in a Worker never reaches the Worker's own handlers.
import { listBrowsersOf } from '../../workers/browser-left.ts'
import type { Signals } from '../../workers/protocol.ts'
import type { Break } from '../support/breakable-worker.ts'
import { openDesk } from '../support/worker.ts'
import { startWhatsApp } from './server.ts'

export interface BreakReport {
  /** How the run ended; null when its Worker went without a word. */
  ended: Signals['ended'] | null
  /** Browser processes of the profile five seconds after the Worker was gone, at the latest. */
  left: number
  /** QR codes that the next run of the same profile showed before it was ready. */
  codes: number
}

const NUMBER = '491602900001'
const ENTRY = new URL('../support/breakable-worker.ts', import.meta.url)

async function report(how: Break): Promise<BreakReport> {
  await using server = await startWhatsApp()
  await using desk = await openDesk(server.chromeFlags, { entry: ENTRY, isHosted: false })
  const worker = desk.open(NUMBER, { generation: 1, run: 1 })
  await worker.start()
  await server.whatsapp.phone(NUMBER).scan((await worker.heard('qr')).text)
  await worker.heard('ready')
  worker.post({ breakDown: how })
  await worker.closed()
  const left = await untilGone(worker.options.profileDir)
  const next = desk.open(NUMBER, { generation: 1, run: 2 })
  await next.start({ linked: true })
  await next.heard('ready')
  const codes = next.all('qr').length
  await next.ask('stop', {})
  await next.ended()
  return { ended: worker.all('ended')[0] ?? null, left, codes }
}

/** A browser whose pipe has closed needs a moment to go. */
async function untilGone(profileDir: string): Promise<number> {
  const deadline = Date.now() + 5_000
  for (;;) {
    const left = (await listBrowsersOf(profileDir)).length
    if (left === 0 || Date.now() > deadline) return left
    await Bun.sleep(20)
  }
}

console.log(JSON.stringify(await report(process.argv[2] as Break)))
process.exit(0)
