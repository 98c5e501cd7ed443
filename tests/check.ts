// The whole gate in named steps: `bun run check`, or `bun run check threads whatsapp` for some of them.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startTestServer } from './support/database.ts'

interface Step {
  name: string
  /** After the path of bun itself. */
  commands: string[][]
  /** Whether its output ends with bun test's counts. */
  counts: boolean
  limitMinutes: number
}

const root = join(import.meta.dir, '..')

/** Tests in `folders`; several files at once where most of their time is waiting. */
function tests(name: string, folders: string[], parallel: number, limitMinutes: number): Step {
  const there = folders.filter((folder) => hasTests(folder))
  const flags = [`--parallel=${parallel}`, '--timeout=60000']
  const commands = there.length ? [['test', ...flags, ...there.map((folder) => `./${folder}`)]] : []
  return { name, commands, counts: true, limitMinutes }
}

function hasTests(path: string): boolean {
  if (path.endsWith('.ts')) return existsSync(join(root, path))
  return (
    existsSync(join(root, path)) && [...new Bun.Glob('**/*.test.ts').scanSync(join(root, path))].length > 0
  )
}

const steps: Step[] = [
  plain('format', ['node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '.']),
  plain('types', ['node_modules/typescript/bin/tsc', '--noEmit']),
  tests('architecture', ['tests/architecture.test.ts'], 1, 1),
  tests('features', ['tests/rules', 'tests/features'], 3, 8),
  tests('threads', ['tests/threads'], 1, 4),
  // Milliseconds count here, so nothing else runs beside it.
  tests('timing', ['tests/timing'], 1, 2),
  tests('whatsapp', ['tests/whatsapp'], 3, 10),
  tests('browser', ['tests/browser'], 3, 8),
  tests('crash', ['tests/crash'], 2, 6),
  binary(tests('binary', ['tests/binary'], 1, 5)),
]

/** On a database too, but about what lies in front of it, and slow. */
const IN_FRONT_OF_IT = /(access|documentation|fuzz|http|web-\w+)\.test\.ts$/

/** Only by name: what runs again on another PostgreSQL. */
const database = tests('database', filesOnTestDatabase(), 3, 8)

/** Tests that get their database from `TEST_DATABASE_URL`; others start one of their own, or need none. */
function filesOnTestDatabase(): string[] {
  const files = [...new Bun.Glob('tests/features/*.test.ts').scanSync(root)].sort()
  return files
    .filter((file) => !IN_FRONT_OF_IT.test(file))
    .filter((file) => /support\/(app|database)\.ts/.test(readFileSync(join(root, file), 'utf8')))
}

function plain(name: string, command: string[]): Step {
  return { name, commands: [command], counts: false, limitMinutes: 3 }
}

/** The executable is built first, by the same command a person uses. */
function binary(step: Step): Step {
  return { ...step, commands: step.commands.length ? [['src/build.ts'], ...step.commands] : [] }
}

interface Counts {
  passed: number
  failed: number
}

async function runStep(step: Step, env: Record<string, string | undefined>): Promise<Counts> {
  const startedAt = performance.now()
  const counts = { passed: 0, failed: 0 }
  for (const command of step.commands) {
    const { code, output } = await runCommand(step, command, env)
    const found = step.counts ? readCounts(output) : { passed: 0, failed: 0 }
    counts.passed += found.passed
    // A command that failed without a failed test (it crashed, or is no test) counts as one.
    counts.failed += code === 0 ? found.failed : Math.max(1, found.failed)
    if (code !== 0) break
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const verdict = counts.failed ? 'FAILED' : step.commands.length ? 'ok' : 'nothing there yet'
  const tally = counts.passed + counts.failed ? ` (${counts.passed} good, ${counts.failed} bad)` : ''
  console.log(`■ ${step.name}: ${verdict}${tally} in ${seconds} s`)
  return counts
}

/** Shows what a person wants to see while it runs: which file, and what fails. All of it when it failed. */
async function runCommand(
  step: Step,
  command: string[],
  env: Record<string, string | undefined>,
): Promise<{ code: number; output: string }> {
  const child = Bun.spawn([process.execPath, ...command], {
    cwd: root,
    env,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const limit = setTimeout(() => {
    console.log(`  ${step.name} takes longer than ${step.limitMinutes} minutes and is ended.`)
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), 5_000).unref()
  }, step.limitMinutes * 60_000)
  let output = ''
  const listen = async (stream: ReadableStream<Uint8Array>) => {
    let line = ''
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      const lines = (line + decoder.decode(chunk, { stream: true })).split('\n')
      line = lines.pop() ?? ''
      for (const whole of lines) {
        // bun repeats the failed ones at its end.
        const shown = output.includes(`${whole}\n`)
        output += `${whole}\n`
        if (step.counts && !shown && /^\S+\.test\.ts:$|^\(fail\)/.test(whole)) console.log(`  ${whole}`)
      }
    }
    output += line
  }
  await Promise.all([listen(child.stdout), listen(child.stderr)])
  const code = await child.exited
  clearTimeout(limit)
  if (code !== 0) console.log(output.replace(/^\(pass\).*\n/gm, '').replace(/^/gm, '  | '))
  return { code, output }
}

/** bun test ends with lines such as ` 12 pass` and ` 0 fail`; one that was ended before shows its tests only. */
export function readCounts(output: string): Counts {
  const count = (word: string) => {
    const summed = [...output.matchAll(new RegExp(`^ *(\\d+) ${word}$`, 'gm'))].at(-1)?.[1]
    return summed ? Number(summed) : (output.match(new RegExp(`^\\(${word}\\)`, 'gm'))?.length ?? 0)
  }
  return { passed: count('pass'), failed: count('fail') }
}

async function main(names: string[]): Promise<number> {
  const all = [...steps, database]
  const unknown = names.find((name) => !all.some((step) => step.name === name))
  if (unknown) {
    console.log(`There is no step "${unknown}": ${all.map((step) => step.name).join(', ')}.`)
    return 2
  }
  const chosen = names.length ? all.filter((step) => names.includes(step.name)) : steps
  const server = process.env.TEST_DATABASE_URL ? null : await startTestServer()
  const env = { ...process.env, TEST_DATABASE_URL: process.env.TEST_DATABASE_URL || server?.url }
  const total = { passed: 0, failed: 0 }
  for (const step of chosen) {
    console.log(`□ ${step.name}`)
    const { passed, failed } = await runStep(step, env)
    total.passed += passed
    total.failed += failed
  }
  await server?.stop()
  console.log(`${total.passed} passed, ${total.failed} failed`)
  return total.failed ? 1 : 0
}

if (import.meta.main) process.exit(await main(process.argv.slice(2)))
