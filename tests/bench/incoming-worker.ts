// A Worker that is linked at once and tells as many messages as it is told to on a channel, as fast as it can.
import type { CommandMessage, Commands, SignalName, Signals } from '../../workers/protocol.ts'
import { incomingFrom } from '../support/incoming.ts'

declare const self: Worker

/** A thousand people, each writing again and again. */
const PEOPLE = 1_000

let run = { generation: 0, run: 0 }
let told = 0

self.onmessage = ({ data: message }: MessageEvent<CommandMessage>) => {
  run = { generation: message.generation, run: message.run }
  if (message.name === 'start') {
    answer(message, 'start', { browserPid: null })
    signal('ready', { phone: '491500000001', lid: null, name: null, webVersion: '2.0', pageLoad: 'page' })
    return signal('state', { state: 'ready', reason: null })
  }
  if (message.name === 'acks') return answer(message, 'acks', { pageLoad: 'page', acks: {} })
  answer(message, 'ping', {})
}

new BroadcastChannel('incoming').onmessage = ({ data: count }: MessageEvent<number>) => {
  for (let n = 0; n < count; n++) {
    const number = String(491_511_000_000 + (told++ % PEOPLE))
    const chat = { chatId: `1${number}@lid`, fromLid: `1${number}@lid`, fromName: 'Somebody' }
    signal('incoming', incomingFrom(number, { ...chat, text: `Message ${told} of the benchmark` }))
  }
}

function answer<N extends keyof Commands>(
  { seq }: CommandMessage,
  _name: N,
  answer: Commands[N]['answer'],
): void {
  postMessage({ kind: 'reply', seq, ok: true, answer, ...run })
}

function signal<N extends SignalName>(name: N, data: Signals[N]): void {
  postMessage({ kind: 'signal', name, data, ...run })
}
