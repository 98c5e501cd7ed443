// The stand-in as a process of its own: it keeps everything over its own end, and a linked page comes back to it.
import { expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { linkLibrary, makeProfiles } from './library.ts'
import { connectWhatsApp } from './phone.ts'
import type { Address } from './server.ts'

setDefaultTimeout(90_000)

async function startProcess(dir: string) {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'server.ts'), '--dir', dir], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  // The one line it prints is the signal that its address is written.
  await child.stdout.getReader().read()
  const address = (await Bun.file(join(dir, 'address.json')).json()) as Address
  const remote = await connectWhatsApp(address.controlUrl)
  return {
    ...address,
    whatsapp: remote.whatsapp,
    async end() {
      remote.close()
      child.kill('SIGTERM')
      await child.exited
    },
  }
}

test('ended and started again in the same folder it is the same WhatsApp', async () => {
  const profiles = await makeProfiles()
  const dir = join(profiles.dir, 'state')
  const first = await startProcess(dir)
  const library = await linkLibrary(first, first.whatsapp.phone('491500000041'), profiles.dir, 'process')
  try {
    const chat = (await library.client.getNumberId('491511111111'))!._serialized
    const early = await library.client.sendMessage(chat, 'before the end')
    await first.whatsapp.waitForWire({ id: early.id.id, ack: 2 })
    await first.end()
    await library.heard('change_state', (state: string) => state === 'TIMEOUT')
    const late = await library.client.sendMessage(chat, 'while it was gone')

    const second = await startProcess(dir)
    expect(second.chromeFlags).toBe(first.chromeFlags)
    const phone = second.whatsapp.phone('491500000041')
    await phone.waitForState('CONNECTED')
    expect(await phone.devices()).toHaveLength(1)
    await second.whatsapp.waitForWire({ id: late.id.id, ack: 2 })
    expect(await second.whatsapp.wire({ id: early.id.id })).toMatchObject([{ arrivals: 1, ack: 2 }])
    await expect(second.whatsapp.phone('1').scan('nonsense')).rejects.toThrow('this is no WhatsApp QR')
    await second.end()
  } finally {
    await library.close()
    await profiles.remove()
  }
})
