// Runs in WhatsApp's page: tells acks of our messages, messages of others and the end of the link.

import type { Ack, IncomingMessage } from '../protocol.ts'
import type { PageModule, PageWindow, Told } from './window.ts'

export function installListen(): void {
  const page = window as unknown as PageWindow
  const botwave = page.botwave
  if (!botwave) return
  Object.assign(botwave, { listen, unread })

  let hearsLogout = false
  let hearsMessages = false
  let hearsReactions = false

  function listen(): boolean {
    try {
      hearLogout()
      // Before the page has synced: those that came while nobody was there are told then, and once.
      hearReactions()
      if (page.WWebJS) hearMessages()
    } catch {
      // This build, or this moment, lacks a module: the next look tries again.
    }
    return hearsLogout && hearsMessages
  }

  function hearLogout(): void {
    if (hearsLogout) return
    const { Cmd } = page.require('WAWebCmd')
    for (const name of ['logout', 'logout_from_bridge']) Cmd.on(name, () => tell({ told: 'logout' }))
    hearsLogout = true
  }

  function hearMessages(): void {
    if (hearsMessages) return
    const { Msg } = page.require('WAWebCollections')
    Msg.on('change:ack', (message: PageModule, ack: PageModule) => {
      const whatsappId = message?.id?.fromMe ? message.id.id : null
      const value = typeof ack === 'number' ? ack : message?.ack
      if (whatsappId && typeof value === 'number') tellAck(whatsappId, value as Ack)
    })
    Msg.on('add', (message: PageModule) => {
      if (!message?.isNewMsg || message.id?.fromMe) return
      if (message.type !== 'ciphertext') return tellIncoming(message)
      // Not decrypted yet; the page asks for it again by itself.
      message.once?.('change:type', () => tellIncoming(message))
    })
    // The page writes several fields one after the other: looked at when it is through.
    Msg.on('change:body change:caption change:type', (message: PageModule) => {
      if (!message?.id?.fromMe) setTimeout(() => tellChanges(message), 0)
    })
    if (botwave) botwave.listensSinceMs = Date.now()
    hearsMessages = true
  }

  /** They are no messages in the page: it puts them into a table of their own. */
  function hearReactions(): void {
    if (hearsReactions) return
    const { reactionTableMode: table } = page.require('WAWebAddonReactionTableMode')
    const original = table.bulkUpsert
    table.bulkUpsert = (...given: PageModule[]) => {
      for (const reaction of given[0] ?? []) {
        try {
          const message = botwave?.readReaction(reaction)
          if (message) tell({ told: 'incoming', message })
        } catch {
          // One that cannot be read must not keep the page from taking it in.
        }
      }
      return original.apply(table, given)
    }
    hearsReactions = true
  }

  /** The reason of a refusal arrives by another way, a moment before or after. */
  function tellAck(whatsappId: string, ack: Ack): void {
    const now = () => {
      tell({ told: 'ack', whatsappId, ack, error: botwave?.refusals.get(whatsappId) ?? null })
    }
    if (ack < 0) setTimeout(now, 50)
    else now()
  }

  function tellIncoming(model: PageModule): void {
    if (model.type === 'revoked') return tellChanges(model)
    const message = botwave?.readIncoming(model)
    if (message) tell({ told: 'incoming', message })
  }

  function tellChanges(model: PageModule): void {
    for (const message of botwave?.readChanges(model) ?? []) tell({ told: 'incoming', message })
  }

  function unread(): IncomingMessage[] {
    const found: IncomingMessage[] = []
    for (const chat of page.require('WAWebCollections').Chat.getModelsArray()) {
      // −1 is a chat marked unread by hand; a cap keeps a flood of old groups from blocking the page.
      const count = Math.min(Math.max(chat.unreadCount ?? 0, 0), 200)
      if (count === 0) continue
      const models: PageModule[] = chat.msgs?.getModelsArray?.() ?? []
      const others = models.filter((model) => model.id && !model.id.fromMe)
      for (const model of others.slice(-count)) {
        const message = botwave?.readIncoming(model)
        if (message) found.push(message)
        found.push(...(botwave?.readChanges(model) ?? []))
      }
    }
    return found.map(asCaughtUp).sort((a, b) => a.at.localeCompare(b.at))
  }

  function asCaughtUp(message: IncomingMessage): IncomingMessage {
    return { ...message, caughtUp: true }
  }

  function tell(told: Told): void {
    page.botwaveTell?.(told)
  }
}
