// Runs in WhatsApp's page: tells acks of our messages, messages of others and the end of the link.

import type { Ack, IncomingMessage } from '../protocol.ts'
import type { PageModule, PageWindow, Told } from './window.ts'

export function installListen(): void {
  const page = window as unknown as PageWindow
  const botwave = page.botwave
  if (!botwave) return
  Object.assign(botwave, { listen, unread })

  /** What is not in memory is loaded for so long, of all chats together. */
  const LOADING_MS = 10_000
  const MOST_OF_A_CHAT = 200
  /** WhatsApp's clock is not ours. */
  const OTHER_CLOCK_MS = 60_000

  let hearsLogout = false
  let hearsMessages = false
  let hearsReactions = false

  function listen(): boolean {
    // Reactions before the page has synced: those that came while nobody was there are told then, and once.
    for (const hear of [hearLogout, hearReactions, hearMessages]) {
      try {
        hear()
      } catch {
        // This build, or this moment, lacks a module: the next look tries again, and the others do without.
      }
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
    if (hearsMessages || !page.WWebJS) return
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

  async function unread(sinceMs: number): Promise<IncomingMessage[]> {
    // In this very turn: what comes from now on is heard, and what came before is counted as unread.
    listen()
    if (!hearsMessages) throw new Error('the page does not listen yet')
    const until = Date.now() + LOADING_MS
    const waiting = page
      .require('WAWebCollections')
      .Chat.getModelsArray()
      // −1 is a chat marked unread by hand; a cap keeps a flood of old groups from blocking the page.
      .map((chat: PageModule) => ({ chat, count: Math.min(chat.unreadCount ?? 0, MOST_OF_A_CHAT) }))
      .filter(({ chat, count }: Waiting) => count > 0 && !/@(broadcast|newsletter)$/.test(idOf(chat)))
    const found: IncomingMessage[] = []
    for (const { chat, count } of waiting)
      found.push(...(await newestOf(chat, count, { until, sinceMs })).flat())
    return found.map(asCaughtUp).sort((a, b) => a.at.localeCompare(b.at))
  }

  interface Waiting {
    chat: PageModule
    count: number
  }

  /** What the newest `count` messages of others say. After a load only the last is in memory: the page's storage has the others. */
  async function newestOf(
    chat: PageModule,
    count: number,
    { until, sinceMs }: { until: number; sinceMs: number },
  ): Promise<IncomingMessage[][]> {
    let found = readAll(chat.msgs?.getModelsArray?.() ?? [])
    while (found.length < count && Date.now() < until) {
      const earlier = await loadEarlier(chat, until - Date.now())
      const since = earlier.filter((model) => model.t * 1000 >= sinceMs - OTHER_CLOCK_MS)
      found = [...readAll(since), ...found]
      if (earlier.length === 0 || since.length < earlier.length) break
    }
    return found.slice(-count)
  }

  /** Each with what became of it; those that say nothing to people are left out, they do not count as unread. */
  function readAll(models: PageModule[]): IncomingMessage[][] {
    return models
      .filter((model) => model.id && !model.id.fromMe)
      .map((model) => {
        const message = botwave?.readIncoming(model)
        return [...(message ? [message] : []), ...(botwave?.readChanges(model) ?? [])]
      })
      .filter((said) => said.length > 0)
  }

  async function loadEarlier(chat: PageModule, ms: number): Promise<PageModule[]> {
    try {
      const loading = page.require('WAWebChatLoadMessages').loadEarlierMsgs({ chat })
      const late = new Promise((resolve) => setTimeout(resolve, ms))
      const loaded = await Promise.race([loading, late])
      return Array.isArray(loaded) ? loaded : []
    } catch {
      return []
    }
  }

  function idOf(chat: PageModule): string {
    return botwave?.readId(chat.id) ?? ''
  }

  function asCaughtUp(message: IncomingMessage): IncomingMessage {
    return { ...message, caughtUp: true }
  }

  function tell(told: Told): void {
    page.botwaveTell?.(told)
  }
}
