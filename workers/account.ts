// The Worker of one WhatsApp account: takes commands, answers them, passes signals on. One run per Worker.

import { detailOf, isPageLost } from './deadline.ts'
import { fetchFile } from './fetch-file.ts'
import { Link } from './link.ts'
import { PairingError } from './pairing.ts'
import type { CommandMessage, Commands, FromWorker, ReplyErrorCode, Run, Signals } from './protocol.ts'

declare const self: Worker

/** Answers still owed get this long when the run is over. */
const LAST_ANSWERS_MS = 2_000

const LAST_WORD_EVERY_MS = 1_000
const LAST_WORDS = 10

let run: Run | null = null
let link: Link | null = null
const owed = new Set<Promise<void>>()
let lastState = ''

self.onmessage = (event: MessageEvent<CommandMessage>) => {
  const answered = receive(event.data)
  owed.add(answered)
  void answered.finally(() => owed.delete(answered))
}

// The library rejects from listeners that nobody awaits, mostly about a page that has just gone: our own looks find
// out what that means. An exception nobody caught is different: who knows what it left half done.
process.on('unhandledRejection', (error) => {
  tell('log', { level: 'warn', message: 'rejection in the library', fields: { detail: detailOf(error) } })
  if (!isLibraryNoise(error)) void link?.end('worker_error', detailOf(error))
})
process.on('uncaughtException', (error) => {
  if (link) void link.end('worker_error', detailOf(error))
  else void leave({ code: 'worker_error', detail: detailOf(error) })
})

async function receive(command: CommandMessage): Promise<void> {
  const reply = { kind: 'reply' as const, seq: command.seq, generation: command.generation, run: command.run }
  const refuse = (code: ReplyErrorCode, detail: string) => post({ ...reply, ok: false, code, detail })
  if (run && (run.generation !== command.generation || run.run !== command.run)) {
    return refuse('wrong_run', `this is run ${run.run} of generation ${run.generation}`)
  }
  if (!link && !['start', 'stop', 'ping'].includes(command.name)) return refuse('not_started', '')
  try {
    post({ ...reply, ok: true, answer: await obey(command) })
  } catch (error) {
    refuse(codeOf(error), detailOf(error))
  }
}

async function obey(command: CommandMessage): Promise<Commands[keyof Commands]['answer']> {
  if (command.name === 'ping') return {}
  if (command.name === 'start') return start(command)
  if (command.name === 'stop') return stop()
  if (!link) throw new Refusal('not_started')
  switch (command.name) {
    case 'logout':
      return link.logout()
    case 'pair':
      return link.pair(command.ask.phone)
    case 'takeOver':
      await link.takeOver()
      return {}
    case 'send':
      return link.sender?.send(command.ask) ?? { outcome: 'refused', code: 'not_ready', retry: true }
    case 'acks':
      return link.acks(command.ask.ids, command.ask.chats ?? {})
    case 'seen': {
      const { chat, calls } = await open(link, command.ask.chatId)
      return { done: chat !== null && (await calls.seen(chat)) === true }
    }
    case 'typing': {
      const { chat, calls } = await open(link, command.ask.chatId)
      return { done: chat !== null && (await calls.typing(chat, command.ask.state)) === true }
    }
    case 'fetchFile': {
      const { calls } = await open(link)
      return fetchFile(calls, command.ask)
    }
    case 'number':
      if (!link.sender) throw new Refusal('not_ready')
      return { chatId: await link.sender.numbers.resolve(command.ask.number) }
  }
}

/** What is done at once, in no queue: only while the account may send. */
async function open(link: Link, chatId?: string) {
  const { sender, calls } = link
  if (!sender || !calls) throw new Refusal('not_ready')
  return { calls, chat: chatId ? await sender.chatOf(chatId) : null }
}

async function start(command: CommandMessage & { name: 'start' }) {
  if (link) throw new Refusal('failed', 'already started')
  run = { generation: command.generation, run: command.run }
  link = new Link(command.ask, tell)
  return link.start().catch((error) => {
    throw new Refusal('failed', detailOf(error))
  })
}

async function stop() {
  if (link) await link.end('stopped', '')
  else void leave({ code: 'stopped', detail: '' })
  return {}
}

function tell<N extends keyof Signals>(name: N, data: Signals[N]): void {
  if (name === 'ended') return void leave(data as Signals['ended'])
  if (name === 'state') {
    const state = JSON.stringify(data)
    if (state === lastState) return
    lastState = state
  }
  signal(name, data)
}

/** The last word. Answers that are owed go first; then the Worker is no more. */
async function leave(ended: Signals['ended']): Promise<void> {
  await Promise.race([Promise.allSettled(owed), Bun.sleep(LAST_ANSWERS_MS)])
  // A message sent just before the exit is sometimes lost (seen in Bun 1.4.5, on a busy machine also one sent a second
  // before): said until whoever heard it ends us.
  for (let said = 0; said < LAST_WORDS; said++) {
    signal('ended', ended)
    await Bun.sleep(LAST_WORD_EVERY_MS)
  }
  process.exit(0)
}

function signal<N extends keyof Signals>(name: N, data: Signals[N]): void {
  post({ kind: 'signal', name, data, ...(run ?? { generation: 0, run: 0 }) } as FromWorker)
}

function post(message: FromWorker): void {
  self.postMessage(message)
}

class Refusal extends Error {
  constructor(
    readonly code: ReplyErrorCode,
    detail = '',
  ) {
    super(detail)
  }
}

function codeOf(error: unknown): ReplyErrorCode {
  if (error instanceof Refusal || error instanceof PairingError) return error.code
  if (error instanceof Error && error.name === 'DeadlineError') return 'deadline'
  return isPageLost(error) ? 'page_lost' : 'failed'
}

/** Strings are what the library throws by itself ('auth timeout', 'ready timeout'). */
function isLibraryNoise(error: unknown): boolean {
  if (typeof error === 'string' || isPageLost(error)) return true
  return error instanceof Error && /whatsapp-web\.js|puppeteer/.test(error.stack ?? '')
}
