// Runs in WhatsApp's page: names the page load, reads ids in either spelling, looks where the link stands.

import type { BotwavePage, PageModule, PageWindow, Probe } from './window.ts'

/** Installed before any script of a new document; the other installers add to what this one makes. */
export function installLook(): void {
  const page = window as unknown as PageWindow
  if (window.top !== window || page.botwave) return

  const bytes = crypto.getRandomValues(new Uint8Array(8))
  const botwave = {
    pageLoad: [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    pending: new Set<string>(),
    refusals: new Map<string, number>(),
    listensSinceMs: null,
    files: new Map<string, File>(),
    uploads: new Map<string, PageModule>(),
    readId,
    probe,
    dismissNews,
  } as BotwavePage
  // Not enumerable: the page has no reason to trip over us.
  Object.defineProperty(window, 'botwave', { value: botwave })

  // Builds since July 2026 spell `_serialized` as `$1`.
  function readId(id: PageModule): string | null {
    if (id === null || id === undefined) return null
    if (typeof id === 'string') return id
    const spelled = id._serialized ?? id.$1
    if (typeof spelled === 'string') return spelled
    // A build with yet another spelling: the parts say the same.
    if (id.user && id.server) return `${id.user}@${id.server}`
    const remote = readId(id.remote)
    return id.id && remote ? `${id.fromMe === true}_${remote}_${id.id}` : null
  }

  function probe(): Probe {
    const socket = attempt(() => page.require('WAWebSocketModel').Socket)
    const me = attempt(() => page.require('WAWebUserPrefsMeUser'))
    return {
      pageLoad: botwave.pageLoad,
      version: page.Debug?.VERSION ?? null,
      state: socket?.state ?? null,
      hasSynced: socket?.hasSynced ?? null,
      phoneId: readId(attempt(() => me.getMaybeMePnUser())),
      lid: readId(attempt(() => me.getMaybeMeLidUser())),
      name: attempt(() => page.require('WAWebConnModel').Conn.pushname) ?? null,
      entered: page.AuthStore !== undefined,
      helpers: typeof page.WWebJS?.sendMessage === 'function',
      prompt: asksForPasskey() ? 'passkey' : null,
      loaded: document.readyState === 'complete',
    }
  }

  // The prompt ends in a question to the browser, which a headless one never answers.
  let passkeyAsked = false
  const credentials = window.CredentialsContainer?.prototype
  const get = credentials?.get
  if (credentials && get) {
    credentials.get = function (...asked) {
      if (asked[0]?.publicKey) passkeyAsked = true
      return get.apply(this, asked).finally(() => {
        passkeyAsked = false
      })
    }
  }

  // No id or class of the prompt is known for sure: its words are, in the language we ask the page for.
  function asksForPasskey(): boolean {
    if (passkeyAsked) return true
    const shown = [...document.querySelectorAll('[role="dialog"], [data-testid*="passkey"], [id*="passkey"]')]
    return shown.some((element) => /passkey/i.test(element.textContent ?? ''))
  }

  // "What's new" left standing has logged accounts out about five minutes after linking. Only a dialog with a
  // single button is closed: one with a choice is for a person.
  function dismissNews(): boolean {
    for (const dialog of document.querySelectorAll('[role="dialog"]')) {
      if (/passkey/i.test(dialog.textContent ?? '')) continue
      const buttons = [...dialog.querySelectorAll<HTMLElement>('button, [role="button"]')]
      const plain = buttons.filter((button) =>
        /^(continue|ok|okay|got it|close|dismiss)$/i.test(label(button)),
      )
      if (plain.length !== 1) continue
      plain[0]?.click()
      return true
    }
    return false
  }

  function label(button: HTMLElement): string {
    return (button.getAttribute('aria-label') ?? button.textContent ?? '').trim()
  }

  function attempt(read: () => PageModule): PageModule {
    try {
      return read()
    } catch {
      return undefined
    }
  }
}
