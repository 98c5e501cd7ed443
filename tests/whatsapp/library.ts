// The bare library in a real Chromium against the stand-in, with its own defaults: what proves the stand-in itself.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import WhatsAppWeb from 'whatsapp-web.js'
import { findBrowser, parseFlags } from '../../workers/browser.ts'
import type { Phone } from './phone.ts'

export type Client = WhatsAppWeb.Client

export interface Library extends AsyncDisposable {
  client: Client
  /** Everything the client has fired, oldest first. */
  fired: { name: string; args: unknown[] }[]
  /** The first firing of an event that answers `test`, past or to come. */
  heard(name: string, test?: (...args: never[]) => boolean): Promise<unknown[]>
  heardTimes(name: string, times: number): Promise<void>
  /** Resolves with `initialize()`; rejections are kept in `fired` as `error`. */
  started: Promise<void>
  /** Resolves when the tab crashes. */
  pageDied: Promise<void>
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
  'message_edit',
  'message_revoke_everyone',
  'message_reaction',
  'call',
  'chat_archived',
  'chat_removed',
  'change_state',
  'disconnected',
]

/** A folder for profiles and, where none is installed, the packaged browser; gone after `remove`. */
export async function makeProfiles(): Promise<{ dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'stand-in-'))
  return { dir, remove: () => rm(dir, { recursive: true, force: true, maxRetries: 5 }) }
}

/** Looked for once; flags are added per start. */
let found: ReturnType<typeof findBrowser> | null = null

export async function startLibrary(chromeFlags: string, dir: string, profile = 'profile'): Promise<Library> {
  found ??= findBrowser({
    chromePath: process.env.CHROME_PATH || null,
    dataDir: join(tmpdir(), 'stand-in-browser'),
  })
  const [browser, extra] = [await found, parseFlags(chromeFlags)]
  if ('problem' in browser) throw new Error(browser.problem)
  if ('problem' in extra) throw new Error(extra.problem)
  const client = new WhatsAppWeb.Client({
    authStrategy: new WhatsAppWeb.NoAuth(),
    webVersionCache: { type: 'none' },
    userAgent: false as unknown as string,
    puppeteer: {
      executablePath: browser.executable,
      userDataDir: join(dir, profile),
      args: [...browser.flags, ...extra.flags],
      // Not all of ours: a failed expectation prints the client with its options.
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...browser.env },
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
  const until = async <T>(name: string, look: () => T | undefined): Promise<T> => {
    const deadline = AbortSignal.timeout(HEARD_LIMIT_MS)
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      await once(client, 'stand-in:fired', { signal: deadline }).catch(() => {
        throw new Error(`never heard ${name}; heard ${fired.map((f) => f.name).join(' ')}`)
      })
    }
  }
  const heard: Library['heard'] = (name, test = () => true) =>
    until(
      name,
      () => fired.find((f) => f.name === name && (test as (...args: unknown[]) => boolean)(...f.args))?.args,
    )
  const heardTimes = async (name: string, times: number) => {
    await until(name, () => (fired.filter((f) => f.name === name).length >= times ? true : undefined))
  }
  const started = client.initialize()
  // Whoever cares awaits it; who does not must not die of it.
  started.catch((error: unknown) => fired.push({ name: 'error', args: [error] }))
  const pageDied = started.then(
    () => new Promise<void>((resolve) => client.pupPage!.once('error', () => resolve())),
    () => {},
  )
  const close = async () => {
    const child = client.pupBrowser?.process()
    await Promise.race([client.destroy().catch(() => {}), Bun.sleep(5000)])
    if (child && child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  }
  return { client, fired, heard, heardTimes, started, pageDied, close, [Symbol.asyncDispose]: close }
}

/** A library linked to `phone` by QR, ready. */
export async function linkLibrary(
  server: { chromeFlags: string },
  phone: Phone,
  dir: string,
  profile: string,
): Promise<Library> {
  const library = await startLibrary(server.chromeFlags, dir, profile)
  try {
    const [qr] = (await library.heard('qr')) as [string]
    await phone.scan(qr)
    await library.heard('ready')
    return library
  } catch (error) {
    await library.close()
    throw error
  }
}
