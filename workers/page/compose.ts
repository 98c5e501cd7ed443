// Runs in WhatsApp's page: makes of what is asked what the library's sender takes, all before the id is armed.
//
// Whatever needs a moment (looking up the message that is answered, a link's preview) happens here, so that the sender
// itself runs in one go to the place where it takes its id, and whatever fails here has certainly not gone out.

import type { RefusalCode } from '../protocol.ts'
import type { Composed, PageHandOver, PageModule, PageWindow } from './window.ts'

export function installCompose(): void {
  const page = window as unknown as PageWindow
  const botwave = page.botwave
  if (!botwave) return
  botwave.compose = compose

  async function compose(ask: PageHandOver, chat: PageModule): Promise<Composed> {
    const quoted = ask.content.quoted ? await quote(ask.content.quoted, ask.chatId, chat) : {}
    const mentions = ask.content.mentions ?? []
    const { content, options = {}, extra = {} } = await special(ask)
    return {
      content,
      options: { ...options, ...(mentions.length > 0 && { mentionedJidList: mentions }) },
      extra: { ...quoted, ...extra },
    }
  }

  async function special(ask: PageHandOver): Promise<Partial<Composed>> {
    switch (ask.kind) {
      case 'text':
        return { content: ask.text, extra: await linkPreview(ask.text) }
      case 'location':
        return { content: '', extra: place(ask) }
      case 'contact':
        return cards(ask)
      case 'poll':
        return poll(ask)
      default:
        return file(ask)
    }
  }

  /** What the library lays over the message itself, where it prepares the file as part of the call. */
  function file(ask: PageHandOver): Partial<Composed> {
    const uploaded = botwave?.uploads.get(ask.whatsappId)
    if (!uploaded) refuse('page_error', 'the file was not uploaded in this page')
    const extra = { ...uploaded, ...(uploaded.toJSON ? uploaded.toJSON() : {}) }
    if (ask.kind === 'sticker') return { content: undefined, extra }
    return { content: uploaded.preview, extra: { ...extra, caption: ask.text || undefined } }
  }

  function place({ content: { location } }: PageHandOver): Record<string, unknown> {
    return {
      type: 'location',
      lat: location?.latitude,
      lng: location?.longitude,
      loc: location?.name ?? location?.url ?? undefined,
      clientUrl: location?.url ?? undefined,
    }
  }

  function cards({ content }: PageHandOver): Partial<Composed> {
    const [first, ...others] = content.contacts ?? []
    if (!first) refuse('page_error', 'no card')
    if (others.length === 0) {
      return {
        content: first.vcard,
        extra: { type: 'vcard', body: first.vcard, vcardFormattedName: first.name },
      }
    }
    const vcardList = [first, ...others].map(({ name, vcard }) => ({ displayName: name, vcard }))
    return { content: undefined, extra: { type: 'multi_vcard', vcardList, body: null } }
  }

  function poll({ content: { poll } }: PageHandOver): Partial<Composed> {
    const pollOptions = (poll?.options ?? []).map((name, localId) => ({ name, localId }))
    const options = { allowMultipleAnswers: poll?.multiple === true }
    return { content: '', options: { poll: { pollName: poll?.question, pollOptions, options } } }
  }

  async function quote(
    whatsappId: string,
    chatId: string,
    chat: PageModule,
  ): Promise<Record<string, unknown>> {
    const message = await botwave?.findAny(whatsappId, chatId)
    if (!message) refuse('quoted_not_found', '')
    const can = page.require('WAWebMsgReply')?.canReplyMsg?.(message.unsafe?.() ?? message)
    if (can === false) refuse('quoted_not_found', 'cannot be answered')
    return message.msgContextInfo(chat)
  }

  /** A slow or failing preview costs the preview only. */
  async function linkPreview(text: string): Promise<Record<string, unknown>> {
    try {
      const link = page.require('WALinkify').findLink(text)
      if (!link) return {}
      const found = await within(3_000, page.require('WAWebLinkPreviewChatAction').getLinkPreview(link))
      if (!found?.data) return {}
      // With canonicalUrl set some receivers drop the message; the library leaves it out too.
      const { canonicalUrl, ...data } = found.data
      return { ...data, preview: true, subtype: 'url' }
    } catch {
      return {}
    }
  }

  function within(ms: number, work: Promise<PageModule>): Promise<PageModule> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('deadline')), ms)
      work.then(resolve, reject).finally(() => clearTimeout(timer))
    })
  }

  /** Certain that nothing went out. */
  function refuse(refusal: RefusalCode, detail: string): never {
    throw Object.assign(new Error(detail), { refusal })
  }
}
