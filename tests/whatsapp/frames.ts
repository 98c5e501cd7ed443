// What crosses the one WebSocket between the stand-in's page and its servers, and the words both sides share.

/** States of the page's `Socket`, as the real page spells them. */
export type SocketState =
  | 'UNLAUNCHED'
  | 'OPENING'
  | 'PAIRING'
  | 'UNPAIRED'
  | 'UNPAIRED_IDLE'
  | 'CONNECTED'
  | 'TIMEOUT'
  | 'CONFLICT'
  | 'TOS_BLOCK'
  | 'SMB_TOS_BLOCK'
  | 'PROXYBLOCK'
  | 'DEPRECATED_VERSION'

/** How one build of WhatsApp Web differs from another. Fixed for the life of a page load. */
export interface Build {
  version: string
  /** The property of ids that holds their text: `$1` in builds since July 2026. */
  spelling: '_serialized' | '$1'
  /** Whether one-to-one chats are known by LID (builds of today) or by phone number. */
  addressing: 'lid' | 'pn'
  /** `known`: opening a chat throws "No LID for user" unless the number was looked up before. `asks`: it looks it up. */
  lidLookup: 'known' | 'asks'
  /** Whether messages still at ack 0 in the page's own storage go out again after a reload. */
  resendsAfterReload: boolean
}

/** What the page is told with its HTML, before any script of the library runs. */
export interface PageStart {
  build: Build
  /** Keep `Debug` undefined until everything is synced: the library then comes too late to hear of it. */
  hideUntilSynced: boolean
}

export interface Me {
  number: string
  lid: string
  name: string
  platform: string
}

export interface DeviceKeys {
  id: string
  token: string
}

/** A message as it crosses the line. Ids as text; `chat` as the page that sent or gets it names it. */
export interface LineMessage {
  id: string
  chat: string
  /** Who wrote it: digits for a person, `…@lid` where the number is not told; never the group. */
  author: string
  type: string
  body: string
  /** Unix seconds. */
  t: number
  /** Everything else the page would send along: quoted id, mentions, place, poll, media. */
  extra: Record<string, unknown>
}

export interface Group {
  id: string
  subject: string
  /** Digits. */
  members: string[]
  /** Only admins may write. */
  announce: boolean
}

export interface NumberAnswer {
  number: string
  registered: boolean
  /** The number after `@lid`, null where WhatsApp has none. */
  lid: string | null
  name: string | null
}

/** What goes wrong with the next message: see `failNextSend` and `dieInNextSend` in the README. */
export interface SendFault {
  when: 'before' | 'after'
  how: 'throw' | 'hang' | 'undefined' | 'die'
  error?: string
  /** Only a message with this text meets it; otherwise the next one. */
  text?: string
  /** How the page dies; by a crash of its renderer unless given. */
  by?: Death
}

/** `reload`: it starts anew under the call. */
export type Death = 'crash' | 'reload'

/** The servers' orders to the page; each is confirmed once it has taken effect. */
export interface Orders {
  ref: { ref: string }
  idle: Record<never, never>
  linked: { device: DeviceKeys; me: Me; emptyRef: boolean }
  connected: { me: Me; groups: Group[]; names: Record<string, string> }
  sync: { how: 'listened' | 'now' }
  resync: { times: number }
  state: { state: SocketState }
  logout: Record<never, never>
  incoming: { message: LineMessage; lid: string | null; name: string | null }
  ack: { id: string; ack: number; error: number | null }
  change: { id: string; change: { kind: 'edit'; text: string } | { kind: 'revoke' } }
  reaction: { id: string; from: string; text: string }
  call: { id: string; from: string; isVideo: boolean }
  ackEvents: { on: boolean }
  fault: { fault: SendFault | null }
  group: { group: Group }
  passkey: { shown: boolean }
  whatsNew: Record<never, never>
  settle: Record<never, never>
  freeze: Record<never, never>
  reload: Record<never, never>
  collectGarbage: Record<never, never>
}
export type OrderName = keyof Orders

/** What the page asks the servers and gets an answer to. */
export interface Questions {
  number: { ask: { number?: string; lid?: string }; answer: NumberAnswer }
  pairingCode: { ask: { phone: string; notify: boolean }; answer: { code: string } }
  refreshRefs: { ask: Record<never, never>; answer: Record<never, never> }
  logout: { ask: Record<never, never>; answer: Record<never, never> }
  takeover: { ask: Record<never, never>; answer: Record<never, never> }
}
export type QuestionName = keyof Questions

/** What a linked device does to messages and people besides sending. */
export type Deed = 'reacted' | 'edited' | 'revoked' | 'starred' | 'unstarred' | 'blocked' | 'unblocked'

export type ToPage =
  | { kind: 'order'; token: number; name: OrderName; args: Orders[OrderName] }
  | { kind: 'answer'; seq: number; ok: true; answer: Questions[QuestionName]['answer'] }
  | { kind: 'answer'; seq: number; ok: false; error: string }

export type FromPage =
  | { kind: 'hello'; keys: { static: string; identity: string; adv: string }; version: string }
  | { kind: 'done'; token: number; error: string | null }
  | { kind: 'ask'; seq: number; name: QuestionName; ask: Questions[QuestionName]['ask'] }
  | { kind: 'send'; message: LineMessage }
  /** The fault's point was passed: the servers now let the page die. */
  | { kind: 'point'; id: string; by: Death }
  | { kind: 'got'; id: string }
  | { kind: 'seen'; chat: string }
  | { kind: 'typing'; chat: string; state: 'composing' | 'recording' | 'paused' }
  | { kind: 'did'; what: Deed; chat: string; id: string; text: string }
  | { kind: 'presence'; available: boolean }
  | { kind: 'state'; state: SocketState }
  | { kind: 'synced' }
  | { kind: 'dismissed'; dialog: string }
  | { kind: 'unknownModule'; name: string }
  | { kind: 'trouble'; error: string }
