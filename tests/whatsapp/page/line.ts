// The page's one WebSocket: orders come in one after the other, questions go out, lost lines are built up again.
import type { DeviceKeys, FromPage, OrderName, Orders, QuestionName, Questions, ToPage } from '../frames.ts'
import { Emitter } from './events.ts'

/** May return a function: done once the servers know that the order has taken effect, for orders that end the page. */
type Handler<N extends OrderName> = (args: Orders[N]) => unknown

/** Fires `opening`, `open`, `lost`. */
export const line = new Emitter()
export const pageLoad = crypto.randomUUID()

const handlers = new Map<OrderName, Handler<OrderName>>()
const questions = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>()
const RETRY_MS = 300

let socket: WebSocket | null = null
let device: DeviceKeys | null = null
let lastSeq = 0
let ended = false
let orders: Promise<void> = Promise.resolve()
/** Said while there was no line: told first on the next one. */
const unsaid: FromPage[] = []

export function onOrder<N extends OrderName>(name: N, handler: Handler<N>): void {
  handlers.set(name, handler as Handler<OrderName>)
}

/** Which linked device the next line belongs to. */
export function useDevice(keys: DeviceKeys | null): void {
  device = keys
}

export function isOpen(): boolean {
  return socket?.readyState === WebSocket.OPEN
}

/** False when there is no line: the frame is lost. */
export function send(frame: FromPage): boolean {
  if (!isOpen()) return false
  socket!.send(JSON.stringify(frame))
  return true
}

/** Like `send`, but waits for a line. */
export function tell(frame: FromPage): void {
  if (!send(frame)) unsaid.push(frame)
}

/** Rejects at once without a line, and when the line breaks before the answer. */
export function ask<N extends QuestionName>(
  name: N,
  what: Questions[N]['ask'],
): Promise<Questions[N]['answer']> {
  const seq = ++lastSeq
  return new Promise((resolve, reject) => {
    questions.set(seq, { resolve: resolve as (answer: unknown) => void, reject })
    if (send({ kind: 'ask', seq, name, ask: what })) return
    questions.delete(seq)
    reject(new Error('not connected'))
  })
}

export function connect(hello: () => FromPage): void {
  if (ended) return
  line.trigger('opening')
  const query = new URLSearchParams({
    load: pageLoad,
    ...(device && { device: device.id, token: device.token }),
  })
  const mine = new WebSocket(`wss://${location.host}/ws/chat?${query}`)
  socket = mine
  let wasOpen = false
  mine.onopen = () => {
    wasOpen = true
    send(hello())
    for (const frame of unsaid.splice(0)) send(frame)
    line.trigger('open')
  }
  mine.onmessage = (event) => hear(JSON.parse(event.data as string) as ToPage)
  mine.onclose = () => {
    if (socket !== mine) return
    for (const question of questions.values()) question.reject(new Error('connection lost'))
    questions.clear()
    if (ended) return
    line.trigger('lost', wasOpen)
    setTimeout(() => socket === mine && connect(hello), RETRY_MS)
  }
}

/** Gives the present line up without waiting for its end (it may be dead) and builds a new one. */
export function reconnect(hello: () => FromPage): void {
  const old = socket
  socket = null
  old?.close()
  for (const question of questions.values()) question.reject(new Error('connection lost'))
  questions.clear()
  connect(hello)
}

/** No line any more in this page load. */
export function endLine(): void {
  ended = true
  socket?.close()
}

function hear(frame: ToPage): void {
  if (frame.kind === 'answer') {
    const question = questions.get(frame.seq)
    questions.delete(frame.seq)
    if (frame.ok) question?.resolve(frame.answer)
    else question?.reject(new Error(frame.error))
    return
  }
  orders = orders.then(() => obey(frame.token, frame.name, frame.args))
}

async function obey(token: number, name: OrderName, args: Orders[OrderName]): Promise<void> {
  try {
    const handler = handlers.get(name)
    if (!handler) throw new Error(`no handler for ${name}`)
    const afterwards = await handler(args)
    send({ kind: 'done', token, error: null })
    // A macrotask later, so that the confirmation leaves first.
    if (typeof afterwards === 'function') setTimeout(afterwards, 50)
  } catch (error) {
    send({ kind: 'done', token, error: String(error) })
  }
}
