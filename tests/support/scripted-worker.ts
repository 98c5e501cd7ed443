// A Worker that speaks the protocol without a browser: it does what a test tells it on a channel named by the account.
import { writeFileSync } from 'node:fs'
import type {
  Ack,
  CommandMessage,
  Commands,
  SendAsk,
  SendOutcome,
  SignalName,
  Signals,
} from '../../workers/protocol.ts'

/** Test → Worker. */
export type Order =
  | { do: 'signal'; name: SignalName; data: unknown }
  | { do: 'scan'; phone: string }
  /** What the next sends come to; the last one stays. */
  | { do: 'outcomes'; outcomes: ScriptedOutcome[] }
  /** `lost`: the page does not answer. */
  | { do: 'acks'; acks: Record<string, Ack | null> | 'lost' }
  | { do: 'exit' }
  /** Turns for ever and answers nothing any more. */
  | { do: 'spin' }

/** `hang`: no answer at all. `die`: the Worker ends in the middle of the call. */
export type ScriptedOutcome = SendOutcome | 'hang' | 'die'

/** Worker → test. */
export type Report = { did: string; ask?: unknown }

/** What every file that came with a message says. */
const FETCHED = 'scripted'

declare const self: Worker

let run = { generation: 0, run: 0 }
let channel: BroadcastChannel | null = null
let outcomes: ScriptedOutcome[] = [{ outcome: 'handed', ack: 1, pageLoad: 'page' }]
let acks: Record<string, Ack | null> | 'lost' = {}

self.onmessage = (event: MessageEvent<CommandMessage>) => obey(event.data)

function obey(message: CommandMessage): void {
  run = { generation: message.generation, run: message.run }
  const answer = <N extends keyof Commands>(_name: N, answer: Commands[N]['answer']) =>
    postMessage({ kind: 'reply', seq: message.seq, ok: true, answer, ...run })
  report({ did: message.name, ask: message.ask })
  switch (message.name) {
    case 'start': {
      const { accountId, linked } = message.ask
      channel = new BroadcastChannel(`scripted ${accountId}`)
      channel.onmessage = (event: MessageEvent<{ order?: Order }>) =>
        event.data.order && follow(event.data.order)
      answer('start', { browserPid: null })
      if (linked) scan('')
      else offer()
      return report({ did: 'start', ask: message.ask })
    }
    case 'ping':
      return answer('ping', {})
    case 'stop':
      return answer('stop', {})
    case 'logout':
      return answer('logout', { unlinked: true })
    case 'pair':
      return answer('pair', { code: 'ABCD1234', expiresAt: new Date(Date.now() + 60_000).toISOString() })
    case 'acks': {
      if (acks === 'lost') {
        const detail = 'the page does not answer'
        return postMessage({ kind: 'reply', seq: message.seq, ok: false, code: 'page_lost', detail, ...run })
      }
      const known = acks
      const asked = Object.fromEntries(message.ask.ids.map((id) => [id, known[id] ?? null]))
      return answer('acks', { pageLoad: 'page', acks: asked })
    }
    case 'number':
      return answer('number', { chatId: `${message.ask.number}@c.us` })
    case 'fetchFile': {
      writeFileSync(message.ask.path, FETCHED)
      const sha256 = new Bun.CryptoHasher('sha256').update(FETCHED).digest('hex')
      return answer('fetchFile', { fetched: true, sizeBytes: FETCHED.length, sha256 })
    }
    case 'send':
      return send(message.ask, (outcome) => answer('send', outcome))
    case 'seen':
    case 'typing':
      return answer(message.name, { done: true })
    case 'takeOver':
      return answer('takeOver', {})
  }
}

function send(_ask: SendAsk, answer: (outcome: SendOutcome) => void): void {
  const outcome = (outcomes.length > 1 ? outcomes.shift() : outcomes[0]) as ScriptedOutcome
  if (outcome === 'hang') return
  if (outcome === 'die') return process.exit(1)
  answer(outcome)
}

function follow(order: Order): void {
  switch (order.do) {
    case 'signal':
      return signal(order.name, order.data as never)
    case 'scan':
      return scan(order.phone)
    case 'outcomes':
      outcomes = order.outcomes
      return report({ did: 'outcomes' })
    case 'acks':
      acks = order.acks
      return report({ did: 'acks-set' })
    case 'exit':
      return process.exit(1)
    case 'spin':
      for (;;) performance.now()
  }
}

function offer(): void {
  signal('state', { state: 'qr', reason: 'scan_qr' })
  signal('qr', {
    text: 'ref,static,identity,secret,1',
    expiresAt: new Date(Date.now() + 60_000).toISOString(),
  })
}

function scan(phone: string): void {
  signal('state', { state: 'syncing', reason: 'syncing' })
  signal('ready', { phone: phone || null, lid: null, name: null, webVersion: '2.0', pageLoad: 'page' })
}

function signal<N extends SignalName>(name: N, data: Signals[N]): void {
  postMessage({ kind: 'signal', name, data, ...run })
}

function report(report: Report): void {
  channel?.postMessage({ report })
}
