// The product as people run it: a process of its own, from source or the executable, in a folder of its own.
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embeddedFolder } from '../../src/database/embedded.ts'
import { processesIn } from '../../src/database/leftovers.ts'

const root = join(import.meta.dir, '../..')
/** What `bun run build` makes. */
export const executable = join(root, 'dist/botwave')
/** The same program without building. */
export const fromSource = [process.execPath, join(root, 'src/main.ts')]

export interface ProductOptions {
  /** Program and first arguments; `serve` is added. */
  command: string[]
  /** An empty folder to start in; `data` appears in it. */
  folder: string
  env?: Record<string, string>
}

export interface Product {
  url: string
  /** The token of the one-time setup link, or null when there is an admin. */
  setupToken: string | null
  child: Bun.Subprocess<'ignore', 'pipe', 'pipe'>
  /** Everything it printed up to now. */
  output: () => string
  /** SIGTERM; resolves with the exit code. */
  stop: () => Promise<number>
}

/** An empty folder, removed by `remove` once nothing works in it any more. */
export function makeFolder(): { folder: string; remove: () => Promise<void> } {
  const folder = mkdtempSync(join(tmpdir(), 'botwave-product-'))
  const remove = async () => {
    const database = embeddedFolder(join(folder, 'data'))
    while (statSync(database, { throwIfNoEntry: false }) && processesIn(database).length) await Bun.sleep(20)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  return { folder, remove }
}

/** Nothing of the surroundings but where programs are: the product sees only what a test gives it. */
export function productEnv(env: Record<string, string> = {}): Record<string, string> {
  return { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: tmpdir(), PORT: '0', ...env }
}

/** Starts it without waiting for anything. */
export function launchProduct({
  command,
  folder,
  env,
}: ProductOptions): Bun.Subprocess<'ignore', 'pipe', 'pipe'> {
  return Bun.spawn([...command, 'serve'], {
    cwd: folder,
    env: productEnv(env),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
}

/** Starts it and waits for the line with its address. Rejects with all it printed when it ends before. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const child = launchProduct(options)
  let output = ''
  const { promise: up, resolve } = Promise.withResolvers<void>()
  const listen = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      output += decoder.decode(chunk, { stream: true })
      if (addressIn(output)) resolve()
    }
  }
  const heard = Promise.all([listen(child.stdout), listen(child.stderr)])
  await Promise.race([up, heard])
  const address = addressIn(output)
  if (!address) throw new Error(`The product ended with ${await child.exited}: ${output}`)
  return {
    ...address,
    child,
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM')
      const code = await child.exited
      await heard
      return code
    },
  }
}

/** The address in the line that says so, and the token of the setup link beside it. */
export function addressIn(output: string): { url: string; setupToken: string | null } | null {
  const found = output.match(/^BotWave is up at (\S+?)(?:, set it up at \S+#(\S+))?\n/m)
  return found ? { url: found[1]!, setupToken: found[2] ?? null } : null
}

/** Asks again until `holds` says yes; over HTTP nothing else tells. The test's own deadline bounds it. */
export async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await Bun.sleep(50)
}
