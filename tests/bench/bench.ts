// `bun run bench`: what BotWave costs beside the same work without it. `bun run bench accepts --seconds 10` for a part.
import { parseArgs } from 'node:util'
import { measureAccepts } from './accepts.ts'
import { type Database, type Figure, formatTable } from './figure.ts'
import { measureHandovers } from './handovers.ts'

const USAGE = `bun run bench [parts] [--seconds N] [--rounds N]

Parts: accepts, handovers; all unless named.
A PostgreSQL server is measured too where DATABASE_URL names one (a login that may create databases and roles).
--seconds N   how long the highest rate of accepting is held (60)
--rounds N    how often a start, a link or a recovery is repeated (3)
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
    help: { type: 'boolean', default: false },
  },
})
const seconds = Number(values.seconds)
const rounds = Number(values.rounds)

const parts: Record<string, Part> = {
  accepts: { onEachDatabase: (database) => measureAccepts(database, seconds) },
  handovers: { onEachDatabase: measureHandovers },
}

process.exit(await bench(positionals))

async function bench(names: string[]): Promise<number> {
  const isWrong = names.some((name) => !parts[name]) || !(seconds > 0) || !(rounds >= 1)
  if (values.help || isWrong) {
    process.stderr.write(USAGE)
    return values.help ? 0 : 2
  }
  // Both names are understood: tests use the longer one.
  const server = process.env.TEST_DATABASE_URL || process.env.DATABASE_URL
  if (server) process.env.TEST_DATABASE_URL = server
  const databases: Database[] = server ? ['embedded', 'server'] : ['embedded']
  const figures: Figure[] = []
  for (const [name, part] of Object.entries(parts)) {
    if (names.length && !names.includes(name)) continue
    if (part.once) figures.push(...(await timed(name, part.once)))
    for (const database of part.onEachDatabase ? databases : []) {
      figures.push(...(await timed(`${name}, ${database}`, () => part.onEachDatabase!(database))))
    }
  }
  const command = ['bun run bench', ...process.argv.slice(2)].join(' ')
  process.stdout.write(`\n${new Date().toISOString().slice(0, 16)}Z, \`${command}\`, Bun ${Bun.version}\n\n`)
  process.stdout.write(`${formatTable(figures)}\n`)
  return 0
}

async function timed(name: string, measure: () => Promise<Figure[]>): Promise<Figure[]> {
  process.stderr.write(`${name} …`)
  const startedAt = performance.now()
  const figures = await measure()
  process.stderr.write(` ${((performance.now() - startedAt) / 1000).toFixed(0)} s\n`)
  return figures
}
