// `bun run bench`: what BotWave costs beside the same work without it. `bun run bench accepts --seconds 10` for a part.
import { parseArgs } from 'node:util'
import { measureAccepts } from './accepts.ts'
import { measureAnalytics } from './analytics.ts'
import { type Database, type Figure, formatTable } from './figure.ts'
import { measureFiles } from './files.ts'
import { measureGuard } from './guard.ts'
import { measureHandovers } from './handovers.ts'
import { measureIncoming } from './incoming.ts'
import { measureLinking } from './linking.ts'
import { measureMemory } from './memory.ts'
import { measureRecovery } from './recovery.ts'
import { measureRowLevelSecurity } from './rls.ts'
import { undoAll } from './stage.ts'
import { measureStart } from './start.ts'
import { measureWebhooks } from './webhooks.ts'

const USAGE = `bun run bench [parts] [--seconds N] [--rounds N]

Parts: accepts, guard, rls, files, handovers, incoming, linking, memory, start, recovery, analytics, webhooks; all unless named.
A PostgreSQL server is measured too where DATABASE_URL names one (a login that may create databases and roles).
--seconds N   how long the highest rate of accepting is held (60)
--rounds N    how often a start, a link, a recovery or a comparison is repeated (3)
--rows N      how many messages figures are counted of (1,000,000)
`

interface Part {
  /** Measured on each database apart, or once. */
  onEachDatabase?: (database: Database) => Promise<Figure[]>
  once?: () => Promise<Figure[]>
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '3' },
    rows: { type: 'string', default: '1000000' },
    help: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)
const rounds = Number(values.rounds)
const rows = Number(values.rows)

const parts: Record<string, Part> = {
  accepts: { onEachDatabase: (database) => measureAccepts(database, seconds) },
  guard: { onEachDatabase: (database) => measureGuard(database, rounds) },
  rls: { onEachDatabase: (database) => measureRowLevelSecurity(database, rounds) },
  files: { once: () => measureFiles(rounds) },
  handovers: { onEachDatabase: measureHandovers },
  incoming: { onEachDatabase: (database) => measureIncoming(database, rounds) },
  linking: { once: () => measureLinking(rounds) },
  memory: { once: measureMemory },
  start: { onEachDatabase: (database) => measureStart(database, rounds) },
  recovery: { once: () => measureRecovery(rounds) },
  analytics: { onEachDatabase: (database) => measureAnalytics(database, rows) },
  webhooks: { onEachDatabase: (database) => measureWebhooks(database, Math.min(10, seconds)) },
}

/** Ended early: what runs is undone first. */
let ending: Promise<never> | null = null
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    ending ??= undoAll().then(() => process.exit(130))
  })
}
const code = await bench(positionals)
await ending
process.exit(code)

async function bench(names: string[]): Promise<number> {
  const isWrong = names.some((name) => !parts[name]) || !(seconds > 0) || !(rounds >= 1) || !(rows >= 1)
  if (values.help || isWrong) {
    process.stderr.write(USAGE)
    return values.help ? 0 : 2
  }
  // Both names are understood: tests use the longer one.
  const server = process.env.TEST_DATABASE_URL || process.env.DATABASE_URL
  if (server) process.env.TEST_DATABASE_URL = server
  const databases: Database[] = server ? ['embedded', 'server'] : ['embedded']
  const figures: Figure[] = []
  let failed = 0
  const add = async (name: string, measure: () => Promise<Figure[]>) => {
    process.stderr.write(`${name} …`)
    const startedAt = performance.now()
    try {
      figures.push(...(await measure()))
      process.stderr.write(` ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`)
    } catch (error) {
      await ending
      failed++
      process.stderr.write(` failed\n${error instanceof Error ? error.stack : error}\n`)
    }
  }
  for (const [name, { once, onEachDatabase }] of Object.entries(parts)) {
    if (names.length && !names.includes(name)) continue
    if (once) await add(name, once)
    for (const database of onEachDatabase ? databases : []) {
      await add(`${name}, ${database}`, () => onEachDatabase!(database))
    }
  }
  const command = ['bun run bench', ...process.argv.slice(2)].join(' ')
  process.stdout.write(`\n${new Date().toISOString().slice(0, 16)}Z, \`${command}\`, Bun ${Bun.version}\n\n`)
  process.stdout.write(`${formatTable(figures)}\n`)
  return failed ? 1 : 0
}
