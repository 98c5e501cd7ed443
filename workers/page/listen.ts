// Runs in WhatsApp's page: tells acks of our messages, messages of others and the end of the link.

import type { Ack, IncomingMessage } from '../protocol.ts'
import type { PageModule, PageWindow, Told } from './window.ts'

export function installListen(): void {
  const page = window as unknown as PageWindow
  const botwave = page.botwave
  if (!botwave) return
  Object.assign(botwave, { listen, unread, readIncoming })

  let hearsLogout = false
  let hearsMessages = false
  // What WhatsApp writes into a chat by itself, and what only a machine reads.
  const notMessages =
    /^(ciphertext|e2e_notification|notification|notification_template|gp2|protocol|revoked|call_log|broadcast_notification|debug|keep_in_chat|pin_message|reaction|oversized)$/
  const withText = /^(chat|list_response|buttons_response|template_button_reply)$/

  function listen(): boolean {
    try {
      hearLogout()
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
    hearsMessages = true
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
    const message = readIncoming(model)
    if (message) tell({ told: 'incoming', message })
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
        const message = readIncoming(model)
        if (message) found.push(message)
      }
    }
    return found.sort((a, b) => a.at.localeCompare(b.at))
  }

  function readIncoming(model: PageModule): IncomingMessage | null {
    const chatId = read(model.id?.remote) ?? read(model.from)
    const whatsappId = read(model.id)
    if (!whatsappId || !chatId || /@(broadcast|newsletter)$/.test(chatId)) return null
    if (notMessages.test(model.type)) return null
    const author = model.author ?? model.id.participant ?? model.from ?? model.id.remote
    return {
      whatsappId,
      chatId,
      authorId: read(author) ?? chatId,
      fromNumber: numberOf(author),
      kind: model.type === 'chat' ? 'text' : String(model.type),
      // The body of a picture is its thumbnail; its words are the caption.
      text: String((withText.test(model.type) ? model.body : model.caption) ?? ''),
      at: new Date(model.t > 0 ? model.t * 1000 : Date.now()).toISOString(),
    }
  }

  function numberOf(author: PageModule): string | null {
    const id = read(author)
    if (!id) return null
    if (/@(c\.us|s\.whatsapp\.net)$/.test(id)) return id.split(/[:@]/)[0] ?? null
    try {
      const wid = page.require('WAWebWidFactory').createWid(id)
      const phone = read(page.require('WAWebApiContact').getPhoneNumber(wid))
      return phone?.split(/[:@]/)[0] ?? null
    } catch {
      return null
    }
  }

  function read(id: PageModule): string | null {
    return botwave?.readId(id) ?? null
  }

  function tell(told: Told): void {
    page.botwaveTell?.(told)
  }
}
