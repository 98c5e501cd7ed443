// Runs in WhatsApp's page: finds messages by id, the acks of our own, and the chat id of a number.

import type { Ack } from '../protocol.ts'
import type { PageModule, PageWindow } from './window.ts'

export function installFind(): void {
  const page = window as unknown as PageWindow
  const botwave = page.botwave
  if (!botwave) return
  Object.assign(botwave, { findOwn, findAny, acks, resolve })

  /**
   * The message of ours with this id: from the page's memory, else (when its chat is known) from its storage. Memory is
   * searched by the bare id: the serialized one differs by build, by kind of chat and by how the chat is addressed.
   */
  async function findOwn(whatsappId: string, chatId?: string): Promise<PageModule | null> {
    const { Msg } = page.require('WAWebCollections')
    const keys = chatId ? keysOf(whatsappId, chatId) : []
    for (const key of keys) {
      const message = Msg.get(key)
      if (message) return message
    }
    const inMemory = models(Msg).findLast((message) => isOwn(message) && message.id?.id === whatsappId)
    return inMemory ?? (await fromStorage(keys))
  }

  async function findAny(whatsappId: string, chatId: string): Promise<PageModule | null> {
    const [, remote, rest] = /^(?:true|false)_([^_]+)_(.+)$/.exec(whatsappId) ?? []
    if (!remote || !rest) return findOwn(whatsappId, chatId)
    const side = whatsappId.slice(0, whatsappId.indexOf('_'))
    // A build may have begun to call the chat by LID since.
    const keys = [whatsappId, ...otherNames(remote).map((name) => `${side}_${name}_${rest}`)]
    const { Msg } = page.require('WAWebCollections')
    for (const key of keys) {
      const message = Msg.get(key)
      if (message) return message
    }
    return fromStorage(keys)
  }

  async function fromStorage(keys: string[]): Promise<PageModule | null> {
    const { Msg } = page.require('WAWebCollections')
    if (keys.length === 0 || typeof Msg.getMessagesById !== 'function') return null
    try {
      return (await Msg.getMessagesById(keys))?.messages?.find((message: PageModule) => message) ?? null
    } catch {
      return null
    }
  }

  function keysOf(whatsappId: string, chatId: string): string[] {
    const key = `true_${chatId}_${whatsappId}`
    if (!chatId.endsWith('@g.us')) return [key, ...otherNames(chatId).map((id) => `true_${id}_${whatsappId}`)]
    const { phoneId, lid } = botwave?.probe() ?? {}
    return [key, ...[phoneId, lid].filter(Boolean).map((me) => `${key}_${me}`)]
  }

  /** One person's chat goes by number or by LID. */
  function otherNames(chatId: string): string[] {
    try {
      const wid = page.require('WAWebWidFactory').createWid(chatId)
      const names = page.require('WAWebApiContact')
      const other = chatId.endsWith('@lid') ? names.getPhoneNumber(wid) : names.getCurrentLid(wid)
      const id = botwave?.readId(other)
      return id ? [id] : []
    } catch {
      return []
    }
  }

  async function acks(ids: string[], chats: Record<string, string>): Promise<Record<string, Ack | null>> {
    const { Msg } = page.require('WAWebCollections')
    const wanted = new Set(ids)
    const found: Record<string, Ack | null> = Object.fromEntries(ids.map((id) => [id, null]))
    for (const message of models(Msg)) {
      if (isOwn(message) && wanted.has(message.id?.id)) found[message.id.id] = message.ack ?? 0
    }
    for (const id of ids) {
      if (found[id] !== null) continue
      if (chats[id]) found[id] = (await findOwn(id, chats[id]))?.ack ?? null
      if (botwave?.pending.has(id)) found[id] ??= 0
    }
    return found
  }

  async function resolve(digits: string): Promise<string | null> {
    const wid = page.require('WAWebWidFactory').createWid(`${digits}@c.us`)
    const result = await page.require('WAWebQueryExistsJob').queryWidExists(wid)
    return botwave?.readId(result?.wid) ?? null
  }

  function models(collection: PageModule): PageModule[] {
    return collection.getModelsArray?.() ?? collection.models ?? []
  }

  function isOwn(message: PageModule): boolean {
    return message.id?.fromMe === true
  }
}
