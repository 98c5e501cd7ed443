// The bare library in a real Chromium against the stand-in, with its own defaults: what proves the stand-in itself.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import WhatsAppWeb from 'whatsapp-web.js'
import { findBrowser } from '../../workers/browser.ts'

export type Client = WhatsAppWeb.Client

export interface Library extends AsyncDisposable {
  client: Client
  /** Everything the client has fired, oldest first. */
  fired: { name: string; args: unknown[] }[]
  /** The first firing of an event that answers `test`, past or to come. */
  heard(name: string, test?: (...args: never[]) => boolean): Promise<unknown[]>
  /** Resolves with `initialize()`; rejections are kept in `fired` as `error`. */
  started: Promise<void>
  close(): Promise<void>
}

const HEARD_LIMIT_MS = 30_000
const EVENTS = [
  'qr',
  'code',
  'authenticated',
  'auth_failure',
  'ready',
  'loading_screen',
  'message',
  'message_create',
  'message_ack',
  'unread_count',
  'change_state',
  'disconnected',
]

/** A folder for profiles and, where none is installed, the packaged browser; gone after `remove`. */
export async function makeProfiles(): Promise<{ dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'stand-in-'))
  return { dir, remove: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }) }
}

export async function startLibrary(chromeFlags: string, dir: string, profile = 'profile'): Promise<Library> {
  const browser = await findBrowser({ chromeFlags, dataDir: join(tmpdir(), 'stand-in-browser') })
  if ('problem' in browser) throw new Error(browser.problem)
  const client = new WhatsAppWeb.Client({
    authStrategy: new WhatsAppWeb.NoAuth(),
    webVersionCache: { type: 'none' },
    userAgent: false as unknown as string,
    puppeteer: {
      executablePath: browser.executable,
      userDataDir: join(dir, profile),
      args: browser.flags,
      env: { ...process.env, ...browser.env },
      pipe: true,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      protocolTimeout: 60_000,
    },
  })
  const fired: Library['fired'] = []
  for (const name of EVENTS) {
    client.on(name as 'ready', (...args: unknown[]) => {
      fired.push({ name, args })
      client.emit('stand-in:fired' as 'ready')
    })
  }
  const heard: Library['heard'] = async (name, test = () => true) => {
    const deadline = AbortSignal.timeout(HEARD_LIMIT_MS)
    for (;;) {
      const found = fired.find((f) => f.name === name && (test as (...args: unknown[]) => boolean)(...f.args))
      if (found) return found.args
      await once(client, 'stand-in:fired', { signal: deadline }).catch(() => {
        throw new Error(`never heard ${name}; heard ${fired.map((f) => f.name).join(' ')}`)
      })
    }
  }
  const started = client.initialize()
  // Whoever cares awaits it; who does not must not die of it.
  started.catch((error: unknown) => fired.push({ name: 'error', args: [error] }))
  const close = async () => {
    const child = client.pupBrowser?.process()
    await Promise.race([client.destroy().catch(() => {}), Bun.sleep(5000)])
    if (child && child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  }
  return { client, fired, heard, started, close, [Symbol.asyncDispose]: close }
}
