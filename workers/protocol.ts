// All that crosses the border between the main thread and an account's Worker: commands, replies, signals.
//
// Every message carries `generation` (which link, so which profile folder) and `run` (which start of Worker and
// browser). The main thread ignores what another run says; the Worker refuses commands meant for another run.

import type { MessageContent, SendKind } from '../src/rules/message-content.ts'
import type { Deadlines } from './deadlines.ts'
import type { MemoryLimits } from './memory.ts'

/** WhatsApp's acknowledgement of our own message: −1 refused, 0 held by WhatsApp Web, 1 server, 2 device, 3 read, 4 played. */
export type Ack = -1 | 0 | 1 | 2 | 3 | 4

/** Which start of which link a message speaks of. */
export interface Run {
  generation: number
  run: number
}

/** A browser that was found before any Worker started; see `workers/browser.ts`. */
export interface Browser {
  /** Absolute path of the binary itself, never of a wrapper script. */
  executable: string
  /** Flags in addition to those the Worker always sets. */
  flags: string[]
  /** Added to the environment of the browser process. */
  env: Record<string, string>
  /** Whether Chromium's own sandbox stays on. */
  sandbox: boolean
  /** `headless shell` takes no profile lock of its own. */
  kind: 'chrome' | 'headless-shell'
  /** Where it came from, for people: `CHROME_PATH`, `installed`, `packaged`. */
  origin: string
}

/** What a Worker needs for one run. Sent once, as the first command. */
export interface StartOptions {
  accountId: string
  /** Absolute path; made (0700) if absent; one per account and generation. */
  profileDir: string
  browser: Browser
  /** A local HTML file in place of web.whatsapp.com, or null. */
  webPage: string | null
  /** What it goes out through: `http://host:port`, `https://…` or `socks5://…`, and how it signs in there. */
  proxy?: { server: string; login: { username: string; password: string } | null } | null
  /** Digits only: ask for a pairing code for this phone; the QR stays available next to it. */
  pairingPhone: string | null
  /** Whether this generation was ever linked: decides between "syncing" and "qr" for the first sentence shown. */
  linked: boolean
  /** Since when it is linked (epoch ms), where that is known: what came before is history, and nobody's to catch up on. */
  linkedAtMs?: number | null
  /** When the browser has grown so large that it is started anew. */
  memory: MemoryLimits
  /** Other deadlines than the usual ones. */
  deadlines?: Partial<Deadlines>
}

/** What the main thread may ask. `answer` is what the reply carries when it went well. */
export interface Commands {
  /** Launches the browser. Answers when it runs; how the link goes on comes as signals. */
  start: { ask: StartOptions; answer: { browserPid: number | null } }
  /** Answers at once whatever the page does: a Worker that does not is stuck. */
  ping: { ask: Record<never, never>; answer: Record<never, never> }
  /** Closes the browser, keeps the profile. Answers when no process is left. */
  stop: { ask: Record<never, never>; answer: Record<never, never> }
  /** Unlinks this device at WhatsApp, then closes the browser. `unlinked` false: WhatsApp could not be told. */
  logout: { ask: Record<never, never>; answer: { unlinked: boolean } }
  /** Asks for a pairing code while the account waits for its link. */
  pair: { ask: { phone: string }; answer: { code: string; expiresAt: string } }
  /** Hands one message over under an id chosen by the caller. */
  send: { ask: SendAsk; answer: SendOutcome }
  /** Marks a chat as read, as far as it goes. `done` false: there is no such chat. */
  seen: { ask: { chatId: string }; answer: { done: boolean } }
  /** Shows the other side that somebody types or records; WhatsApp itself ends it after some 25 s. */
  typing: { ask: { chatId: string; state: TypingState }; answer: { done: boolean } }
  /** Fetches the file that came with a message and writes it to `path` (absolute, its folder is there). */
  fetchFile: { ask: { whatsappId: string; path: string; maxBytes: number }; answer: FetchedFile }
  /** Takes the link over from the other browser that has it (state `conflict`). */
  takeOver: { ask: Record<never, never>; answer: Record<never, never> }
  /**
   * Acks by id; null: this page does not know the id. `pageLoad` names the page load asked. The page's memory holds what
   * passed since it loaded; `chats` (id → chat id) lets it look into its storage for older ones too.
   */
  acks: {
    ask: { ids: string[]; chats?: Record<string, string> }
    answer: { pageLoad: string; acks: Record<string, Ack | null> }
  }
  /** Whether a number (digits) is on WhatsApp, and its chat id. */
  number: { ask: { number: string }; answer: { chatId: string | null } }
}

export interface SendAsk {
  /** Our message's id and that of the request that accepted it, for logs. */
  messageId: string
  requestId?: string | null
  /** The WhatsApp id chosen for it: `3EB0` and 18 upper-case hex digits. */
  whatsappId: string
  /** `…@c.us`, `…@lid` or `…@g.us`. */
  chatId: string
  /** The text, or the words under a picture. */
  text: string
  /** Absent: a text. */
  kind?: SendKind
  content?: MessageContent
  /** Absolute path of what `content.file` describes: the browser reads it itself. */
  filePath?: string
}

