// What our functions see inside WhatsApp's page, and what they put there. Types only.
//
// The functions in this folder are sent to the page as text: each must stand alone, without imports of values.

import type { MessageContent, SendKind } from '../../src/rules/message-content.ts'
import type { Ack, IncomingMessage, RefusalCode, TypingState, UnprovenCode } from '../protocol.ts'

/** A module of the page: nothing is promised about its shape, so every use is guarded or expected to throw. */
// biome-ignore lint/suspicious/noExplicitAny: the page's own objects have no types
export type PageModule = any

export interface PageWindow {
  /** Throws for a module that this build of the page does not have. */
  require(name: string): PageModule
  Debug?: { VERSION?: string }
  /** Helpers the library injects when the page has synced. */
  WWebJS?: PageModule
  /** Put there by the library when it has found its way in. */
  AuthStore?: PageModule
  /** Exposed by the library; running it is how the library learns that the page has synced. */
  onAppStateHasSyncedEvent?: () => unknown
  /** Exposed by us: how the page tells the Worker something. */
  botwaveTell?: (told: Told) => void
  botwave?: BotwavePage
}

/** What the page tells unasked. */
export type Told =
  | { told: 'ack'; whatsappId: string; ack: Ack; error: number | null }
  | { told: 'incoming'; message: IncomingMessage }
  | { told: 'logout' }

export interface BotwavePage {
  /** Names this load of the page: what the page knew dies with it. */
  pageLoad: string
  /** Ids whose hand-over has begun and has not come back: they may still go out. */
  pending: Set<string>
  /** Why the servers refused, by id of the message. */
  refusals: Map<string, number>
  /** Since when this page tells what others write. */
  listensSinceMs: number | null
  /** The serialized form of a message or chat id, in whichever spelling this build has. */
  readId(id: PageModule): string | null
  probe(): Probe
  /** Attaches our listeners, once; false while the page is not far enough. */
  listen(): boolean
  handOver(ask: PageHandOver): Promise<PageOutcome>
  /** An edit, a deletion or a reaction: done, and looked at whether it shows. */
  change(ask: PageHandOver): Promise<Outcome>
  /** What a message carries besides its text, as the library's sender takes it. Throws `Refusal`. */
  compose(ask: PageHandOver, chat: PageModule): Promise<Composed>
  findOwn(whatsappId: string, chatId?: string): Promise<PageModule | null>
  /** A message of either side: by its serialized id, or by our bare one and its chat. */
  findAny(whatsappId: string, chatId: string): Promise<PageModule | null>
  /** Files given to the page for a message, by its id. */
  files: Map<string, File>
  /** Uploads the file of a message, so that the hand-over itself is short. A job named by the message's id. */
  upload(ask: PageHandOver): void
  uploads: Map<string, PageModule>
  /** Fetches the file of a message into the page. A job of this name; its result is the size in bytes. */
  download(job: string, whatsappId: string, maxBytes: number): void
  /** Base64 of a part of what a job has downloaded. */
  downloaded(job: string, from: number, length: number): string
  /** Where a job stands, after at most `waitMs`. One that is over is forgotten unless it is kept. */
  look(job: string, waitMs: number): Promise<PageJob>
  /** Frees what a message or a job holds in the page. */
  release(name: string): void
  seen(chatId: string): Promise<boolean>
  typing(chatId: string, state: TypingState): Promise<boolean>
  acks(ids: string[], chats: Record<string, string>): Promise<Record<string, Ack | null>>
  /** Chat id of a number (digits), null when it is not on WhatsApp. */
  resolve(digits: string): Promise<string | null>
  /** A message of somebody else as the protocol has it; null for what is not a message to people. */
  readIncoming(message: PageModule): IncomingMessage | null
  /** That the writer of this message changed it or took it back, as messages of their own; none when neither. */
  readChanges(message: PageModule): IncomingMessage[]
  /** A row of WhatsApp Web's table of reactions; null for our own. */
  readReaction(reaction: PageModule): IncomingMessage | null
  /**
   * What waits unread, oldest first; listens from the same moment on. Rejects while it cannot. Nothing from before
   * `sinceMs` is looked for: it is told only where the page has it at hand.
   */
  unread(sinceMs: number): Promise<IncomingMessage[]>
  /** Closes a dialog that only informs; true when one was closed. */
  dismissNews(): boolean
}

/** One look at the page. */
export interface Probe {
  pageLoad: string
  /** Build of WhatsApp Web; null until its scripts run. */
  version: string | null
  /** The page's own word: UNPAIRED, PAIRING, OPENING, CONNECTED, CONFLICT, TOS_BLOCK … */
  state: string | null
  hasSynced: boolean | null
  /** Our own ids; null until linked. */
  phoneId: string | null
  lid: string | null
  name: string | null
  /** Whether the library has found its way in. */
  entered: boolean
  /** Whether the library's helpers are there: the last thing it needs to send. */
  helpers: boolean
  /** A prompt that only a person can answer. */
  prompt: 'passkey' | null
  /** Whether the document has loaded, whatever it shows. */
  loaded: boolean
}

export interface PageHandOver {
  whatsappId: string
  chatId: string
  kind: SendKind
  text: string
  content: MessageContent
  /** No hand-over may begin later than this; a page that thaws after its caller gave up must not send. */
  withinMs: number
}

/** How a hand-over went, before it is known which page load tells it. */
export type Outcome =
  | { outcome: 'handed'; ack: Ack }
  | { outcome: 'refused'; code: RefusalCode; detail: string }
  | { outcome: 'unproven'; code: UnprovenCode; detail: string }

export type PageOutcome = { pageLoad: string } & Outcome

/** What the library's `sendMessage` gets: its content, its options, and what it lays over the message it makes. */
export interface Composed {
  content: string | undefined
  options: Record<string, unknown>
  extra: Record<string, unknown>
}

export type PageJob =
  | { state: 'pending' | 'unknown' }
  | { state: 'done'; result: unknown }
  | { state: 'failed'; detail: string }
