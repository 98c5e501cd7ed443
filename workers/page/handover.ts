// Runs in WhatsApp's page: hands one message over under an id chosen before, and proves what came of it.

import type { RefusalCode } from '../protocol.ts'
import type { Composed, Outcome, PageHandOver, PageModule, PageOutcome, PageWindow } from './window.ts'

export function installHandover(): void {
  const page = window as unknown as PageWindow
  const botwave = page.botwave
  if (!botwave) return
  const { pending } = botwave
  botwave.handOver = async (ask) => {
    const isChange = ask.kind === 'edit' || ask.kind === 'delete' || ask.kind === 'reaction'
    const outcome = await (isChange && isConnected() ? botwave.change(ask) : handOver(ask))
    return { ...outcome, pageLoad: botwave.pageLoad } as PageOutcome
  }

  async function handOver(ask: PageHandOver): Promise<Outcome> {
    const lastMoment = Date.now() + ask.withinMs
    if (!isConnected()) return refused('not_ready', 'not connected')

    let chat: PageModule
    let composed: Composed | null = null
    try {
      // Handed over before, and asked again because nobody could tell.
      const earlier = await botwave?.findOwn(ask.whatsappId, ask.chatId)
      if (earlier) return verdict(ask, earlier, null)
      chat = await within(lastMoment - Date.now(), page.WWebJS.getChat(ask.chatId, { getAsModel: false }))
      if (chat) composed = await botwave!.compose(ask, chat)
    } catch (error) {
      const detail = String((error as Error)?.message ?? error)
      return refused((error as { refusal?: RefusalCode })?.refusal ?? codeOf(detail), detail)
    }
    if (!composed) return refused('chat_not_found', '')
    if (Date.now() >= lastMoment) return refused('page_error', 'the page was too slow')
    if (!isConnected()) return refused('not_ready', 'not connected')
    return call(ask, chat, composed)
  }

  /** From here on the message may be out, so only what is found under the id counts. */
  async function call(
    ask: PageHandOver,
    chat: PageModule,
    { content, options, extra }: Composed,
  ): Promise<Outcome> {
    const armed = armNextId(ask.whatsappId)
    if (!armed) return refused('page_error', 'newId cannot be replaced in this build')
    const watched = watchHandOver(ask.whatsappId)
    // Up to its first wait, which is newId, the helper runs in one go: nobody else can take our id.
    const given = { parseVCards: false, ...options, extraOptions: extra }
    const work = (async () => page.WWebJS.sendMessage(chat, content, given))()
    // One that hangs may still go through later; as long as it can, nobody may take the id for unused.
    pending.add(ask.whatsappId)
    const settled = work.finally(() => pending.delete(ask.whatsappId))
    let failure: string | null = null
    try {
      await within(30_000, settled)
    } catch (error) {
      failure = String((error as Error)?.message ?? error)
    } finally {
      armed.restore()
    }
    const isOver = !pending.has(ask.whatsappId)
    if (isOver) watched.restore()
    // It failed before the page was given anything.
    if (isOver && failure && !(armed.taken() && watched.called())) return refused(codeOf(failure), failure)

    const message = await find(ask, chat)
    if (message) return verdict(ask, message, chat)
    // The one failure known to come before anything goes out, whichever step throws it.
    if (isOver && failure && codeOf(failure) === 'no_lid') return refused('no_lid', failure)
    return { outcome: 'unproven', code: isOver ? 'not_found_yet' : 'deadline', detail: failure ?? '' }
  }

  function codeOf(failure: string | null): 'no_lid' | 'page_error' {
    return /no lid for user/i.test(failure ?? '') ? 'no_lid' : 'page_error'
  }

  /** Sees whether the page was given this message at all, and hears why the servers refuse it. */
  function watchHandOver(whatsappId: string): { called(): boolean; restore(): void } {
    let called = false
    const restore = () => {
      if (sending.addAndSendMsgToChat === ours) sending.addAndSendMsgToChat = original
    }
    const sending = page.require('WAWebSendMsgChatAction')
    const original = sending.addAndSendMsgToChat
    const ours = (...given: PageModule[]) => {
      if (given[1]?.id?.id !== whatsappId) return original.apply(sending, given)
      restore()
      called = true
      const answers = original.apply(sending, given)
      answers?.[1]?.then?.(
        (result: PageModule) => {
          if (typeof result?.errorCode === 'number') botwave?.refusals.set(whatsappId, result.errorCode)
        },
        () => {},
      )
      return answers
    }
    try {
      sending.addAndSendMsgToChat = ours
    } catch {
      // A build that does not let itself be watched: then the call has to be taken for made.
    }
    const isWatched = sending.addAndSendMsgToChat === ours
    return { called: () => called || !isWatched, restore }
  }

  async function find(ask: PageHandOver, chat: PageModule): Promise<PageModule | null> {
    try {
      return (await botwave?.findOwn(ask.whatsappId, botwave.readId(chat.id) ?? ask.chatId)) ?? null
    } catch {
      return null
    }
  }

  /** Gives our id to the next caller of `newId`, once. Null when this build does not let itself be patched. */
  function armNextId(whatsappId: string): { taken(): boolean; restore(): void } | null {
    const keys = page.require('WAWebMsgKey')
    const original = keys.newId
    let taken = false
    const restore = () => {
      if (keys.newId === ours) keys.newId = original
    }
    const ours = async () => {
      taken = true
      restore()
      return whatsappId
    }
    try {
      keys.newId = ours
    } catch {
      return null
    }
    return keys.newId === ours ? { taken: () => taken, restore } : null
  }

  function verdict(ask: PageHandOver, message: PageModule, chat: PageModule | null): Outcome {
    const chats = [ask.chatId, chat ? botwave?.readId(chat.id) : null]
    const remote = botwave?.readId(message.id.remote) ?? botwave?.readId(message.to)
    // Without the chat at hand (found before the call) the id itself, 72 random bits, has to do for the chat.
    const sameChat = chat === null || chats.includes(remote ?? null)
    if (!sameChat || !saysSame(ask, message)) {
      return { outcome: 'unproven', code: 'mismatch', detail: sameChat ? 'text' : 'chat' }
    }
    return { outcome: 'handed', ack: message.ack ?? 0 }
  }

  /** By what each kind is known by in the page. */
  function saysSame({ kind, text, content }: PageHandOver, message: PageModule): boolean {
    switch (kind) {
      case 'text':
        return message.body === text
      case 'location':
        return (
          Number(message.lat) === content.location?.latitude &&
          Number(message.lng) === content.location?.longitude
        )
      case 'poll':
        return message.pollName === content.poll?.question
      case 'contact':
        return /^(multi_)?vcard$/.test(message.type)
      default:
        return Boolean(message.directPath) && (message.caption ?? '') === text
    }
  }

  function isConnected(): boolean {
    return Boolean(page.WWebJS) && page.require('WAWebSocketModel').Socket.state === 'CONNECTED'
  }

  function refused(code: RefusalCode, detail: string): Outcome {
    return { outcome: 'refused', code, detail }
  }

  function within(ms: number, work: Promise<PageModule>): Promise<PageModule> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('deadline')), Math.max(ms, 0))
      work.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }
}
