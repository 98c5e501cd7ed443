// Recovering: from the death of a page, a browser or a Worker to ready again.
import { join } from 'node:path'
import type { Phone } from '../whatsapp/phone.ts'
import { startWhatsApp } from '../whatsapp/server.ts'
import { type Figure, median, quantile, spread } from './figure.ts'
import { linkAccount } from './link.ts'
import { isState, openLive } from './live.ts'
import { must, openStage, openUndo } from './stage.ts'

/** An account that is restarted more than thirty times within an hour is made to wait: another one takes its place before. */
const DEATHS_AN_ACCOUNT = 25
const REACH_MS = { p50: 10_000, p99: 30_000 }

export async function measureRecovery(rounds: number): Promise<Figure[]> {
  await using undo = openUndo()
  const server = await startWhatsApp()
  undo.defer(server.stop)
  const stage = await openStage(undo, {
    env: { CHROME_FLAGS: server.chromeFlags },
    command: [process.execPath, join(import.meta.dir, 'breakable-product.ts')],
  })
  const live = await openLive(undo, stage)
  const ways: [string, (phone: Phone) => unknown][] = [
    ['page killed', (phone) => phone.crash()],
    ['browser killed', (phone) => phone.killBrowser()],
    ['Worker died', () => stage.product.child.kill('SIGUSR2')],
  ]
  let last = 491500000400
  let died = 0
  let { accountId, phone } = await linkAccount(stage, live, server.whatsapp, String(last))
  const figures: Figure[] = []
  for (const [what, kill] of ways) {
    const tookMs: number[] = []
    for (let n = 0; n < rounds; n++) {
      if (died++ === DEATHS_AN_ACCOUNT) {
        died = 1
        await must(stage, 'DELETE', `/api/accounts/${accountId}`)
        ;({ accountId, phone } = await linkAccount(stage, live, server.whatsapp, String(++last)))
      }
      await phone.waitForSynced()
      const from = live.mark()
      const killedAt = performance.now()
      await kill(phone)
      const ready = await live.heard(isState(accountId, 'ready'), from)
      tookMs.push(ready.atMs - killedAt)
    }
    figures.push({
      what: `${what} → ready again, p50 / p99 of ${rounds}`,
      value: spread(tookMs),
      reach: 'p50 ≤ 10 s, p99 ≤ 30 s',
      met: median(tookMs) <= REACH_MS.p50 && quantile(tookMs, 0.99) <= REACH_MS.p99,
    })
  }
  return figures
}
