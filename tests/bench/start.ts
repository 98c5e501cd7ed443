// Starting: from the command to the first good /healthz, in an empty folder and again, from source and as executable.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { executable, fromSource, startProduct } from '../support/product.ts'
import { type Database, type Figure, median, ms } from './figure.ts'
import { chromePath, openFolder, openPlace, openUndo } from './stage.ts'

const root = join(import.meta.dir, '../..')
const REACH_MS = 1000

export async function measureStart(database: Database, rounds: number): Promise<Figure[]> {
  if (!isBuilt()) await build()
  const figures: Figure[] = []
  for (const [name, command] of [
    ['from source', fromSource],
    ['executable', [executable]],
  ] as const) {
    await using undo = openUndo()
    const folder = openFolder(undo)
    const { env } = await openPlace(undo, folder, database)
    const start = () => startOnce([...command], folder, env)
    const firstMs = await start()
    const againMs: number[] = []
    for (let n = 0; n < rounds; n++) againMs.push(await start())
    figures.push(
      { what: `first start → /healthz, ${name}`, database, value: ms(firstMs) },
      {
        what: `restart → /healthz, ${name}, median of ${rounds}`,
        database,
        value: ms(median(againMs)),
        reach: `≤ ${ms(REACH_MS)}`,
        met: median(againMs) <= REACH_MS,
      },
    )
  }
  return figures
}

async function startOnce(command: string[], folder: string, env: Record<string, string>): Promise<number> {
  const startedAt = performance.now()
  const product = await startProduct({
    command,
    folder,
    env: { LOG_LEVEL: 'warn', CHROME_PATH: chromePath, ...env },
  })
  const answer = await fetch(`${product.url}/healthz`)
  const tookMs = performance.now() - startedAt
  await product.stop()
  if (!answer.ok) throw new Error(`/healthz answered ${answer.status}`)
  return tookMs
}

/** There, and not older than anything it is made of. */
function isBuilt(): boolean {
  const builtAt = statSync(executable, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = ['package.json', 'bun.lock', ...new Bun.Glob('{src,workers,web,sql}/**/*').scanSync(root)]
  return sources.every((file) => statSync(join(root, file)).mtimeMs < builtAt)
}

async function build(): Promise<void> {
  const run = Bun.spawn([process.execPath, join(root, 'src/build.ts')], {
    stdout: 'ignore',
    stderr: 'inherit',
  })
  if ((await run.exited) !== 0) throw new Error('the executable could not be built')
}
