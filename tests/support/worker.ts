// Drives a real account Worker from a test: commands in, replies and signals out, each waited for by signal.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findBrowser } from '../../workers/browser.ts'
import { listBrowsersOf } from '../../workers/browser-left.ts'
import type {
  Browser,
  Commands,
  FromWorker,
  ReplyMessage,
  Run,
  SendOutcome,
  SignalMessage,
  SignalName,
  Signals,
  StartOptions,
} from '../../workers/protocol.ts'
import { type HostedWorker, startWorkerHost } from './worker-host.ts'

const hasPackaged = process.platform === 'linux' && process.arch === 'x64'
const LIMIT_MS = 60_000

export interface Desk extends AsyncDisposable {
  /** A Worker on a profile of this name; the same name again is the same profile. */
  open(profile: string, run?: Run): AccountWorker
}

const PRODUCT_WORKER = new URL('../../workers/account.ts', import.meta.url)

/** `isHosted` false: Workers of this very process, which must not be `bun test`'s (`worker-host.ts` says why). */
export interface DeskOptions {
  entry?: URL
  isHosted?: boolean
}

/** A folder for profiles and the browser to use. */
export async function openDesk(
  chromeFlags: string,
  { entry = PRODUCT_WORKER, isHosted = true }: DeskOptions = {},
): Promise<Desk> {
  const dir = await mkdtemp(join(tmpdir(), 'botwave-worker-'))
  const browser = await findTestBrowser(chromeFlags)
  const workers: AccountWorker[] = []
  const host = isHosted ? startWorkerHost() : null
  return {
    open(profile, run = { generation: 1, run: 1 }) {
      const options: StartOptions = {
        accountId: profile,
        profileDir: join(dir, 'profiles', profile),
        browser,
        webPage: null,
        pairingPhone: null,
        linked: false,
        memory: { softMb: 100_000, hardMb: 100_000, everyMs: 60_000, idleMs: 60_000 },
      }
      const worker = new AccountWorker(options, run, host ? host.open(entry) : workerHere(entry))
      workers.push(worker)
      return worker
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.finish()))
      await host?.[Symbol.asyncDispose]()
      await rm(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The same one on every machine, and the lightest. */
export async function findTestBrowser(chromeFlags: string): Promise<Browser> {
  const browser = await findBrowser({
    chromeFlags,
    chromePath: process.env.CHROME_PATH ?? (hasPackaged ? 'packaged' : null),
    dataDir: join(tmpdir(), 'botwave-test-browser'),
  })
  if ('problem' in browser) throw new Error(browser.problem)
  return browser
}

function workerHere(entry: URL): HostedWorker {
  const worker = new Worker(entry.href)
  const here: HostedWorker = {
    onmessage: () => {},
    onclose: () => {},
    postMessage: (message) => worker.postMessage(message),
    terminate: () => worker.terminate(),
  }
  worker.onmessage = ({ data }) => here.onmessage(data as never)
  worker.addEventListener('close', () => here.onclose())
  return here
}

export class AccountWorker {
  readonly signals: SignalMessage[] = []
  /** Leaves it to the Worker to end itself. */
  leaveRunning = false
  #worker: HostedWorker
  #run: Run
  #seq = 0
  #replies = new Map<number, (reply: ReplyMessage) => void>()
  #heard = new EventTarget()
  #isClosed = false

  constructor(
    readonly options: StartOptions,
    run: Run,
    worker: HostedWorker,
  ) {
    this.#run = run
    this.#worker = worker
    worker.onmessage = (message: FromWorker) => this.#hear(message)
    worker.onclose = () => {
      this.#isClosed = true
      this.#heard.dispatchEvent(new Event('closed'))
    }
  }

  start(change: Partial<StartOptions> = {}): Promise<Commands['start']['answer']> {
    Object.assign(this.options, change)
    return this.ask('start', this.options)
  }

  /** Rejects with the reply's code. */
  ask<N extends keyof Commands>(
    name: N,
    ask: Commands[N]['ask'],
    run = this.#run,
  ): Promise<Commands[N]['answer']> {
    const seq = ++this.#seq
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${name}`)), LIMIT_MS * 2)
      this.#replies.set(seq, (reply) => {
        clearTimeout(timer)
        if (reply.ok) resolve(reply.answer as Commands[N]['answer'])
        else reject(new Error(`${reply.code}: ${reply.detail}`))
      })
      this.#worker.postMessage({ kind: 'command', seq, name, ask, ...run })
    })
  }

  /** For an entry of the test's own that understands it. */
  post(message: unknown): void {
    this.#worker.postMessage(message)
  }

  send(chatId: string, text: string, whatsappId = newWhatsAppId()): Promise<SendOutcome> {
    return this.ask('send', { messageId: 'm', whatsappId, chatId, text })
  }

  /** The first such signal after the `from`th, past or to come. */
  async heard<N extends SignalName>(
    name: N,
    test: (data: Signals[N]) => boolean = () => true,
    from = 0,
    limitMs = LIMIT_MS,
  ): Promise<Signals[N]> {
    const deadline = AbortSignal.timeout(limitMs)
    for (;;) {
      const found = this.signals.slice(from).find((s) => s.name === name && test(s.data as Signals[N]))
      if (found) return found.data as Signals[N]
      if (!(await this.#next(deadline))) {
        const life = this.#isClosed ? 'ended' : 'lives'
        throw new Error(
          `never heard ${name}; the Worker ${life}; heard ${JSON.stringify(this.signals.slice(from))}`,
        )
      }
    }
  }

  /** How the run ended, once its Worker is no more; fails when a process of it is left. */
  async ended(limitMs = LIMIT_MS): Promise<Signals['ended']> {
    const ended = await this.heard('ended', undefined, 0, limitMs)
    const left = await listBrowsersOf(this.options.profileDir)
    if (left.length > 0) throw new Error(`processes left: ${left.join(' ')}`)
    await this.closed(limitMs)
    return ended
  }

  /** Once the Worker is no more, whether it said so or not. */
  async closed(limitMs = LIMIT_MS): Promise<void> {
    const deadline = AbortSignal.timeout(limitMs)
    while (!this.#isClosed) if (!(await this.#next(deadline))) throw new Error('the Worker lives on')
  }

  /** Each signal of this name, oldest first. */
  all<N extends SignalName>(name: N): Signals[N][] {
    return this.signals.filter((s) => s.name === name).map((s) => s.data as Signals[N])
  }

  /** For the end of a test: stops what still runs. */
  async finish(): Promise<void> {
    if (this.#isClosed) return
    await this.ask('stop', {}).catch(() => {})
    await this.ended(10_000).catch(() => {})
    this.#worker.terminate()
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'reply') {
      this.#replies.get(message.seq)?.(message)
      this.#replies.delete(message.seq)
      return
    }
    this.signals.push(message)
    // As the main thread does; it ends by itself too, a second later.
    if (message.name === 'ended' && !this.leaveRunning) this.#worker.terminate()
    this.#heard.dispatchEvent(new Event('signal'))
  }

  /** False when the deadline came first. */
  #next(deadline: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      if (deadline.aborted) return resolve(false)
      const over = new AbortController()
      const settle = (came: boolean) => {
        over.abort()
        resolve(came)
      }
      for (const name of ['signal', 'closed']) {
        this.#heard.addEventListener(name, () => settle(true), { signal: over.signal })
      }
      deadline.addEventListener('abort', () => settle(false), { signal: over.signal })
    })
  }
}

export function newWhatsAppId(): string {
  return `3EB0${crypto.getRandomValues(new Uint8Array(9)).toHex().toUpperCase()}`
}
