// One Worker as the main thread sees it: asks with a deadline, hears signals, knows when it is gone.
import type {
  CommandMessage,
  CommandName,
  Commands,
  FromWorker,
  ReplyErrorCode,
  Run,
  SignalMessage,
} from '../../workers/protocol.ts'

/** The Worker said no, said nothing in time, or is gone. `page_lost` and `deadline`: perhaps it was done. */
export class ThreadError extends Error {
  constructor(
    readonly code: ReplyErrorCode,
    detail: string,
  ) {
    super(detail)
  }
}

interface Waiting {
  resolve: (answer: never) => void
  reject: (error: ThreadError) => void
  timer: Timer
}

export interface ThreadParts extends Run {
  /** `workers/account.ts`, or its name inside the executable. */
  worker: string | URL
  onSignal: (signal: SignalMessage) => void
  /** The Worker ended, died or got stuck; nothing comes any more. Called once. */
  onGone: (code: 'worker_error' | 'worker_stuck', detail: string) => void
  /** How often it is asked whether it still turns; tests ask more often. */
  pingEveryMs?: number
}

const PING_EVERY_MS = 10_000
const MISSES_ALLOWED = 2

/** Holds a Worker open until it ends, dies or is terminated. */
export class Thread {
  readonly generation: number
  readonly run: number
  #worker: Worker
  #waiting = new Map<number, Waiting>()
  #seq = 0
  #gone = false
  #misses = 0
  #pings: Timer
  #parts: ThreadParts

  constructor(parts: ThreadParts) {
    this.#parts = parts
    this.generation = parts.generation
    this.run = parts.run
    this.#worker = new Worker(parts.worker)
    this.#worker.onmessage = (event: MessageEvent<FromWorker>) => this.#hear(event.data)
    this.#worker.onerror = (event) => this.#end(event.message || 'the Worker failed')
    this.#worker.addEventListener('close', () => this.#end('the Worker ended'))
    const everyMs = parts.pingEveryMs ?? PING_EVERY_MS
    this.#pings = setInterval(() => void this.#ping(everyMs / 2), everyMs)
  }

  /** Rejects with `ThreadError`; after a `deadline` a late answer is dropped. */
  ask<N extends CommandName>(
    name: N,
    ask: Commands[N]['ask'],
    deadlineMs: number,
  ): Promise<Commands[N]['answer']> {
    if (this.#gone) return Promise.reject(new ThreadError('not_started', 'the Worker is gone'))
    const seq = ++this.#seq
    const { generation, run } = this
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(seq)
        reject(new ThreadError('deadline', `no answer to ${name} in ${deadlineMs} ms`))
      }, deadlineMs)
      this.#waiting.set(seq, { resolve, reject, timer })
      this.#worker.postMessage({ kind: 'command', seq, name, ask, generation, run } as CommandMessage)
    })
  }

  /** At once, without a goodbye; its browser goes with the pipe. */
  terminate(): void {
    this.#worker.terminate()
    this.#end('the Worker was terminated')
  }

  /** A Worker that spins answers nothing: it is ended, and its browser goes with the pipe. */
  async #ping(deadlineMs: number): Promise<void> {
    const turns = await this.ask('ping', {}, deadlineMs).then(
      () => true,
      () => false,
    )
    this.#misses = turns ? 0 : this.#misses + 1
    if (this.#gone || this.#misses <= MISSES_ALLOWED) return
    this.#worker.terminate()
    this.#end(`${this.#misses} pings unanswered`, 'worker_stuck')
  }

  #hear(message: FromWorker): void {
    if (this.#gone || message.run !== this.run || message.generation !== this.generation) return
    if (message.kind === 'signal') return this.#parts.onSignal(message)
    const waiting = this.#waiting.get(message.seq)
    if (!waiting) return
    this.#waiting.delete(message.seq)
    clearTimeout(waiting.timer)
    if (message.ok) waiting.resolve(message.answer as never)
    else waiting.reject(new ThreadError(message.code, message.detail))
  }

  #end(detail: string, code: 'worker_error' | 'worker_stuck' = 'worker_error'): void {
    if (this.#gone) return
    this.#gone = true
    clearInterval(this.#pings)
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(new ThreadError('page_lost', detail))
    }
    this.#waiting.clear()
    this.#parts.onGone(code, detail)
  }
}
