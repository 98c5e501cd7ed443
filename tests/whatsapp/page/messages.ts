// Messages in the page: the collection the library listens to, the page's own storage of them, acks, what comes in.
import type { LineMessage } from '../frames.ts'
import { Chat, findOrCreateLatestChat, keepChat } from './chats.ts'
import { Collection, Model } from './events.ts'
import { createWid, MsgKey, Wid } from './ids.ts'
import { line, onOrder, send, tell } from './line.ts'
import { me } from './link.ts'
import { currentLid, learn, phoneNumber } from './numbers.ts'
import { define } from './require.ts'
import { keep, recall, recallAll } from './storage.ts'

/** As stored, by serialized id. */
interface MessageRecord {
  key: string
  message: LineMessage
  ack: number
}

export class MsgModel extends Model {
  declare id: MsgKey
  declare ack: number
  declare body: string | undefined
  declare t: number

  get isStatusV3(): boolean {
    return this.id.remote.isStatus()
  }

  /** Media is always fetched already; what is gone shows when it is downloaded. */
  get mediaData(): { mediaStage: string } | undefined {
    return this.directPath ? { mediaStage: 'RESOLVED' } : undefined
  }

  get mediaObject(): object | undefined {
    return this.directPath ? {} : undefined
  }

  async downloadMedia(): Promise<void> {}

  get isEphemeral(): boolean {
    return false
  }

  /** What a reply carries about the message it quotes. */
  msgContextInfo(): Record<string, unknown> {
    return {
      quotedStanzaID: this.id.id,
      quotedParticipant: this.id.participant ?? this.id.remote,
      quotedMsg: { type: this.type, body: this.body },
    }
  }
}

class Msgs extends Collection<MsgModel> {
  #hidden: string | null = null
  #mine = new Map<string, MsgModel>()

  override add(msg: MsgModel): MsgModel {
    if (msg.id.fromMe) this.#mine.set(msg.id.id, msg)
    return super.add(msg)
  }

  /** Our own message by its bare id, as acks name it. */
  mine(id: string): MsgModel | undefined {
    return this.#mine.get(id)
  }

  /** The next look for this id finds nothing: what the library sees in builds that spell ids otherwise. */
  hideOnce(id: string): void {
    this.#hidden = id
  }

  override get(id: unknown): MsgModel | undefined {
    if (this.#hidden !== null && String(id) === this.#hidden) {
      this.#hidden = null
      return undefined
    }
    return super.get(id)
  }

  /** From the page's storage, for what is no longer (or not yet again) in memory. */
  async getMessagesById(ids: unknown[]): Promise<{ messages: MsgModel[] }> {
    const found = await Promise.all(ids.map(async (id) => super.get(id) ?? (await fromStorage(String(id)))))
    return { messages: found.filter((msg) => msg !== undefined) }
  }

  async search(query: string, page = 1, count = 10, remote?: unknown): Promise<{ messages: MsgModel[] }> {
    const found = this.filter(
      (msg) => (msg.body ?? '').includes(query) && (remote === undefined || msg.id.remote.equals(remote)),
    )
    return { messages: found.slice((page - 1) * count, page * count) }
  }
}

export const Msg = new Msgs(MsgModel)
/** Who waits for the server's word on a message, by bare id. */
const results = new Map<string, (result: SendResult) => void>()
export interface SendResult {
  messageSendResult: 'OK' | 'ERROR_UNKNOWN'
  errorCode: number | null
  t: number
}

const KEPT_IN_CHAT = 50
let ackEvents = true

/** Only what has not gone out comes back into memory; the rest is found by id, as in the real page. */
export async function loadMessages(): Promise<void> {
  const { resendsAfterReload } = globalThis.standInStart.build
  for (const record of await recallAll<MessageRecord>('message')) {
    if (record.ack === 0 && resendsAfterReload) await show(modelOf(record, false))
  }
}

/** Puts a message where the library sees it; `add` fires only for ids that are not there yet. */
export async function show(msg: MsgModel): Promise<MsgModel> {
  if (Msg.get(msg.id)) return msg
  const chat = Chat.get(msg.id.remote)
  chat?.msgs.add(msg)
  const old = chat?.msgs.getModelsArray() ?? []
  for (const dropped of old.slice(0, Math.max(0, old.length - KEPT_IN_CHAT))) chat?.msgs.remove(dropped)
  chat?.set({ t: msg.t, ...(!msg.id.fromMe && { lastReceivedKey: msg.id }) })
  Msg.add(msg)
  return msg
}

export async function storeMessage(msg: MsgModel): Promise<void> {
  const record: MessageRecord = { key: String(msg.id), message: lineMessage(msg), ack: msg.ack }
  await keep('message', record.key, record)
}

