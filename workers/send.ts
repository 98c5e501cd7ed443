// Hands messages over one after the other and says how certain each outcome is.

import type { PageCalls } from './call.ts'
import { DeadlineError, detailOf, isPageLost } from './deadline.ts'
import { Numbers } from './numbers.ts'
import type { PageHandOver } from './page/window.ts'
import type { Ack, RefusalCode, SendAsk, SendOutcome, Signals } from './protocol.ts'

/** How long the page may take to upload a file; nothing has been handed over by then. */
const UPLOAD_MS = 150_000

/** Trying again would not change these. */
const FOR_GOOD: RefusalCode[] = ['chat_not_found', 'quoted_not_found', 'target_not_found', 'too_late']

export interface SenderOptions {
  calls: PageCalls
  isReady(): boolean
  /** The page load last seen, for outcomes of which the page itself can tell nothing any more. */
  pageLoad(): string | null
  log(level: Signals['log']['level'], message: string, fields: NonNullable<Signals['log']['fields']>): void
  onHanded(whatsappId: string, ack: Ack): void
}

export class Sender {
  #options: SenderOptions
  #last: Promise<unknown> = Promise.resolve()
  #underWay = 0
  /** When the last hand-over was asked for. */
  lastAskedAtMs = Date.now()
  readonly numbers: Numbers

  constructor(options: SenderOptions) {
    this.#options = options
    this.numbers = new Numbers(async (digits) => {
      const chatId = await options.calls.resolve(digits)
      if (chatId === undefined) throw new Error('no page of WhatsApp')
      return chatId
    })
  }

  get isBusy(): boolean {
    return this.#underWay > 0
  }

  /** Never rejects. One at a time: the page can hold only one id for the next message. */
  send(ask: SendAsk): Promise<SendOutcome> {
    this.lastAskedAtMs = Date.now()
    this.#underWay++
    const sent = this.#last.then(() => this.#send(ask)).finally(() => this.#underWay--)
    this.#last = sent
    return sent
  }

  async #send(ask: SendAsk): Promise<SendOutcome> {
    if (!this.#options.isReady()) return refused('not_ready', true)
    const chatId = await this.#chatIdOf(ask)
    if (typeof chatId !== 'string') return chatId

    const { calls, pageLoad, log, onHanded } = this.#options
    const { whatsappId, text, kind = 'text', content = {} } = ask
    const hand = { whatsappId, chatId, text, kind, content }
    const stopped = ask.filePath ? await this.#upload(hand, ask, ask.filePath) : null
    if (stopped) return stopped
    const asked = pageLoad()
    const ids = { ...idsOf(ask), whatsapp_id: whatsappId }
    log('debug', 'asking the page', { ...ids, page_load: asked, kind })
    try {
      const outcome = await calls.handOver(hand)
      if (!outcome) return refused('not_ready', true)
      if (outcome.outcome === 'handed') {
        onHanded(ask.whatsappId, outcome.ack)
        log('debug', 'hand-over done', { ...ids, page_load: outcome.pageLoad, ack: outcome.ack })
        return { outcome: 'handed', ack: outcome.ack, pageLoad: outcome.pageLoad }
      }
      log('warn', `hand-over ${outcome.outcome}`, {
        ...ids,
        page_load: outcome.pageLoad,
        code: outcome.code,
        detail: detailOf(outcome.detail),
      })
      if (outcome.outcome === 'refused') return refused(outcome.code, !FOR_GOOD.includes(outcome.code))
      return { outcome: 'unproven', code: outcome.code, pageLoad: outcome.pageLoad }
    } catch (error) {
      const code = error instanceof DeadlineError ? 'deadline' : 'page_lost'
      log('warn', 'hand-over unproven', { ...ids, page_load: asked, code, detail: detailOf(error) })
      return { outcome: 'unproven', code, pageLoad: asked }
    } finally {
      if (ask.filePath) void calls.release(whatsappId).catch(() => {})
    }
  }

  /** Before the hand-over, so that it is short and whatever fails here has certainly not gone out. */
  async #upload(
    hand: Omit<PageHandOver, 'withinMs'>,
    ask: SendAsk,
    path: string,
  ): Promise<SendOutcome | null> {
    const { calls, log } = this.#options
    try {
      await calls.upload(hand, path)
      await calls.over(hand.whatsappId, UPLOAD_MS)
      return null
    } catch (error) {
      log('warn', 'file not uploaded', { ...idsOf(ask), detail: detailOf(error) })
      void calls.release(hand.whatsappId).catch(() => {})
      return isPageLost(error) ? refused('page_error', true) : refused('file_refused', true)
    }
  }

  /** The chat as the page opens it; null for a number that is not on WhatsApp. Rejects when it cannot be looked up. */
  async chatOf(chatId: string): Promise<string | null> {
    const digits = /^(\d+)@c\.us$/.exec(chatId)?.[1]
    return digits ? this.numbers.resolve(digits) : chatId
  }

  /** Numbers are looked up first: without that the page knows no LID for them. Nothing has gone out yet. */
  async #chatIdOf(ask: SendAsk): Promise<string | SendOutcome> {
    try {
      return (await this.chatOf(ask.chatId)) ?? refused('not_on_whatsapp', false)
    } catch (error) {
      this.#options.log('warn', 'number not looked up', { ...idsOf(ask), detail: detailOf(error) })
      return refused('page_error', true)
    }
  }
}

/** As the main thread's lines name them: one id finds all of a message. */
function idsOf({ messageId, requestId = null }: SendAsk) {
  return { request_id: requestId, message_id: messageId }
}

function refused(code: RefusalCode, retry: boolean): SendOutcome {
  return { outcome: 'refused', code, retry }
}
