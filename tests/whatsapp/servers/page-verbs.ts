// What can befall one page: faults in its next send, states, dialogs, crashes, freezes. A page is named by its page
// load, or by the number of the phone it is linked to.
import type { Death, SocketState } from '../frames.ts'
import { pagesOf } from './connection.ts'
import type { Memory } from './memory.ts'
import type { Page } from './page.ts'
import { browserOf, freezeBrowser, killBrowser, killRenderers, thawBrowser } from './processes.ts'

export function pageVerbs(memory: Memory) {
  /** Waits until the line is closed at this end, so that what follows meets the servers without this page. */
  const gone = (page: Page) => memory.until('the page to go', () => !page.isOpen)
  return {
    /**
     * The next send fails. `before`: nothing went out. `after`: it reached the server. `throw`: with `error`. `hang`:
     * the call never ends. `undefined`: the library finds no message under its id.
     */
    async failNextSend(
      target: string,
      fault: { when: 'before' | 'after'; how: 'throw' | 'hang' | 'undefined'; error?: string },
    ): Promise<void> {
      await pageOf(memory, target).order('fault', { fault })
    },
    /**
     * In the next send, or that of `text`, the page dies when the message has reached only the wire, or only the page's
     * own storage. `by`: how it dies.
     */
    async dieInNextSend(
      target: string,
      { reached, text, by }: { reached: 'wire' | 'storage'; text?: string; by?: Death },
    ): Promise<void> {
      const when = reached === 'wire' ? 'after' : 'before'
      await pageOf(memory, target).order('fault', { fault: { when, how: 'die', text, by } })
    },
    async setState(target: string, state: SocketState): Promise<void> {
      const page = pageOf(memory, target)
      await page.order('state', { state })
      await memory.until(`the page to be ${state}`, () => page.state === state)
    },
    /** Shows the dialog; resolves when it is there. `happenings` tells when it was dismissed. */
    showWhatsNew: (target: string): Promise<void> => pageOf(memory, target).order('whatsNew', {}),
    showPasskeyPrompt: (target: string): Promise<void> =>
      pageOf(memory, target).order('passkey', { shown: true }),
    /** Resolves when the page has done everything it was told so far. */
    settle: (target: string): Promise<void> => pageOf(memory, target).order('settle', {}),
    reload: (target: string): Promise<void> => pageOf(memory, target).order('reload', {}),
    /** What the page no longer needs goes at once. Rejects unless the browser has `--js-flags=--expose-gc`. */
    collectGarbage: (target: string): Promise<void> => pageOf(memory, target).order('collectGarbage', {}),
    /** The tab crashes, the browser lives. */
    async crash(target: string): Promise<void> {
      const page = pageOf(memory, target)
      await killRenderers(page.peerPort)
      await gone(page)
    },
    async killBrowser(target: string): Promise<void> {
      const page = pageOf(memory, target)
      await killBrowser(page.peerPort)
      await gone(page)
    },
    /** The page's script never gets a turn again. */
    async freeze(target: string): Promise<void> {
      await pageOf(memory, target).order('freeze', {})
      // A frozen page cannot say so: it says that it will be in 50 ms.
      await Bun.sleep(150)
    },
    freezeBrowser: (target: string): Promise<void> => freezeBrowser(pageOf(memory, target).peerPort),
    thawBrowser: (target: string): Promise<void> => thawBrowser(pageOf(memory, target).peerPort),
    browserPid: (target: string): number => browserOf(pageOf(memory, target).peerPort),
  }
}

/** The newest open page behind a page load's id or a phone number. Throws when there is none. */
export function pageOf(memory: Memory, target: string): Page {
  const byLoad = memory.pages.get(target)
  const page = byLoad ?? pagesOf(memory, memory.phone(target)).findLast((p) => p.isOpen)
  if (!page?.isOpen) throw new Error(`no open page for ${target}`)
  return page
}
