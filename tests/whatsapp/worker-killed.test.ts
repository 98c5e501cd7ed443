// Whatever kills the server, its browsers go with it, and the link survives.

import { expect, test } from 'bun:test'
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { listBrowsersOf } from '../../workers/browser-left.ts'
import { openDesk } from '../support/worker.ts'
import { startWhatsApp } from './server.ts'

const GONE_LIMIT_MS = 5_000

/** Says its profile folder and its QR, one line each, then that it is ready. */
const SERVER = `
import { openDesk } from ${JSON.stringify(new URL('../support/worker.ts', import.meta.url).pathname)}
const desk = await openDesk(process.env.FLAGS, { isHosted: false })
const worker = desk.open('killed')
await worker.start()
console.log(worker.options.profileDir)
console.log((await worker.heard('qr')).text)
await worker.heard('ready')
console.log('ready')
setInterval(() => {}, 1_000)
`

test('SIGKILL of the process leaves no browser', async () => {
  await using server = await startWhatsApp()
  await using desk = await openDesk(server.chromeFlags)
  const child = Bun.spawn([process.execPath, '-e', SERVER], {
    env: { ...process.env, FLAGS: server.chromeFlags },
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const lines = readLines(child.stdout)
  const profileDir = await lines.next()
  try {
    await server.whatsapp.phone('491604000001').scan(await lines.next())
    expect(await lines.next()).toBe('ready')
    expect(await listBrowsersOf(profileDir)).not.toEqual([])

    child.kill('SIGKILL')
    await child.exited
    const deadline = Date.now() + GONE_LIMIT_MS
    while ((await listBrowsersOf(profileDir)).length > 0 && Date.now() < deadline) await Bun.sleep(10)
    expect(await listBrowsersOf(profileDir)).toEqual([])

    const worker = desk.open('after')
    await worker.start({ profileDir, linked: true })
    expect(await worker.heard('ready')).toMatchObject({ phone: '491604000001' })
    await worker.finish()
  } finally {
    child.kill('SIGKILL')
    // What it would have cleaned away itself.
    await rm(dirname(dirname(profileDir)), { recursive: true, force: true, maxRetries: 5 })
  }
}, 120_000)

function readLines(stream: ReadableStream<Uint8Array>): { next(): Promise<string> } {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let held = ''
  return {
    async next() {
      for (;;) {
        const end = held.indexOf('\n')
        if (end >= 0) {
          const line = held.slice(0, end)
          held = held.slice(end + 1)
          return line
        }
        const { value, done } = await reader.read()
        if (done) throw new Error('the process said no more')
        held += decoder.decode(value, { stream: true })
      }
    },
  }
}
