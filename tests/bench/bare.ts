// The process that sends without the product, as its parent sees it.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { WhatsApp } from '../whatsapp/server.ts'
import type { Order, Report } from './bare-sender.ts'
import { chromePath, openFolder } from './stage.ts'

export interface Bare {
  /** Starts on a fresh profile, and links it; milliseconds to the QR, and from the scan to ready. */
  link(number: string): Promise<{ qrMs: number; readyMs: number }>
  /** To each of these in turn, one after the other; how long each call took. */
  send(numbers: string[], text: string, count: number): Promise<number[]>
  close(): Promise<void>
}

/** It and all it leaves behind go with `undo`. */
export function openBare(undo: AsyncDisposableStack, kind: 'library' | 'worker', server: WhatsApp): Bare {
  const folder = openFolder(undo)
  const temporary = join(folder, 'tmp')
  mkdirSync(temporary)
  let wake = Promise.withResolvers<void>()
  const reports: Report[] = []
  const child = Bun.spawn(
    [process.execPath, join(import.meta.dir, 'bare-sender.ts'), kind, server.chromeFlags],
    {
      env: { PATH: process.env.PATH, HOME: folder, TMPDIR: temporary, CHROME_PATH: chromePath },
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'inherit',
      ipc: (report: Report) => {
        reports.push(report)
        wake.resolve()
      },
    },
  )
  undo.defer(async () => {
    child.kill('SIGKILL')
    await child.exited
  })

  /** Reports come in the order of what was asked, so each is taken once. */
  async function told<D extends Report['did']>(did: D): Promise<Extract<Report, { did: D }>> {
    for (;;) {
      const at = reports.findIndex((report) => report.did === did)
      if (at >= 0) return reports.splice(at, 1)[0] as Extract<Report, { did: D }>
      wake = Promise.withResolvers()
      const over = await Promise.race([wake.promise, child.exited])
      if (over !== undefined) throw new Error(`the bare ${kind} ended with ${over}`)
    }
  }
  const order = (order: Order) => child.send(order)
  let opened = 0

  return {
    async link(number) {
      order({ do: 'open', profile: `profile-${++opened}` })
      const { qr, ms: qrMs } = await told('qr')
      const scannedAt = performance.now()
      await server.whatsapp.phone(number).scan(qr)
      await told('ready')
      return { qrMs, readyMs: performance.now() - scannedAt }
    },
    async send(numbers, text, count) {
      order({ do: 'send', numbers, text, count })
      return (await told('sent')).callsMs
    },
    async close() {
      order({ do: 'close' })
      await told('closed')
    },
  }
}
