// The stand-in for WhatsApp Web: starts it in this process, or as a process of its own that outlives product and test.
//
// `bun tests/whatsapp/server.ts --dir STATE_DIR` keeps certificate, port, linked devices and wire in STATE_DIR and
// writes STATE_DIR/address.json once it is up; SIGTERM ends it. Started again in the same folder it is the same WhatsApp.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Certificate, makeCertificate } from './certificate.ts'
import { verbsOver, type WhatsAppVerbs } from './phone.ts'
import { callerOf, openControl } from './servers/control.ts'
import { Memory } from './servers/memory.ts'
import { changed, type SettingsChange } from './servers/settings.ts'
import { openSite } from './servers/site.ts'

export interface Address {
  port: number
  /** The value for CHROME_FLAGS, exactly. */
  chromeFlags: string
  /** For `connectWhatsApp` in another process. */
  controlUrl: string
}

export interface WhatsApp extends Address, AsyncDisposable {
  whatsapp: WhatsAppVerbs
  stop(): Promise<void>
}

export interface WhatsAppOptions {
  /** Keeps everything there; without it all is gone with the process. */
  dir?: string
  settings?: SettingsChange
}

const HOST = 'web.whatsapp.com'

export async function startWhatsApp({ dir, settings = {} }: WhatsAppOptions = {}): Promise<WhatsApp> {
  if (dir) await mkdir(dir, { recursive: true })
  const memory = new Memory(dir ?? null)
  memory.settings = changed(memory.settings, settings)
  const { certificate, port } = dir ? await identity(dir) : { certificate: makeCertificate(HOST), port: 0 }
  const site = await openSite(memory, certificate, port)
  const call = callerOf(memory)
  const control = openControl(call)
  const stop = async () => {
    await site.stop()
    await control.stop()
  }
  if (dir && port === 0) await replace(join(dir, 'identity.json'), { certificate, port: site.port })
  return {
    port: site.port,
    chromeFlags: chromeFlags(site.port, certificate.spkiHash),
    controlUrl: control.url,
    whatsapp: verbsOver(call),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/**
 * Chromium takes our server for web.whatsapp.com, accepts its certificate, and reaches no other host. `~NOTFOUND` has
 * no effect on loopback addresses that a test itself opens by number.
 */
function chromeFlags(port: number, spkiHash: string): string {
  return [
    `"--host-resolver-rules=MAP ${HOST} 127.0.0.1:${port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"`,
    `--ignore-certificate-errors-spki-list=${spkiHash}`,
  ].join(' ')
}

/** Certificate and port of a former start in this folder, or new ones. */
async function identity(dir: string): Promise<{ certificate: Certificate; port: number }> {
  const kept = await readFile(join(dir, 'identity.json'), 'utf8').catch(() => null)
  return kept ? JSON.parse(kept) : { certificate: makeCertificate(HOST), port: 0 }
}

async function replace(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(value), { mode: 0o600 })
  await rename(`${path}.new`, path)
}

if (import.meta.main) {
  const at = process.argv.indexOf('--dir')
  const dir = at > 0 ? process.argv[at + 1] : undefined
  if (!dir) {
    console.error('usage: bun tests/whatsapp/server.ts --dir STATE_DIR')
    process.exit(2)
  }
  const { port, chromeFlags, controlUrl, stop } = await startWhatsApp({ dir })
  await replace(join(dir, 'address.json'), { port, chromeFlags, controlUrl, pid: process.pid })
  console.log(`The stand-in for WhatsApp Web is up. CHROME_FLAGS='${chromeFlags}'`)
  process.once('SIGTERM', () => void stop().then(() => process.exit(0)))
  process.once('SIGINT', () => void stop().then(() => process.exit(0)))
}
