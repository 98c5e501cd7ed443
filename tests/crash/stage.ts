// What the rounds play on: the product as a process, WhatsApp as another one that outlives it, and linked accounts.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type Sql } from '../../src/database/connect.ts'
import { embeddedFolder, superuser } from '../../src/database/embedded.ts'
import { processesIn } from '../../src/database/leftovers.ts'
import { type Login, loginBySocket } from '../../src/database/login.ts'
import { type Answer, caller } from '../support/app.ts'
import { type Product, startProduct, until } from '../support/product.ts'
import { connectWhatsApp, type Phone, type Remote, type WhatsAppVerbs } from '../whatsapp/phone.ts'
import type { Address } from '../whatsapp/server.ts'
import { buildGates } from './gates.ts'

const root = join(import.meta.dir, '../..')
const PASSWORD = 'a long pass phrase'

export type Choice = 'hold' | 'resend' | 'drop'

export interface Account {
  id: string
  /** Digits. */
  number: string
  phone: Phone
  /** What its owner wants done with a message that was perhaps sent. */
  choice: Choice
}

export interface StageOptions {
  choices: Choice[]
  /** Where it says what it does that takes long. */
  say: (line: string) => void
}

const stages = new Set<Stage>()

/** Ends and removes whatever is on a stage in this process, wherever it stands. */
export async function closeStages(): Promise<void> {
  await Promise.allSettled([...stages].map((stage) => stage[Symbol.asyncDispose]()))
}

