// Runs in WhatsApp's page: changes a message that is there (edit, delete for everyone, reaction), typing and seen.
//
// Each of these comes to the same when it is done twice, so what cannot be proved is simply done again.

import type { RefusalCode, TypingState } from '../protocol.ts'
import type { Outcome, PageHandOver, PageModule, PageWindow } from './window.ts'

export function installChange(): void {
  const page = window as unknown as PageWindow
  const botwave = page.botwave
  if (!botwave) return
  Object.assign(botwave, { change, seen, typing })

  const PATIENCE_MS = 30_000

  async function change(ask: PageHandOver): Promise<Outcome> {
    const { target = '' } = ask.content
    let message: PageModule
    try {
      message = await botwave?.findAny(target, ask.chatId)
    } catch (error) {
      return refused('page_error', wordsOf(error))
    }
    if (!message) return refused('target_not_found', '')
    if (ask.kind === 'delete' && message.type === 'revoked') return { outcome: 'handed', ack: 1 }
    if (!isAllowed(ask, message)) return refused('too_late', '')
    try {
      await within(PATIENCE_MS, carryOut(ask, message))
    } catch (error) {
      const detail = wordsOf(error)
      return detail === 'deadline'
        ? { outcome: 'unproven', code: 'deadline', detail: '' }
        : refused('page_error', detail)
    }
    // WhatsApp acknowledges none of these: that the page shows it is all there is to know.
    return (await shows(ask, target))
      ? { outcome: 'handed', ack: 1 }
      : { outcome: 'unproven', code: 'not_found_yet', detail: '' }
  }

  function isAllowed({ kind }: PageHandOver, message: PageModule): boolean {
    if (kind === 'reaction') return message.type !== 'revoked'
    const can = page.require('WAWebMsgActionCapability')
    if (kind === 'edit') return Boolean(can.canEditText(message) || can.canEditCaption(message))
    return Boolean(can.canSenderRevokeMsg(message) || can.canAdminRevokeMsg(message))
  }

  async function carryOut({ kind, text, content }: PageHandOver, message: PageModule): Promise<void> {
    if (kind === 'edit') return page.WWebJS.editMessage(message, text, {})
    if (kind === 'reaction') {
      const { sendReactionToMsg } = page.require('WAWebSendReactionMsgAction')
      return sendReactionToMsg(message, content.emoji ?? '')
    }
    const { Chat } = page.require('WAWebCollections')
    const chat = Chat.get(message.id.remote) ?? (await Chat.find(message.id.remote))
    const { Cmd } = page.require('WAWebCmd')
    return Cmd.sendRevokeMsgs(chat, { list: [message], type: 'message' }, { clearMedia: true })
  }

  async function shows(ask: PageHandOver, target: string): Promise<boolean> {
    const message = await botwave?.findAny(target, ask.chatId)
    if (ask.kind === 'delete') return !message || message.type === 'revoked'
    if (ask.kind === 'edit') return (message?.directPath ? message.caption : message?.body) === ask.text
    return hasReaction(message, ask.content.emoji !== '')
  }

  /** Which emoji is not compared: the page counts those of all skin colours together. */
  async function hasReaction(message: PageModule, wanted: boolean): Promise<boolean> {
    const { Reactions } = page.require('WAWebCollections')
    if (!Reactions?.find) return true
    const found = await within(5_000, Reactions.find(botwave?.readId(message?.id)))
    const all = found?.reactions
    const models: PageModule[] = all?.getModelsArray?.() ?? (Array.isArray(all) ? all : [])
    return models.some((reaction) => reaction.hasReactionByMe) === wanted
  }

  async function seen(chatId: string): Promise<boolean> {
    return page.WWebJS.sendSeen(chatId)
  }

  async function typing(chatId: string, state: TypingState): Promise<boolean> {
    const chat = await page.WWebJS.getChat(chatId, { getAsModel: false })
    if (!chat) return false
    await page.WWebJS.sendChatstate(state === 'stopped' ? 'stop' : state, botwave?.readId(chat.id) ?? chatId)
    return true
  }

  function refused(code: RefusalCode, detail: string): Outcome {
    return { outcome: 'refused', code, detail }
  }

  function wordsOf(error: unknown): string {
    return String((error as Error)?.message ?? error)
  }

  function within(ms: number, work: Promise<PageModule>): Promise<PageModule> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('deadline')), ms)
      work.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }
}
