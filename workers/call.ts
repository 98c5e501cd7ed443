// Calls our functions in the page, each with a deadline.

import { DeadlineError, within } from './deadline.ts'
import type { BotwavePage, PageHandOver, PageJob, PageOutcome, PageWindow, Probe } from './page/window.ts'
import type { Ack, IncomingMessage, TypingState } from './protocol.ts'
import type { Page } from './whatsapp.ts'

const LOOK_MS = 5_000
const QUERY_MS = 20_000
const HANDOVER_MS = 60_000
const LOOK_AT_JOB_MS = 10_000
/** The page's own, shorter patience before a hand-over: whoever gave up here must not be overtaken there. */
const BEFORE_HANDOVER_MS = 25_000

/** Answers `undefined` where the page shown is none of ours (`about:blank`, an error page). */
export class PageCalls {
  constructor(readonly page: Page) {}

  probe(): Promise<Probe | undefined> {
    return this.#call(LOOK_MS, 'probe')
  }

  ping(): Promise<unknown> {
    return within(LOOK_MS, 'ping', this.page.evaluate('1'))
  }

  listen(): Promise<boolean | undefined> {
    return this.#call(LOOK_MS, 'listen')
  }

  unread(sinceMs: number): Promise<IncomingMessage[] | undefined> {
    return this.#call(QUERY_MS, 'unread', sinceMs)
  }

  dismissNews(): Promise<boolean | undefined> {
    return this.#call(LOOK_MS, 'dismissNews')
  }

  acks(ids: string[], chats: Record<string, string>): Promise<Record<string, Ack | null> | undefined> {
    return this.#call(QUERY_MS, 'acks', ids, chats)
  }

  resolve(digits: string): Promise<string | null | undefined> {
    return this.#call(QUERY_MS, 'resolve', digits)
  }

  handOver(ask: Omit<PageHandOver, 'withinMs'>): Promise<PageOutcome | undefined> {
    return this.#call(HANDOVER_MS, 'handOver', { ...ask, withinMs: BEFORE_HANDOVER_MS })
  }

  /**
   * Gives the page a file of this disk: only its path crosses, the browser reads it. Resolves when the page has begun
   * to upload it.
   */
  async upload(ask: Omit<PageHandOver, 'withinMs'>, path: string): Promise<void> {
    const make = () => Object.assign(document.createElement('input'), { type: 'file' })
    const input = await within(LOOK_MS, 'file input', this.page.evaluateHandle(make))
    try {
      await within(LOOK_MS, 'file', input.uploadFile(path))
      const begin = (element: HTMLInputElement, given: PageHandOver) => {
        const { botwave } = window as unknown as PageWindow
        const file = element.files?.[0]
        if (!botwave || !file) throw new Error('the page did not take the file')
        const { name = null, mime_type: type = file.type, size_bytes = null } = given.content.file ?? {}
        // One that is not there any more is an empty one to the browser.
        if (file.size === 0 || (size_bytes !== null && file.size !== size_bytes)) {
          throw new Error('the file is not what it was')
        }
        botwave.files.set(given.whatsappId, new File([file], name ?? 'file', { type }))
        botwave.upload(given)
      }
      await within(LOOK_MS, 'upload', input.evaluate(begin, { ...ask, withinMs: 0 }))
    } finally {
      void input.dispose().catch(() => {})
    }
  }

  async download(job: string, whatsappId: string, maxBytes: number): Promise<void> {
    await this.#call(LOOK_MS, 'download', job, whatsappId, maxBytes)
  }

  downloaded(job: string, from: number, length: number): Promise<string | undefined> {
    return this.#call(QUERY_MS, 'downloaded', job, from, length)
  }

  /** Waits for a job of the page to be over. Rejects with `DeadlineError`, or with why it failed. */
  async over(job: string, deadlineMs: number): Promise<unknown> {
    const untilMs = Date.now() + deadlineMs
    for (;;) {
      const now: PageJob | undefined = await this.#call(QUERY_MS, 'look', job, LOOK_AT_JOB_MS)
      if (now?.state === 'done') return now.result
      if (now?.state === 'failed') throw new Error(now.detail)
      if (now?.state !== 'pending') throw new Error('page closed')
      if (Date.now() > untilMs) throw new DeadlineError(job)
    }
  }

  async release(name: string): Promise<void> {
    await this.#call(LOOK_MS, 'release', name)
  }

  seen(chatId: string): Promise<boolean | undefined> {
    return this.#call(QUERY_MS, 'seen', chatId)
  }

  typing(chatId: string, state: TypingState): Promise<boolean | undefined> {
    return this.#call(QUERY_MS, 'typing', chatId, state)
  }

  /** The library's own refresh runs on the wrong side of the border. */
  refreshQr(): Promise<void> {
    const refresh = () => (window as unknown as PageWindow).require('WAWebCmd').Cmd.refreshQR()
    return within(LOOK_MS, 'refreshQR', this.page.evaluate(refresh))
  }

  /** What the library would do had it heard that the page has synced. */
  announceSynced(): Promise<void> {
    const announce = () => {
      void (window as unknown as PageWindow).onAppStateHasSyncedEvent?.()
    }
    return within(LOOK_MS, 'announceSynced', this.page.evaluate(announce))
  }

  socket(verb: 'reconnect' | 'takeover' | 'logout', deadlineMs: number): Promise<void> {
    const tell = (name: string) =>
      (window as unknown as PageWindow).require('WAWebSocketModel').Socket[name]()
    return within(deadlineMs, verb, this.page.evaluate(tell, verb))
  }

  /** Resolves when the new page has loaded. */
  async reload(): Promise<void> {
    await this.page.reload({ timeout: QUERY_MS })
  }

  #call<N extends CallName>(
    deadlineMs: number,
    name: N,
    ...args: Parameters<BotwavePage[N]>
  ): Promise<Awaited<ReturnType<BotwavePage[N]>> | undefined> {
    const run = (called: string, given: unknown[]) =>
      // biome-ignore lint/suspicious/noExplicitAny: one door for all of them
      (window as unknown as { botwave?: any }).botwave?.[called](...given)
    return within(deadlineMs, name, this.page.evaluate(run, name as string, args as unknown[]))
  }
}

type CallName =
  | 'probe'
  | 'listen'
  | 'unread'
  | 'dismissNews'
  | 'acks'
  | 'resolve'
  | 'handOver'
  | 'download'
  | 'downloaded'
  | 'look'
  | 'release'
  | 'seen'
  | 'typing'