/** Holds the product, the stand-in and a folder open; `close` ends and removes all of it. */
export class Stage implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'botwave-crash-'))
  readonly dataDir = join(this.folder, 'data')
  readonly #workerFile = join(this.folder, 'worker')
  accounts: Account[] = []
  product: Product | null = null
  #token = ''
  #whatsapp: { child: Bun.Subprocess; remote: Remote; address: Address } | null = null
  #sql: Sql | null = null
  /** What is being started: it can be ended only when it is up. */
  #starting: Promise<unknown> = Promise.resolve()
  #closing: Promise<void> | null = null

  constructor() {
    stages.add(this)
  }

  get whatsapp(): WhatsAppVerbs {
    return this.#whatsapp!.remote.whatsapp
  }

  /** The superuser of the product's own database. */
  get login(): Login {
    return loginBySocket(embeddedFolder(this.dataDir), superuser, 'botwave')
  }

  get sql(): Sql {
    this.#sql ??= connect(this.login, { max: 2, name: 'crash judge' })
    return this.#sql
  }

  async open({ choices, say }: StageOptions): Promise<void> {
    say('starting WhatsApp and the product')
    this.#whatsapp = await this.#up(startStandIn(join(this.folder, 'whatsapp')), (up) => up.child.kill())
    await this.start()
    await this.#setUp()
    await buildGates(this.sql)
    for (const [at, choice] of choices.entries()) {
      say(`linking account ${at + 1} of ${choices.length}`)
      this.accounts.push(await this.link(`49152288173${10 + at}`, choice))
    }
  }

  /** Starts the product on what is in the folder; resolves when it is up. */
  async start(): Promise<void> {
    const product = startProduct({
      command: [
        process.execPath,
        '--preload',
        join(import.meta.dir, 'end-worker.ts'),
        join(root, 'src/main.ts'),
      ],
      folder: this.folder,
      env: {
        CHROME_FLAGS: this.#whatsapp!.address.chromeFlags,
        CHROME_PATH: process.env.CHROME_PATH ?? 'packaged',
        CRASH_WORKER_FILE: this.#workerFile,
        LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
      },
    })
    this.product = await this.#up(product, (up) => up.stop())
  }

  /** Resolves when it is up; one that came too late is ended. */
  async #up<T>(starting: Promise<T>, end: (up: T) => unknown): Promise<T> {
    if (this.#closing) throw new Error('the stage is closed')
    const late = starting.then(async (up) => {
      if (this.#closing) await end(up)
    })
    this.#starting = Promise.allSettled([late])
    const up = await starting
    if (this.#closing) throw new Error('the stage is closed')
    return up
  }

  /** As the signed-in admin. Rejects where there is no answer. */
  call(method: string, path: string, body?: unknown): Promise<Answer> {
    return caller(this.product!.url, { authorization: `Bearer ${this.#token}` }).call(method, path, body)
  }

  /** The live view, as a dashboard has it open. */
  async openSocket(): Promise<{ closed: Promise<void> }> {
    const headers = { authorization: `Bearer ${this.#token}` }
    const socket = new WebSocket(`${this.product!.url.replace('http', 'ws')}/api/live`, { headers } as never)
    const closed = new Promise<void>((resolve) => {
      socket.onclose = () => resolve()
    })
    await new Promise((resolve) => {
      socket.onmessage = resolve
    })
    return { closed }
  }

  /** Makes an account and links it to a phone of its own. */
  async link(number: string, choice: Choice): Promise<Account> {
    const made = await this.#must(this.call('POST', '/api/accounts', { name: `Phone ${number}` }))
    const path = `/api/accounts/${made.body.id}`
    await this.#must(this.call('PATCH', path, { pacing: 'off', on_uncertain: choice }))
    const phone = this.whatsapp.phone(number)
    await this.#must(this.call('POST', `${path}/connection`, {}))
    await phone.scan(await this.whatsapp.waitForQr())
    await until(async () => (await this.call('GET', path)).body.state === 'ready')
    return { id: made.body.id, number, phone, choice }
  }

  /** The Worker of this account is no more, in the middle of whatever it does. */
  terminateWorker(account: Account): void {
    writeFileSync(this.#workerFile, account.id)
    this.product!.child.kill('SIGUSR2')
  }

  /** Process ids of the embedded PostgreSQL, the shell around it not among them. */
  databaseProcesses(): number[] {
    return processesIn(embeddedFolder(this.dataDir)).filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/exe`).endsWith('/postgres')
      } catch {
        return false
      }
    })
  }

  /** Everything of the product that lives outside its own process. */
  leftProcesses(): number[] {
    const folder = embeddedFolder(this.dataDir)
    const databases = statSync(folder, { throwIfNoEntry: false }) ? processesIn(folder) : []
    return [...databases, ...processesNaming(`${this.dataDir}/`)]
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#starting
    await this.#sql?.end({ timeout: 1 })
    if (this.product?.child.exitCode === null) {
      await Promise.race([this.product.stop(), Bun.sleep(30_000)])
      this.product.child.kill('SIGKILL')
      await this.product.child.exited
    }
    const { child, remote } = this.#whatsapp ?? {}
    remote?.close()
    child?.kill('SIGTERM')
    await child?.exited
    const gone = AbortSignal.timeout(10_000)
    while (!gone.aborted && this.leftProcesses().length > 0) await Bun.sleep(20)
    if (!process.env.CRASH_KEEP) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
    stages.delete(this)
  }

  async #setUp(): Promise<void> {
    const { url, setupToken: token } = this.product!
    const body = { token, email: 'owner@example.com', password: PASSWORD }
    const made = await this.#must(caller(url, {}).call('POST', '/api/setup', body))
    this.#token = made.body.token
    const limits = { default_rate_limit: 1_000_000, max_rate_limit: 1_000_000 }
    await this.#must(this.call('PUT', '/api/settings', limits))
  }

  async #must(asked: Promise<Answer>): Promise<Answer> {
    const answer = await asked
    if (answer.status >= 300) throw new Error(`answered ${answer.status}: ${JSON.stringify(answer.body)}`)
    return answer
  }
}

/** WhatsApp in a process of its own, keeping what reached it in `dir`. */
export async function startStandIn(
  dir: string,
): Promise<{ child: Bun.Subprocess; remote: Remote; address: Address }> {
  mkdirSync(dir, { recursive: true })
  const child = Bun.spawn([process.execPath, join(root, 'tests/whatsapp/server.ts'), '--dir', dir], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  // The one line it prints is the signal that its address is written.
  await child.stdout.getReader().read()
  const address = (await Bun.file(join(dir, 'address.json')).json()) as Address
  return { child, address, remote: await connectWhatsApp(address.controlUrl) }
}

/** Every process whose command line has `text` in it: browsers name their profile and their program. */
function processesNaming(text: string): number[] {
  const names = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)
    } catch {
      return false
    }
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && names(name))
    .map(Number)
}