export type TypingState = 'typing' | 'recording' | 'stopped'

/** `missing`: WhatsApp does not have it any more. */
export type FetchedFile =
  | { fetched: true; sizeBytes: number; sha256: string }
  | { fetched: false; why: 'too_large' | 'missing' }

/**
 * How a hand-over went. `handed`: found under the id, with our chat and what it says. `refused`: certain that nothing went
 * out (`retry` says whether trying again makes sense). `unproven`: perhaps handed over; look it up later.
 */
export type SendOutcome =
  | { outcome: 'handed'; ack: Ack; pageLoad: string }
  | { outcome: 'refused'; code: RefusalCode; retry: boolean }
  | { outcome: 'unproven'; code: UnprovenCode; pageLoad: string | null }

export type RefusalCode =
  | 'not_on_whatsapp'
  | 'no_lid'
  | 'chat_not_found'
  | 'not_ready'
  | 'refused_by_whatsapp'
  | 'page_error'
  | 'file_refused'
  | 'file_gone'
  | 'quoted_not_found'
  | 'target_not_found'
  | 'too_late'
export type UnprovenCode = 'deadline' | 'page_lost' | 'mismatch' | 'not_found_yet'

export type CommandName = keyof Commands
export type CommandMessage = {
  [N in CommandName]: { kind: 'command'; seq: number; name: N; ask: Commands[N]['ask'] } & Run
}[CommandName]

export type ReplyMessage = { kind: 'reply'; seq: number } & Run &
  (
    | { ok: true; answer: Commands[CommandName]['answer'] }
    | { ok: false; code: ReplyErrorCode; detail: string }
  )

/** `page_lost`: the call may or may not have had its effect. */
export type ReplyErrorCode =
  | 'wrong_run'
  | 'not_started'
  | 'not_ready'
  | 'page_lost'
  | 'deadline'
  | 'refused_by_whatsapp'
  | 'rate_limited'
  | 'failed'

/** What a Worker reports unasked. */
export interface Signals {
  /** Where the link stands. Equal ones in a row are not sent twice. */
  state: { state: WorkerState; reason: string | null }
  /** A QR to scan: the text to draw and until when it is good (ISO 8601). */
  qr: { text: string; expiresAt: string }
  /** A code to type on the phone. */
  pairingCode: { code: string; expiresAt: string }
  /** Everything works: this account may send. `phone` in digits. */
  ready: {
    phone: string | null
    lid: string | null
    name: string | null
    webVersion: string
    pageLoad: string
  }
  /** `error`: WhatsApp's number for why it refused (ack −1), where it tells; 463 is "no new chats for now". */
  ack: { whatsappId: string; ack: Ack; error: number | null }
  incoming: IncomingMessage
  /** What the browser takes, all its processes together. */
  memory: { usedMb: number }
  /** A note for the log. Never a body, a number or a key. */
  log: {
    level: 'debug' | 'info' | 'warn' | 'error'
    message: string
    fields?: Record<string, string | number | boolean | null>
  }
  /** This run is over and its browser is gone; the Worker ends itself after this. `code` is a reason code. */
  ended: { code: EndCode; detail: string }
}

/** A message somebody else wrote. Ids in the page's serialized spelling. */
export interface IncomingMessage {
  whatsappId: string
  chatId: string
  /** Who wrote it: the chat itself, or a member of the group. */
  authorId: string
  /** Digits of the sender, null where only a LID is known. */
  fromNumber: string | null
  /** `…@lid` of the sender, null where WhatsApp Web knows none. */
  fromLid: string | null
  /** What the sender calls themselves, null where it did not come along. */
  fromName: string | null
  /** One of `SEND_KINDS`, or WhatsApp Web's own word for what has no name here. */
  kind: string
  text: string
  content: MessageContent
  /** ISO 8601. */
  at: string
  /** Written before this page listened. */
  caughtUp: boolean
}

/** States a Worker can see; the account's own machine (`src/rules/account-state.ts`) decides what becomes of them. */
export type WorkerState =
  | 'starting'
  | 'qr'
  | 'pairing'
  | 'syncing'
  | 'ready'
  | 'reconnecting'
  | 'action_required'
  | 'conflict'
  | 'qr_expired'

export type EndCode =
  | 'stopped'
  | 'logged_out'
  | 'unpaired'
  | 'banned'
  | 'qr_expired'
  | 'browser_failed'
  | 'browser_died'
  | 'page_crashed'
  | 'page_frozen'
  | 'page_unreachable'
  | 'proxy_refused'
  | 'page_changed'
  | 'start_deadline'
  | 'sync_deadline'
  | 'memory_limit'
  | 'worker_error'
  | 'worker_stuck'

export type SignalName = keyof Signals
export type SignalMessage = {
  [N in SignalName]: { kind: 'signal'; name: N; data: Signals[N] } & Run
}[SignalName]

export type FromWorker = ReplyMessage | SignalMessage
