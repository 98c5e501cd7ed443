// Calls our functions in the page, each with a deadline.

import { within } from './deadline.ts'
import type { BotwavePage, PageHandOver, PageOutcome, PageWindow, Probe } from './page/window.ts'
import type { Ack, IncomingMessage } from './protocol.ts'
import type { Page } from './whatsapp.ts'

const LOOK_MS = 5_000
const QUERY_MS = 20_000
const HANDOVER_MS = 60_000
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

  unread(): Promise<IncomingMessage[] | undefined> {
    return this.#call(QUERY_MS, 'unread')
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

type CallName = 'probe' | 'listen' | 'unread' | 'dismissNews' | 'acks' | 'resolve' | 'handOver'
