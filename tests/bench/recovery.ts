// Recovering: from the death of a page, a browser or a Worker to ready again.
import { join } from 'node:path'
import type { Phone } from '../whatsapp/phone.ts'
import { startWhatsApp } from '../whatsapp/server.ts'
import { type Figure, median, ms } from './figure.ts'
import { linkAccount } from './link.ts'
import { isState, openLive } from './live.ts'
import { openStage, openUndo } from './stage.ts'

export async function measureRecovery(rounds: number): Promise<Figure[]> {
  await using undo = openUndo()
  const server = await startWhatsApp()
  undo.defer(server.stop)
  const stage = await openStage(undo, {
    env: { CHROME_FLAGS: server.chromeFlags },
    command: [process.execPath, join(import.meta.dir, 'breakable-product.ts')],
  })
  const live = await openLive(undo, stage)
  const { accountId, phone } = await linkAccount(stage, live, server.whatsapp, '491500000400')

  const ways: [string, (phone: Phone) => unknown][] = [
    ['page killed', (phone) => phone.crash()],
    ['browser killed', (phone) => phone.killBrowser()],
    ['Worker died', () => stage.product.child.kill('SIGUSR2')],
  ]
  const figures: Figure[] = []
  for (const [what, kill] of ways) {
    const tookMs: number[] = []
    for (let n = 0; n < rounds; n++) {
      await phone.waitForSynced()
      const from = live.mark()
      const killedAt = performance.now()
      await kill(phone)
      const ready = await live.heard(isState(accountId, 'ready'), from)
      tookMs.push(ready.atMs - killedAt)
    }
    figures.push({
      what: `${what} → ready again, median and worst of ${rounds}`,
      value: `${ms(median(tookMs))}, ${ms(Math.max(...tookMs))}`,
    })
  }
  return figures
}
