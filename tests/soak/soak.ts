// `bun run soak -- --minutes N`: links, drops and relinks accounts and sends all the while; says what grows.
import { parseArgs } from 'node:util'
import { createChance } from '../crash/chance.ts'
import { runInterruptibly } from '../crash/interruptible.ts'
import { type Account, Stage } from '../crash/stage.ts'
import { until } from '../support/product.ts'
import { type Sample, slopePerHour, takeSample } from './samples.ts'

const SAMPLE_MS = 5_000
const KILLED = 'browser killed'
const KILLS_PER_HOUR = 25
const HOUR_MS = 3_600_000
/** The first quarter is warming up: caches fill, code is compiled. */
const WARM_SHARE = 0.25

export interface SoakOptions {
  minutes: number
  accounts: number
  seed: number
  say: (line: string) => void
}

export interface SoakResult {
  samples: Sample[]
  turns: Record<string, number>
  accepted: number
  /** Messages that were accepted and are not settled at the end. */
  open: number
}

export async function soak({ minutes, accounts, seed, say }: SoakOptions): Promise<SoakResult> {
  const chance = createChance(seed)
  await using stage = new Stage()
  await stage.open({ choices: Array.from({ length: accounts }, () => 'hold' as const), say })
  const pid = stage.product!.child.pid
  const over = AbortSignal.timeout(minutes * 60_000)
  const samples: Sample[] = []
  const turns: Record<string, number> = {}
  let accepted = 0

  const sampling = (async () => {
    while (!over.aborted) {
      samples.push(takeSample(pid, stage.leftProcesses()))
      await Bun.sleep(SAMPLE_MS)
    }
  })()
  const sending = (async () => {
    for (let count = 1; !over.aborted; count++) {
      const account = chance.one(stage.accounts)
      const number = `+4917139200${chance.whole(10, 99)}`
      const body = { account_id: account.id, number, message: `soak ${count}` }
      // An account that is logged out right now takes nothing: 409.
      const { status } = await stage.call('POST', '/api/messages/send', body)
      if (status === 202) accepted++
      else if (status !== 409) throw new Error(`a send was answered ${status}`)
      await Bun.sleep(chance.whole(20, 200))
    }
  })()
  const killedAtMs = new Map<string, number[]>()
  /** An account is not started anew more often than thirty times an hour: after that it would rest. */
  const killsOf = (accountId: string) =>
    (killedAtMs.get(accountId) ?? []).filter((at) => at > Date.now() - HOUR_MS)
  const turning = (async () => {
    while (!over.aborted) {
      const account = chance.one(stage.accounts)
      const kills = killsOf(account.id)
      const turn = chance.one(TURNS.filter(({ name }) => name !== KILLED || kills.length < KILLS_PER_HOUR))
      if (turn.name === KILLED) killedAtMs.set(account.id, [...kills, Date.now()])
      await turn.play(stage, account)
      turns[turn.name] = (turns[turn.name] ?? 0) + 1
    }
  })()
  await Promise.all([sampling, sending, turning])
  const open = await untilSettled(stage)
  return { samples, turns, accepted, open }
}

interface Turn {
  name: string
  /** Resolves when the account is ready again. */
  play(stage: Stage, account: Account): Promise<void>
}

const TURNS: Turn[] = [
  {
    name: 'line dropped',
    async play(stage, { phone, id }) {
      await phone.dropLine()
      await phone.restoreLine()
      await untilState(stage, id, 'ready')
    },
  },
  {
    name: 'stopped and started',
    async play(stage, { id }) {
      await stage.call('POST', '/api/whatsapp/disconnect', { account_id: id, logout: false })
      await untilState(stage, id, 'stopped')
      await stage.call('POST', `/api/accounts/${id}/connection`, {})
      await untilState(stage, id, 'ready')
    },
  },
  {
    name: 'logged out from the phone and linked anew',
    async play(stage, account) {
      await account.phone.logoutDevices()
      await untilState(stage, account.id, 'logged_out')
      await relink(stage, account)
    },
  },
  {
    name: 'logged out here and linked anew',
    async play(stage, account) {
      await stage.call('POST', '/api/whatsapp/disconnect', { account_id: account.id })
      await untilState(stage, account.id, 'logged_out')
      await relink(stage, account)
    },
  },
  {
    name: KILLED,
    async play(stage, { phone, id, number }) {
      const { load } = await stage.whatsapp.waitForPage({ number })
      await phone.killBrowser()
      await stage.whatsapp.waitForPage({ number, after: load, synced: true }, 120_000)
      await untilState(stage, id, 'ready')
    },
  },
]

async function relink(stage: Stage, { id, phone }: Account): Promise<void> {
  await stage.call('POST', `/api/accounts/${id}/connection`, {})
  await phone.scan(await stage.whatsapp.waitForQr(undefined, 60_000))
  await untilState(stage, id, 'ready')
}

async function untilState(stage: Stage, id: string, state: string): Promise<void> {
  await until(async () => (await stage.call('GET', `/api/accounts/${id}`)).body.state === state)
}

async function untilSettled(stage: Stage): Promise<number> {
  const limit = AbortSignal.timeout(90_000)
  for (;;) {
    const [row] = await stage.sql<{ open: number }[]>`
      select count(*)::int as open from message_logs
      where direction = 'out' and status in ('scheduled', 'queued', 'sending')`
    if (row!.open === 0 || limit.aborted) return row!.open
    await Bun.sleep(200)
  }
}

/** A few lines for people. */
export function report({ samples, turns, accepted, open }: SoakResult): string {
  const warm = samples.slice(Math.floor(samples.length * WARM_SHARE))
  const [first, last] = [warm[0], warm.at(-1)]
  if (!first || !last) return 'Too short to say anything.'
  const line = (name: string, unit: string, of: (sample: Sample) => number) =>
    `${name}: ${of(first).toFixed(0)} → ${of(last).toFixed(0)} ${unit}, ${slopePerHour(warm, of).toFixed(1)} ${unit} an hour`
  return [
    line('server memory (RSS)', 'MB', ({ serverMb }) => serverMb),
    line('browsers and database (PSS)', 'MB', ({ othersMb }) => othersMb),
    line('file descriptors of the server', '', ({ fds }) => fds),
    line('threads of the server', '', ({ threads }) => threads),
    line('processes besides the server', '', ({ processes }) => processes),
    `${accepted} messages accepted, ${open} not settled; ${Object.entries(turns)
      .map(([name, count]) => `${count}× ${name}`)
      .join(', ')}`,
  ].join('\n')
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      accounts: { type: 'string', default: '2' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
    },
  })
  console.log(`seed ${values.seed}`)
  await runInterruptibly(async () => {
    const result = await soak({
      minutes: Number(values.minutes),
      accounts: Number(values.accounts),
      seed: Number(values.seed),
      say: console.log,
    })
    console.log(report(result))
    return result.open === 0 ? 0 : 1
  })
}
