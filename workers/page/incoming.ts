// Runs in WhatsApp's page: reads what somebody else wrote, changed, took back or reacted with.

import type { MessageContent } from '../../src/rules/message-content.ts'
import type { IncomingMessage } from '../protocol.ts'
import type { PageModule, PageWindow } from './window.ts'

export function installIncoming(): void {
  const page = window as unknown as PageWindow
  const botwave = page.botwave
  if (!botwave) return
  Object.assign(botwave, { readIncoming, readChanges, readReaction })

  // What WhatsApp writes into a chat by itself, and what only a machine reads.
  const notMessages =
    /^(ciphertext|e2e_notification|notification|notification_template|gp2|protocol|revoked|call_log|broadcast_notification|debug|keep_in_chat|pin_message|reaction|oversized)$/
  const withText = /^(chat|list_response|buttons_response|template_button_reply)$/
  const names: Record<string, string> = {
    chat: 'text',
    ptt: 'voice',
    vcard: 'contact',
    multi_vcard: 'contact',
    poll_creation: 'poll',
  }

  function readIncoming(model: PageModule): IncomingMessage | null {
    if (notMessages.test(model.type)) return null
    return written(model, {
      whatsappId: read(model.id),
      kind: names[model.type] ?? String(model.type),
      // The body of a picture is its thumbnail; its words are the caption.
      text: String((withText.test(model.type) ? model.body : model.caption) ?? ''),
      content: contentOf(model),
      atMs: model.t > 0 ? model.t * 1000 : Date.now(),
    })
  }

  function readChanges(model: PageModule): IncomingMessage[] {
    const target = read(model.protocolMessageKey) ?? read(model.id)
    if (!target || model.id?.fromMe) return []
    if (model.type === 'revoked') {
      const whatsappId = `${target}#delete`
      return some(written(model, { whatsappId, kind: 'delete', text: '', content: { target } }))
    }
    const editedAtMs = Number(model.latestEditSenderTimestampMs ?? 0)
    if (!(editedAtMs > 0)) return []
    const text = String((withText.test(model.type) ? model.body : model.caption) ?? '')
    const whatsappId = read(model.latestEditMsgKey) ?? `${target}#edit-${editedAtMs}`
    return some(
      written(model, { whatsappId, kind: 'edit', text, content: { target }, atMs: toMs(editedAtMs) }),
    )
  }

  function readReaction(reaction: PageModule): IncomingMessage | null {
    const { id, reactionParentKey: parent } = reaction
    const target = read(parent)
    if (!target || id?.fromMe) return null
    const atMs = Number(reaction.reactionTimestamp ?? 0) || Date.now()
    const author = reaction.author ?? reaction.from ?? id?.participant
    return written(
      { id: { remote: parent.remote }, author },
      {
        whatsappId: read(id),
        kind: 'reaction',
        text: '',
        content: { target, emoji: String(reaction.reactionText ?? '') },
        atMs: toMs(atMs),
      },
    )
  }

  interface Written {
    whatsappId: string | null
    kind: string
    text: string
    content: MessageContent
    atMs?: number
  }

  function written(model: PageModule, { whatsappId, atMs = Date.now(), ...what }: Written) {
    const chatId = read(model.id?.remote) ?? read(model.from)
    if (!whatsappId || !chatId || /@(broadcast|newsletter)$/.test(chatId)) return null
    const author = model.author ?? model.id.participant ?? model.from ?? model.id.remote
    return {
      whatsappId,
      chatId,
      authorId: read(author) ?? chatId,
      fromNumber: numberOf(author),
      fromLid: lidOf(author),
      fromName: model.notifyName ? String(model.notifyName) : null,
      ...what,
      at: new Date(atMs).toISOString(),
      // WhatsApp counts in whole seconds, by a clock that is not ours.
      caughtUp: atMs < (botwave?.listensSinceMs ?? Number.POSITIVE_INFINITY) - 2_000,
    }
  }

  function contentOf(model: PageModule): MessageContent {
    const mentions = attempt(() => (model.mentionedJidList ?? []).map(read).filter(Boolean)) ?? []
    return {
      // What this build writes otherwise is left out: that somebody wrote must still be told.
      ...attempt(() => specialOf(model)),
      ...(model.quotedStanzaID && { quoted: String(model.quotedStanzaID) }),
      ...(mentions.length > 0 && { mentions }),
      ...(model.isForwarded && { forwarded: true }),
    }
  }

  function specialOf(model: PageModule): MessageContent {
    switch (model.type) {
      case 'location':
        return { location: placeOf(model) }
      case 'vcard':
        return {
          contacts: [{ name: String(model.vcardFormattedName ?? ''), vcard: String(model.body ?? '') }],
        }
      case 'multi_vcard':
        return {
          contacts: (model.vcardList ?? []).map((card: PageModule) => ({
            name: String(card.displayName ?? ''),
            vcard: String(card.vcard ?? ''),
          })),
        }
      case 'poll_creation':
        return {
          poll: {
            question: String(model.pollName ?? ''),
            options: (model.pollOptions ?? []).map((option: PageModule) => String(option?.name ?? option)),
            multiple: model.pollSelectableOptionsCount !== 1,
          },
        }
      default:
        return model.directPath ? { file: fileOf(model) } : {}
    }
  }

  function placeOf(model: PageModule) {
    return {
      latitude: Number(model.lat),
      longitude: Number(model.lng),
      name: model.loc ? String(model.loc) : null,
      url: model.clientUrl ? String(model.clientUrl) : null,
    }
  }

  function fileOf(model: PageModule) {
    const seconds = Number(model.duration)
    return {
      name: model.filename ? String(model.filename) : null,
      mime_type: String(model.mimetype ?? 'application/octet-stream'),
      size_bytes: Number(model.size) > 0 ? Number(model.size) : null,
      ...(seconds > 0 && { seconds }),
      state: 'pending' as const,
    }
  }

  function numberOf(author: PageModule): string | null {
    const id = read(author)
    if (!id) return null
    if (/@(c\.us|s\.whatsapp\.net)$/.test(id)) return userOf(id)
    return userOf(otherName(id, 'getPhoneNumber'))
  }

  function lidOf(author: PageModule): string | null {
    const id = read(author)
    if (!id || id.endsWith('@lid')) return id
    return otherName(id, 'getCurrentLid')
  }

  /** What WhatsApp Web calls the same person by number, or by LID. */
  function otherName(id: string, getter: 'getPhoneNumber' | 'getCurrentLid'): string | null {
    try {
      const wid = page.require('WAWebWidFactory').createWid(id)
      return read(page.require('WAWebApiContact')[getter](wid))
    } catch {
      return null
    }
  }

  function userOf(id: string | null): string | null {
    return id?.split(/[:@]/)[0] ?? null
  }

  function read(id: PageModule): string | null {
    return botwave?.readId(id) ?? null
  }

  /** Some builds count these in seconds. */
  function toMs(time: number): number {
    return time < 1e11 ? time * 1000 : time
  }

  function attempt<T>(work: () => T): T | null {
    try {
      return work()
    } catch {
      return null
    }
  }

  function some(message: IncomingMessage | null): IncomingMessage[] {
    return message ? [message] : []
  }
}
