// Accepting: how many a second and how fast through the API, beside a bare route that commits the same rows.
import { join } from 'node:path'
import { type Database, type Figure, percent, perSecond, quantile, spread } from './figure.ts'
import { type Load, loadClosed, loadOpen } from './load.ts'
import { openFolder, openPlace, openStage, openUndo, type Stage } from './stage.ts'

const CONNECTIONS = 32
const OPEN_RATE = 500

/** `seconds`: how long the product is kept at its highest rate; the rest takes four each at most. */
export async function measureAccepts(database: Database, seconds: number): Promise<Figure[]> {
  await using undo = openUndo()
  const product = await linkInTable(await openStage(undo, { database }))
  const bare = await openBare(undo, database)
  const short = Math.min(4, Math.max(1, seconds / 8))
  for (const load of [product, bare]) await loadClosed(load, Math.min(2, short))

  const open = await loadOpen(product, Math.ceil(short * 1.5), OPEN_RATE)
  const bareOpen = await loadOpen(bare, Math.ceil(short * 1.5), OPEN_RATE)

  // The bare route before and after, so that a machine that changes its pace meanwhile does not decide.
  const bareBefore = await loadClosed(bare, short)
  const closed = await loadClosed(product, seconds)
  const bareAfter = await loadClosed(bare, short)
  const bareRate = (bareBefore.perSecond + bareAfter.perSecond) / 2
  const bareLatencies = [...bareBefore.latenciesMs, ...bareAfter.latenciesMs]
  const share = closed.perSecond / bareRate

  const keyed = await loadClosed(withKeys(product), short)
  const bareKeyed = await loadClosed(withKeys(bare), short)

  return [
    {
      what: `accepts, ${CONNECTIONS} connections for ${seconds} s`,
      database,
      value: perSecond(closed.perSecond),
      beside: perSecond(bareRate),
      reach: '≥ 1,000/s for 60 s',
      met: closed.perSecond >= 1000,
    },
    {
      what: 'accepts, share of the bare route',
      database,
      value: percent(share),
      reach: '≥ 70 %',
      met: share >= 0.7,
    },
    {
      what: 'accept p50 / p99 at that rate',
      database,
      value: spread(closed.latenciesMs),
      beside: spread(bareLatencies),
    },
    {
      what: `accept p50 / p99 at ${OPEN_RATE}/s`,
      database,
      value: spread(open.latenciesMs),
      beside: spread(bareOpen.latenciesMs),
      reach: 'p99 ≤ 50 ms',
      met: quantile(open.latenciesMs, 0.99) <= 50,
    },
    {
      what: 'accepts with Idempotency-Key',
      database,
      value: `${perSecond(keyed.perSecond)}, ${percent(keyed.perSecond / bareKeyed.perSecond)}`,
      beside: perSecond(bareKeyed.perSecond),
    },
  ]
}

/** The account is linked in the table and stopped: what is accepted waits. */
export async function linkInTable({ url, key, owner, userId }: Stage): Promise<Load> {
  await owner`insert into accounts ${owner({
    id: Bun.randomUUIDv7(),
    user_id: userId,
    name: 'bench',
    phone: '491500000001',
    linked_at: new Date(),
  })}`
  return loadOf(url, '/api/messages/send', { authorization: `Bearer ${key}` })
}

async function openBare(undo: AsyncDisposableStack, database: Database): Promise<Load> {
  const folder = openFolder(undo)
  const { env } = await openPlace(undo, folder, database)
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'bare-route.ts')], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  undo.defer(async () => {
    child.stdin.end()
    await child.exited
  })
  const decoder = new TextDecoder()
  for await (const chunk of child.stdout) {
    const url = /up at (\S+)/.exec(decoder.decode(chunk))?.[1]
    if (url) return loadOf(url, '/send', {})
  }
  throw new Error('the bare route did not start')
}

function loadOf(url: string, path: string, headers: Record<string, string>): Load {
  return {
    url,
    status: 202,
    connections: CONNECTIONS,
    request: (n) => {
      // A thousand people, each written to again and again.
      const number = `+49151${String(1_000_000 + (n % 1_000))}`
      return { path, headers, body: JSON.stringify({ number, message: `Message ${n} of the benchmark` }) }
    },
  }
}

function withKeys(load: Load): Load {
  return {
    ...load,
    request: (n) => {
      const { headers, ...rest } = load.request(n)
      return { ...rest, headers: { ...headers, 'idempotency-key': crypto.randomUUID() } }
    },
  }
}
