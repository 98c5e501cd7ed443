// The client for tests: the servers, phones and pages of a stand-in, in this process or in another one.
import type { Answer, Caller } from './servers/control.ts'
import type { Verbs } from './servers/verbs.ts'

type Asked<V> = {
  [K in keyof V]: V[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never
}
/** The same verbs with their first argument said once. */
type Bound<V> = {
  [K in keyof V]: V[K] extends (first: string, ...rest: infer A) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never
}

export type Phone = Bound<Verbs['phone']> & Bound<Verbs['page']> & { number: string }
export type PageHandle = Bound<Verbs['page']> & { load: string }

export type WhatsAppVerbs = Asked<Verbs['world']> & {
  /** A phone by its number in digits; it exists from the first time it is named. Page verbs mean its newest page. */
  phone(number: string): Phone
  /** A page by its page load (`pages()`, `waitForPage()`). */
  page(load: string): PageHandle
}

const PAGE_VERBS: Record<keyof Verbs['page'], true> = {
  failNextSend: true,
  dieInNextSend: true,
  setState: true,
  showWhatsNew: true,
  showPasskeyPrompt: true,
  settle: true,
  reload: true,
  collectGarbage: true,
  crash: true,
  killBrowser: true,
  freeze: true,
  freezeBrowser: true,
  thawBrowser: true,
  browserPid: true,
}

export function verbsOver(call: Caller): WhatsAppVerbs {
  return named<WhatsAppVerbs>((verb, args) => call('world', verb, args), {
    phone: (number: string) =>
      named<Phone>((verb, args) => call(verb in PAGE_VERBS ? 'page' : 'phone', verb, [number, ...args]), {
        number,
      }),
    page: (load: string) => named<PageHandle>((verb, args) => call('page', verb, [load, ...args]), { load }),
  })
}

export interface Remote extends AsyncDisposable {
  whatsapp: WhatsAppVerbs
  close(): void
}

/** Connects to a stand-in in another process, by its control address. */
export async function connectWhatsApp(controlUrl: string): Promise<Remote> {
  const socket = new WebSocket(controlUrl)
  const calls = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  let lastSeq = 0
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve()
    socket.onerror = () => reject(new Error(`no stand-in at ${controlUrl}`))
  })
  socket.onmessage = (event) => {
    const answer = JSON.parse(String(event.data)) as Answer
    const call = calls.get(answer.seq)
    calls.delete(answer.seq)
    if (answer.ok) call?.resolve(answer.result)
    else call?.reject(new Error(answer.error))
  }
  socket.onclose = () => {
    for (const call of calls.values()) call.reject(new Error('the stand-in is gone'))
  }
  const whatsapp = verbsOver((group, verb, args) => {
    const seq = ++lastSeq
    return new Promise((resolve, reject) => {
      calls.set(seq, { resolve, reject })
      socket.send(JSON.stringify({ seq, group, verb, args }))
    })
  })
  const close = () => socket.close()
  return { whatsapp, close, [Symbol.asyncDispose]: async () => close() }
}

/** An object whose every property is a call by that name, but for `fixed`. */
function named<T>(call: (verb: string, args: unknown[]) => Promise<unknown>, fixed: object): T {
  return new Proxy(fixed, {
    get(target, name) {
      // `await` asks every object whether it is a promise.
      if (name === 'then' || typeof name === 'symbol') return undefined
      return Reflect.get(target, name) ?? ((...args: unknown[]) => call(name, args))
    },
  }) as T
}
