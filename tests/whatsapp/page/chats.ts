// Chats and groups of the page: opened by id, kept in its storage, archived, pinned, muted, marked as seen.
import type { Group } from '../frames.ts'
import { Collection, Model } from './events.ts'
import { createWid, Wid } from './ids.ts'
import { onOrder, tell } from './line.ts'
import { Cmd } from './link.ts'
import { Contact, currentLid, phoneNumber, queryWidExists } from './numbers.ts'
import { define } from './require.ts'
import { forget, keep, recallAll } from './storage.ts'

interface ChatRecord {
  id: string
  t: number
  unreadCount: number
  archive: boolean
  pin: number
  group: Group | null
}

class Mute extends Model {
  async mute({ expiration }: { expiration: number }): Promise<void> {
    this.set({ expiration })
  }

  async unmute(): Promise<void> {
    this.set({ expiration: 0 })
  }
}

export class ChatModel extends Model {
  declare id: Wid
  declare t: number
  declare unreadCount: number
  declare archive: boolean
  declare pin: number
  declare msgs: Collection
  declare groupMetadata: Model | undefined

  get formattedTitle(): string {
    if (this.groupMetadata) return String(this.groupMetadata.subject)
    return String(Contact.gadd(this.id).pushname ?? `+${(phoneNumber(this.id) ?? this.id).user}`)
  }
}

class Chats extends Collection<ChatModel> {
  async find(id: unknown): Promise<ChatModel> {
    return (await findOrCreateLatestChat(createWid(id))).chat
  }
}

export const Chat = new Chats(ChatModel)
const GroupMetadata = Object.assign(new Collection(Model), {
  update: async (id: unknown) => Chat.get(id)?.groupMetadata,
  find: async (id: unknown) => Chat.get(id)?.groupMetadata,
})

export async function loadChats(): Promise<void> {
  for (const record of await recallAll<ChatRecord>('chat')) Chat.add(makeChat(record))
}

/**
 * Opens the chat with `wid`. Where chats go by LID, a number whose LID is not known throws "No LID for user", as the
 * real page does; a build that asks first throws only where WhatsApp has none.
 */
export async function findOrCreateLatestChat(given: Wid): Promise<{ chat: ChatModel; created: boolean }> {
  const wid = await addressed(createWid(given))
  const known = Chat.get(wid)
  if (known) return { chat: known, created: false }
  const chat = Chat.add(
    makeChat({ id: String(wid), t: 0, unreadCount: 0, archive: false, pin: 0, group: null }),
  )
  await keepChat(chat)
  return { chat, created: true }
}

/** The chat's id as this build spells it: chats with people go by LID or by number, never by both. */
async function addressed(wid: Wid): Promise<Wid> {
  if (!wid.isUser()) return wid
  const { addressing, lidLookup } = globalThis.standInStart.build
  if (lidLookup === 'asks' && !currentLid(wid)) await queryWidExists(wid)
  const lid = currentLid(wid)
  if (!lid) throw new Error('No LID for user')
  return addressing === 'lid' ? lid : (phoneNumber(wid) ?? wid)
}

export async function keepChat(chat: ChatModel): Promise<void> {
  const record: ChatRecord = {
    id: String(chat.id),
    t: chat.t,
    unreadCount: chat.unreadCount,
    archive: chat.archive,
    pin: chat.pin,
    group: (chat.groupMetadata?.group as Group | undefined) ?? null,
  }
  await keep('chat', record.id, record)
}

export async function addGroup(group: Group): Promise<void> {
  const record = { id: group.id, t: 0, unreadCount: 0, archive: false, pin: 0, group }
  const chat = Chat.get(group.id)
  if (chat) chat.set({ groupMetadata: makeGroup(group) })
  await keepChat(chat ?? Chat.add(makeChat(record)))
}

onOrder('group', ({ group }) => addGroup(group))

function makeChat(record: ChatRecord): ChatModel {
  return new ChatModel({
    id: createWid(record.id),
    t: record.t,
    unreadCount: record.unreadCount,
    archive: record.archive,
    pin: record.pin,
    isReadOnly: false,
    isLocked: false,
    mute: new Mute({ expiration: 0 }),
    msgs: new Collection(Model),
    lastReceivedKey: undefined,
    ...(record.group && { groupMetadata: makeGroup(record.group) }),
  })
}

function makeGroup(group: Group): Model {
  const participants = group.members.map((number) => ({
    id: new Wid(number, 'c.us'),
    isAdmin: false,
    isSuperAdmin: false,
  }))
  return new Model({
    id: createWid(group.id),
    subject: group.subject,
    announce: group.announce,
    isLidAddressingMode: false,
    participants,
    group,
  })
}

async function sendSeen({ chat }: { chat: ChatModel }): Promise<void> {
  tell({ kind: 'seen', chat: String(chat.id) })
  if (chat.unreadCount === 0) return
  chat.set({ unreadCount: 0 })
  await keepChat(chat)
}

async function sendDelete(chat: ChatModel): Promise<void> {
  Chat.remove(chat)
  await forget('chat', String(chat.id))
}

Object.assign(Cmd, {
  async archiveChat(chat: ChatModel, archive: boolean) {
    chat.set({ archive })
    await keepChat(chat)
  },
  async pinChat(chat: ChatModel, pinned: boolean) {
    chat.set({ pin: pinned ? Math.floor(Date.now() / 1000) : 0 })
    await keepChat(chat)
  },
  async markChatUnread(chat: ChatModel, unread: boolean) {
    chat.set({ unreadCount: unread ? -1 : 0 })
    await keepChat(chat)
  },
})

function typing(state: 'composing' | 'recording' | 'paused') {
  return async (chat: unknown) => tell({ kind: 'typing', chat: String(chat), state })
}

define('WAWebDeleteChatAction', { sendDelete })
define('WAWebFindChatAction', { findOrCreateLatestChat })
define('WAWebUpdateUnreadChatAction', { sendSeen })
define('WAWebChatStateBridge', {
  sendChatStateComposing: typing('composing'),
  sendChatStateRecording: typing('recording'),
  sendChatStatePaused: typing('paused'),
})
define('WAWebChatGetters', {
  getIsNewsletter: (chat: ChatModel) => chat.id.isNewsletter(),
  getIsBroadcast: (chat: ChatModel) => chat.id.isBroadcast(),
  getIsGroup: (chat: ChatModel) => chat.id.isGroup(),
  getIsUser: (chat: ChatModel) => chat.id.isUser(),
})
define('WAWebPresenceChatAction', {
  sendPresenceAvailable: () => tell({ kind: 'presence', available: true }),
  sendPresenceUnavailable: () => tell({ kind: 'presence', available: false }),
})

export const chatCollections = { Chat, GroupMetadata, WAWebGroupMetadataCollection: GroupMetadata }
