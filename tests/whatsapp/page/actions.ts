// What is done to messages once they are there: reactions, edits, revokes, stars, forwards, info; from either side.
import { type ChatModel, keepChat } from './chats.ts'
import { Collection, Emitter, Model } from './events.ts'
import { createWid, MsgKey, Wid } from './ids.ts'
import { onOrder, tell } from './line.ts'
import { Cmd, me } from './link.ts'
import { findByBareId, Msg, MsgModel, storeMessage } from './messages.ts'
import { currentLid } from './numbers.ts'
import { define } from './require.ts'
import { addAndSendMsgToChat } from './send.ts'
import { forget } from './storage.ts'

// The library puts its own functions in the place of these two; always call them through the object.
const reactionTableMode = { bulkUpsert: async (_reactions: unknown[]) => {} }
const pollVoteTableMode = { bulkUpsert: async (_votes: unknown[]) => {} }
// It also looks for the one own property that is a Map, and listens to what is put into it.
const callCollection = Object.assign(new Emitter(), { calls: new Map<string, unknown>() })

onOrder('change', async ({ id, change }) => {
  const msg = await findByBareId(id)
  if (!msg) throw new Error(`no message ${id} in the page`)
  msg.set(
    change.kind === 'edit'
      ? { body: change.text, latestEditSenderTimestampMs: Date.now() }
      : { type: 'revoked', body: '' },
  )
  await storeMessage(msg)
})

onOrder('reaction', async ({ id, from, text }) => {
  const msg = await findByBareId(id)
  if (!msg) throw new Error(`no message ${id} in the page`)
  const sender = currentLid(new Wid(from, 'c.us')) ?? new Wid(from, 'c.us')
  msg.set({ hasReaction: text !== '' })
  await reactionTableMode.bulkUpsert([
    {
      id: new MsgKey({ fromMe: false, remote: msg.id.remote, id: await MsgKey.newId() }),
      reactionParentKey: msg.id,
      reactionText: text,
      reactionTimestamp: Date.now(),
      author: sender,
      from: sender,
      orphan: 0,
      read: false,
      ack: 1,
    },
  ])
})

onOrder('call', async ({ id, from, isVideo }) => {
  callCollection.calls.set(id, {
    id,
    peerJid: new Wid(from, 'c.us'),
    isVideo,
    isGroup: false,
    canHandleLocally: false,
    outgoing: false,
    webClientShouldHandle: false,
    participants: [],
  })
})

function did(
  what: 'reacted' | 'edited' | 'revoked' | 'starred' | 'unstarred',
  msg: MsgModel,
  text = '',
): void {
  tell({ kind: 'did', what, chat: String(msg.id.remote), id: msg.id.id, text })
}

async function sendMessageEdit(msg: MsgModel, text: string): Promise<void> {
  msg.set({ body: text, latestEditSenderTimestampMs: Date.now() })
  await storeMessage(msg)
  did('edited', msg, text)
}

async function forwardMessages({ chat, msgs }: { chat: ChatModel; msgs: MsgModel[] }): Promise<void> {
  for (const msg of msgs) {
    const id = new MsgKey({ from: me.pn, to: chat.id, id: await MsgKey.newId(), selfDir: 'out' })
    const copy = {
      ...msg.serialize(),
      id,
      ack: 0,
      from: me.pn,
      to: chat.id,
      isForwarded: true,
      isNewMsg: true,
    }
    await addAndSendMsgToChat(chat, { ...copy, t: Math.floor(Date.now() / 1000) })[0]
  }
}

Object.assign(Cmd, {
  async sendRevokeMsgs(_chat: ChatModel, { list }: { list: MsgModel[] }) {
    for (const msg of list) {
      did('revoked', msg)
      msg.set({ type: 'revoked', body: '' })
      await storeMessage(msg)
    }
  },
  async sendDeleteMsgs(_chat: ChatModel, { list }: { list: MsgModel[] }) {
    for (const msg of list) {
      Msg.remove(msg)
      await forget('message', String(msg.id))
    }
  },
  async sendStarMsgs(_chat: ChatModel, msgs: MsgModel[]) {
    for (const msg of msgs) did('starred', msg.set({ star: true }))
  },
  async sendUnstarMsgs(_chat: ChatModel, msgs: MsgModel[]) {
    for (const msg of msgs) did('unstarred', msg.set({ star: false }))
  },
})

async function clear(chat: ChatModel): Promise<void> {
  for (const msg of Msg.filter(({ id }) => id.remote.equals(chat.id))) {
    Msg.remove(msg)
    chat.msgs.remove(msg)
    await forget('message', String(msg.id))
  }
  await keepChat(chat)
}

define('WAWebAddonReactionTableMode', { reactionTableMode })
define('WAWebAddonPollVoteTableMode', { pollVoteTableMode })
define('WAWebCallCollection', callCollection)
// What this side reacted with; the other side's reactions go through the table only.
const own = new Map<string, string>()
const Reactions = {
  find: async (id: unknown) => {
    const text = own.get(String(id)) ?? ''
    const reactions = new Collection(Model)
    if (text) reactions.add(new Model({ id: text, aggregateEmoji: text, hasReactionByMe: true, senders: [] }))
    return { id, reactions }
  },
}
define('WAWebSendReactionMsgAction', {
  sendReactionToMsg: async (msg: MsgModel, text: string) => {
    own.set(String(msg.id), text)
    did('reacted', msg, text)
  },
})
export const reactionCollections = { Reactions }
define('WAWebSendMessageEditAction', { sendMessageEdit })
define('WAWebChatForwardMessage', { forwardMessages })
define('WAWebChatClearBridge', { sendClear: clear })
define('WAWebApiMessageInfoStore', {
  queryMsgInfo: async (id: MsgKey) => {
    const ack = Msg.get(id)?.ack ?? 0
    const who = [{ id: id.remote, t: Math.floor(Date.now() / 1000) }]
    return {
      delivery: ack >= 2 ? who : [],
      read: ack >= 3 ? who : [],
      played: [],
      deliveryRemaining: 0,
      readRemaining: 0,
    }
  },
})
define('WAWebQuotedMsgModelUtils', {
  getQuotedMsgObj: (msg: MsgModel) => {
    const quoted = msg.quotedMsg as { type: string; body: string } | undefined
    const id = new MsgKey({ fromMe: false, remote: msg.id.remote, id: String(msg.quotedStanzaID) })
    return quoted && (Msg.get(id) ?? new MsgModel({ id, ...quoted }))
  },
})
define('WAWebMsgActionCapability', {
  canSenderRevokeMsg: (msg: MsgModel) => msg.id.fromMe,
  canAdminRevokeMsg: () => false,
  canStarMsg: () => true,
  canEditText: (msg: MsgModel) => msg.id.fromMe && msg.type === 'chat',
  canEditCaption: () => false,
})
define('WAWebWidToJid', {
  widToUserJid: (wid: Wid) => createWid(wid).toJid(),
  widToGroupJid: (wid: Wid) => String(wid),
})
define('WAWebJidToWid', { userJidToUserWid: (jid: string) => createWid(jid) })
