// What a page says, one frame at a time: confirmations, questions, messages, and notes of what it does.
import type { FromPage, NumberAnswer, QuestionName, Questions } from '../frames.ts'
import { connected, greet } from './connection.ts'
import { offerCode, startRefs, unlink } from './linking.ts'
import type { Happening, Memory } from './memory.ts'
import type { Line, Page } from './page.ts'
import { killRenderers } from './processes.ts'
import { arrived } from './wire.ts'

export async function hear(memory: Memory, page: Page, line: Line, frame: FromPage): Promise<void> {
  if (page.deaf !== 'no') return
  switch (frame.kind) {
    case 'hello':
      page.keys = frame.keys
      memory.changed()
      return greet(memory, page, line)
    case 'done':
      return page.confirmed(frame)
    case 'ask':
      return answer(memory, page, frame)
    case 'send': {
      const owner = memory.ownerOf(page.device)
      return owner ? arrived(memory, owner.phone, page, frame.message) : undefined
    }
    case 'point':
      if (frame.by === 'crash') await killRenderers(page.peerPort)
      // Not awaited: a page that goes away may not say that it does.
      else void page.order(frame.by, {}).catch(() => {})
      return memory.changed()
    case 'got': {
      const owner = memory.ownerOf(page.device)
      if (!owner) return
      owner.device.queue = owner.device.queue.filter((message) => message.id !== frame.id)
      return memory.changed('phone', owner.phone.number)
    }
    case 'seen':
      return note(memory, page, frame.chat, 'seen')
    case 'typing':
      return note(memory, page, frame.chat, frame.state)
    case 'did':
      return note(memory, page, frame.chat, frame.what, { id: frame.id, text: frame.text })
    case 'presence':
      return note(memory, page, '', frame.available ? 'available' : 'unavailable')
    case 'dismissed': {
      const owner = memory.ownerOf(page.device)
      if (owner) owner.phone.settings.whatsNew = false
      return note(memory, page, frame.dialog, 'dismissed')
    }
    case 'state':
      page.state = frame.state
      return memory.changed()
    case 'synced': {
      page.synced = true
      memory.changed()
      return showWhatsNew(memory, page)
    }
    case 'unknownModule':
      memory.unknownModules.add(frame.name)
      return memory.changed()
    case 'trouble':
      memory.troubles.push(frame.error)
      return memory.changed()
  }
}

async function answer(memory: Memory, page: Page, frame: Extract<FromPage, { kind: 'ask' }>): Promise<void> {
  try {
    const result = await answers[frame.name](memory, page, frame.ask as never)
    page.say({ kind: 'answer', seq: frame.seq, ok: true, answer: result })
  } catch (error) {
    page.say({
      kind: 'answer',
      seq: frame.seq,
      ok: false,
      error: error instanceof Error ? error.message : String(error),
    })
  }
}

type Answers = {
  [N in QuestionName]: (
    memory: Memory,
    page: Page,
    ask: Questions[N]['ask'],
  ) => Questions[N]['answer'] | Promise<Questions[N]['answer']>
}

const answers: Answers = {
  number: (memory, _page, ask): NumberAnswer => {
    const number = ask.number ?? memory.numberOf(`${ask.lid}@lid`) ?? ''
    const facts = memory.facts(number)
    const lid = facts.registered && facts.hasLid ? memory.lid(number) : null
    return { number, registered: facts.registered, lid, name: facts.name }
  },
  pairingCode: (memory, page, { phone, notify }) => ({ code: offerCode(memory, page, phone, notify) }),
  refreshRefs: (memory, page) => {
    startRefs(memory, page)
    return {}
  },
  logout: async (memory, page) => {
    const owner = memory.ownerOf(page.device)
    page.device = null
    if (owner) await unlink(memory, owner.phone, owner.device, false)
    return {}
  },
  takeover: async (memory, page) => {
    const owner = memory.ownerOf(page.device)
    if (!owner) throw new Error('not linked')
    if (owner.phone.settings.state === 'CONFLICT') owner.phone.settings.state = null
    memory.changed('phone', owner.phone.number)
    await connected(memory, page, owner.phone, owner.device)
    return {}
  },
}

/** Whoever leaves the dialog standing is logged out, as has been seen about five minutes after linking. */
async function showWhatsNew(memory: Memory, page: Page): Promise<void> {
  const owner = memory.ownerOf(page.device)
  if (!owner?.phone.settings.whatsNew) return
  await page.order('whatsNew', {})
  const { whatsNewPatienceMs } = owner.phone.settings
  if (whatsNewPatienceMs === null) return
  page.patience = setTimeout(() => {
    if (owner.phone.settings.whatsNew) void unlink(memory, owner.phone, owner.device, true).catch(() => {})
  }, whatsNewPatienceMs)
}

function note(
  memory: Memory,
  page: Page,
  chat: string,
  what: Happening['what'],
  about: { id?: string; text?: string } = {},
): void {
  const owner = memory.ownerOf(page.device)
  if (!owner) return
  memory.happenings.push({ number: owner.phone.number, chat, what, ...about, at: new Date().toISOString() })
  memory.changed()
}
