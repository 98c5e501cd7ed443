// Opens WhatsApp Web with whatsapp-web.js: the only file that imports it.

import { basename, dirname, extname } from 'node:path'
import { Client, NoAuth } from 'whatsapp-web.js'
import { browserEnvironment } from './browser-environment.ts'
import { installChange } from './page/change.ts'
import { installCompose } from './page/compose.ts'
import { installFiles } from './page/files.ts'
import { installFind } from './page/find.ts'
import { installHandover } from './page/handover.ts'
import { installIncoming } from './page/incoming.ts'
import { installListen } from './page/listen.ts'
import { installLook } from './page/look.ts'
import type { Told } from './page/window.ts'
import type { StartOptions } from './protocol.ts'

export type Page = NonNullable<Client['pupPage']>

export interface OpenedWhatsApp {
  page: Page
  browserPid: number | null
  /** Settles when the library has found its way into the page; may stay open for ever. */
  entered: Promise<void>
  /** Lets the library find its way into the page again, after a reload under its hands. */
  enterAgain(): Promise<void>
  /** Asks for a pairing code; resolves with it. `phone` in digits. */
  requestPairingCode(phone: string): Promise<string>
  /** Closes the browser in good order; may hang with it. */
  close(): Promise<void>
}

export interface WhatsAppEvents {
  onQr(text: string): void
  /** Percent of the first sync, as far as the page tells. */
  onProgress(): void
  onTold(told: Told): void
  onBrowserGone(): void
  onPageGone(detail: string): void
  /** The site answers, but with an error. */
  onUnreachable(detail: string): void
}

const ALWAYS = [
  '--lang=en-US',
  '--no-default-browser-check',
  '--disable-component-update',
  // Else local storage, half of the link, is written down many seconds later; now it is one.
  '--enable-aggressive-domstorage-flushing',
]
const DISK_CACHE_BYTES = 33_554_432
/** The first one makes what the others add to. */
const INSTALLED = [
  installLook,
  installFind,
  installIncoming,
  installListen,
  installFiles,
  installCompose,
  installChange,
  installHandover,
]

/**
 * Launches the browser on the profile and begins to load WhatsApp Web. Resolves when the browser runs; rejects when
 * it does not start. The library never closes it, removes the profile or ends the process by itself.
 */
export async function openWhatsApp(options: StartOptions, events: WhatsAppEvents): Promise<OpenedWhatsApp> {
  const launched = Promise.withResolvers<void>()
  const client = new Client({
    authStrategy: ownProfile(async () => {
      await prepare(client, events)
      launched.resolve()
    }),
    ...webPage(options.webPage),
    ...(options.proxy?.login ? { proxyAuthentication: options.proxy.login } : {}),
    // Our own deadlines say when the page takes too long; this one only has to be longer.
    authTimeoutMs: 600_000,
    // The browser carries its own, true one.
    userAgent: false as never,
    puppeteer: {
      executablePath: options.browser.executable,
      headless: options.browser.kind === 'headless-shell' ? 'shell' : true,
      userDataDir: options.profileDir,
      args: [
        ...ALWAYS,
        `--disk-cache-size=${DISK_CACHE_BYTES}`,
        ...options.browser.flags,
        // The last one counts: an account's own goes before one for all of them.
        ...(options.proxy ? [`--proxy-server=${options.proxy.server}`] : []),
      ],
      env: browserEnvironment(options.browser, options.profileDir),
      // With the pipe Chromium ends with us, whatever ends us.
      pipe: true,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      protocolTimeout: 60_000,
    },
  })
  // It would close the browser on states that we want to see through, and hang on a frozen one.
  client.destroy = async () => {}
  client.on('qr', events.onQr)
  client.on('loading_screen', events.onProgress)

  const entered = client.initialize()
  entered.catch(launched.reject)
  await launched.promise

  const { pupPage: page, pupBrowser: browser } = client
  if (!page || !browser) throw new Error('the library has no page')
  return {
    page,
    browserPid: browser.process()?.pid ?? null,
    entered,
    enterAgain: () => (client as unknown as { inject(): Promise<void> }).inject(),
    // The library would ask for new codes by itself, more often than WhatsApp grants them.
    requestPairingCode: (phone) => client.requestPairingCode(phone, true, 2 ** 31 - 1),
    close: () => browser.close(),
  }
}

/** The library's own strategies delete the profile under the living browser; this one leaves it to us. */
function ownProfile(launched: () => Promise<void>): NoAuth {
  const strategy = new NoAuth()
  let isFirst = true
  // Called once more for every logout; only the first says that the browser has started.
  strategy.afterBrowserInitialized = async () => {
    if (isFirst) await launched()
    isFirst = false
  }
  return strategy
}

async function prepare(client: Client, events: WhatsAppEvents): Promise<void> {
  const { pupPage: page, pupBrowser: browser } = client
  if (!page || !browser) throw new Error('the library has no page')
  browser.on('disconnected', events.onBrowserGone)
  page.on('error', (error) => events.onPageGone(error.message))
  page.on('close', () => events.onPageGone('closed'))
  // Logged out so early that nobody listened: the page still says so in its address.
  page.on('framenavigated', (frame) => {
    if (frame === page.mainFrame() && frame.url().includes('post_logout=1')) events.onTold({ told: 'logout' })
  })
  page.on('response', (response) => {
    const isPage = response.request().isNavigationRequest() && response.frame() === page.mainFrame()
    if (isPage && response.status() >= 400) events.onUnreachable(`HTTP ${response.status()}`)
  })
  // An open alert() would hold back every call into the page.
  page.on('dialog', (dialog) => dialog.dismiss().catch(() => {}))
  await page.exposeFunction('botwaveTell', events.onTold)
  for (const install of INSTALLED) await page.evaluateOnNewDocument(install)
}

/** The operator's own page in place of WhatsApp's, or WhatsApp's, of which no copy is kept. */
function webPage(path: string | null) {
  if (!path) return { webVersionCache: { type: 'none' as const } }
  return {
    webVersion: basename(path, extname(path)),
    webVersionCache: { type: 'local' as const, path: dirname(path), strict: true },
  }
}