export function lineMessage(msg: MsgModel): LineMessage {
  const { id, ack, body, t, type, from, to, ...rest } = msg.serialize()
  const writer = msg.id.participant ?? msg.id.remote
  const author = msg.id.fromMe ? me.pn : phoneNumber(writer)
  return {
    id: msg.id.id,
    chat: String(msg.id.remote),
    author: author?.user ?? String(writer),
    type: String(msg.type),
    body: msg.body ?? '',
    t: msg.t,
    extra: JSON.parse(JSON.stringify(rest)) as Record<string, unknown>,
  }
}

/** Resolves with the first word of the server: taken or refused. */
export function resultOf(id: string): Promise<SendResult> {
  return new Promise((resolve) => results.set(id, resolve))
}

// What the line swallowed goes out again with the next one; the servers know an id they already have.
line.on('open', () => {
  for (const msg of Msg.filter((msg) => msg.id.fromMe && msg.ack === 0)) {
    send({ kind: 'send', message: lineMessage(msg) })
  }
})

onOrder('ackEvents', ({ on }) => {
  ackEvents = on
})

onOrder('ack', async ({ id, ack, error }) => {
  results.get(id)?.({ messageSendResult: ack < 0 ? 'ERROR_UNKNOWN' : 'OK', errorCode: error, t: nowS() })
  results.delete(id)
  const msg = Msg.mine(id) ?? (await findByBareId(id))
  // Acks only move forward; one for a message this page never kept is dropped, as in the real page.
  if (!msg || (ack > 0 && msg.ack >= ack)) return
  if (ackEvents) msg.set({ ack })
  else Object.assign(msg, { ack })
  if (ack < 0) Object.assign(msg, { errorCode: error })
  await storeMessage(msg)
})

onOrder('incoming', async ({ message, lid, name }) => {
  if (message.author && lid) await learn({ number: message.author, registered: true, lid, name })
  const remote = createWid(message.chat)
  const { chat } = await findOrCreateLatestChat(remote)
  const msg = modelOf({ key: '', message: { ...message, chat: String(chat.id) }, ack: 1 }, true)
  tell({ kind: 'got', id: message.id })
  const stored = await recall<MessageRecord>('message', String(msg.id))
  if (stored || Msg.get(msg.id)) return
  await storeMessage(msg)
  await show(msg)
  chat.set({ unreadCount: Math.max(0, chat.unreadCount) + 1 })
  await keepChat(chat)
})

function modelOf({ message, ack }: MessageRecord, isNewMsg: boolean): MsgModel {
  const remote = createWid(message.chat)
  const fromMe = message.author === me.pn?.user
  const writer = authorOf(message)
  const participant = remote.isGroup() ? writer : undefined
  return new MsgModel({
    ...message.extra,
    id: new MsgKey({ fromMe, remote, id: message.id, participant }),
    type: message.type,
    body: message.body,
    t: message.t,
    ack,
    from: fromMe ? me.pn : remote,
    to: fromMe ? remote : remote.isLid() ? me.lid : me.pn,
    self: fromMe ? 'out' : 'in',
    isNewMsg,
    ...(participant && !fromMe && { author: participant }),
  })
}

function authorOf(message: LineMessage): Wid {
  if (message.author.includes('@')) return createWid(message.author)
  const wid = new Wid(message.author, 'c.us')
  return globalThis.standInStart.build.addressing === 'lid' ? (currentLid(wid) ?? wid) : wid
}

async function fromStorage(key: string): Promise<MsgModel | undefined> {
  const record = await recall<MessageRecord>('message', key)
  return record && modelOf(record, false)
}

/** A message of either side by the bare id that the line knows it by. */
export async function findByBareId(id: string): Promise<MsgModel | undefined> {
  const shown = Msg.filter((msg) => msg.id.id === id)[0]
  if (shown) return shown
  const record = (await recallAll<MessageRecord>('message')).find((r) => r.message.id === id)
  if (!record) return undefined
  // Back into memory first, so that what happens to it is an event.
  return show(modelOf(record, false))
}

/** The next older ones of a chat, oldest first, from the page's storage into its memory. None: there are no more. */
async function loadEarlierMsgs({ chat }: { chat: { id: Wid; msgs: Collection } }): Promise<MsgModel[]> {
  const records = (await recallAll<MessageRecord>('message'))
    .filter(({ key, message }) => message.chat === String(chat.id) && !Msg.get(key))
    .sort((a, b) => a.message.t - b.message.t)
  return records.slice(-KEPT_IN_CHAT).map((record) => {
    const msg = modelOf(record, false)
    chat.msgs.add(msg)
    return Msg.add(msg)
  })
}

function nowS(): number {
  return Math.floor(Date.now() / 1000)
}

define('WAWebMsgKey', MsgKey)
define('WAWebMsgReply', { canReplyMsg: () => true })
define('WAWebChatLoadMessages', { loadEarlierMsgs })
