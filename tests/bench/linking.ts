// Linking: from asking to the QR, and from the scan to ready, beside the bare library on fresh profiles.
import { startWhatsApp } from '../whatsapp/server.ts'
import { openBare } from './bare.ts'
import { type Figure, median, ms } from './figure.ts'
import { linkAccount } from './link.ts'
import { openLive } from './live.ts'
import { must, openStage, openUndo } from './stage.ts'

export async function measureLinking(rounds: number): Promise<Figure[]> {
  await using undo = openUndo()
  const server = await startWhatsApp()
  undo.defer(server.stop)
  const stage = await openStage(undo, { env: { CHROME_FLAGS: server.chromeFlags } })
  const live = await openLive(undo, stage)
  const library = openBare(undo, 'library', server)

  const [own, bare]: { qrMs: number; readyMs: number }[][] = [[], []]
  // One more than asked for: the first start of a browser reads it from the disk, and does not count.
  for (let n = 0; n <= rounds; n++) {
    const linked = await linkAccount(stage, live, server.whatsapp, String(491500000100 + n))
    await must(stage, 'DELETE', `/api/accounts/${linked.accountId}/connection?logout=false`)
    own!.push(linked)
    bare!.push(await library.link(String(491500000200 + n)))
    await library.close()
  }
  const middle = (all: typeof own, pick: 'qrMs' | 'readyMs') =>
    ms(median(all!.slice(1).map((linked) => linked[pick])))
  return [
    {
      what: `initialize → QR, median of ${rounds}`,
      value: middle(own, 'qrMs'),
      beside: `${middle(bare, 'qrMs')} (library)`,
    },
    {
      what: `scan → ready, median of ${rounds}`,
      value: middle(own, 'readyMs'),
      beside: `${middle(bare, 'readyMs')} (library)`,
    },
  ]
}
