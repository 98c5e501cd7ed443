// Chromium: which one to launch, with which flags and environment, and whether its sandbox can stay on.

import { describeScript, findInstalled, isProgram, realBinary } from './browser-installed.ts'
import { availablePackage, unpackBrowser } from './browser-packed.ts'
import type { Browser } from './protocol.ts'
import { sandboxWorks } from './sandbox.ts'

export { sweepBrowsers } from './browser-left.ts'

/** What the executable carries of Chromium; a part of `Carried` in `src/carried.ts`. */
export interface CarriedBrowser {
  version: string
  /** File name in `@sparticuz/chromium/bin` → path readable with `Bun.file`. */
  chromium: Record<string, string>
}

export interface FindBrowserOptions {
  /** CHROME_PATH: use this and nothing else. `packaged` means the one that comes along: a fifth of the work at a start. */
  chromePath?: string | null
  /** CHROME_FLAGS as the operator wrote it. */
  chromeFlags?: string | null
  /** Absolute; a packaged browser is unpacked under it. */
  dataDir: string
  carried?: CarriedBrowser | null
  /** Told one sentence before a step that takes seconds. */
  progress?: (message: string) => void
}

const PACKAGED = 'packaged'
const NOTHING_PACKAGED = 'CHROME_PATH says “packaged”, but no browser is packaged for this system.'
const NOTHING_FOUND =
  'No browser was found. Install Chromium (Debian, Ubuntu: apt install chromium) or Chrome, or name one in CHROME_PATH.'

/**
 * Finds the browser for all Workers of this server: CHROME_PATH (a path, or `packaged`), else an installed Chrome or
 * Chromium, else the packaged one (x64 Linux). The one chosen has been started once with `--version`, so its libraries
 * are there. `problem` is one sentence for people.
 */
export async function findBrowser(options: FindBrowserOptions): Promise<Browser | { problem: string }> {
  const extra = parseFlags(options.chromeFlags ?? '')
  if ('problem' in extra) return extra
  if (options.chromePath === PACKAGED) {
    return (await packaged(options, extra.flags)) ?? { problem: NOTHING_PACKAGED }
  }
  if (options.chromePath) return named(options.chromePath, extra.flags)

  let unusable: { problem: string } | null = null
  for (const executable of await findInstalled()) {
    const browser = await complete({ executable, flags: extra.flags, env: {}, origin: 'installed' })
    if (!('problem' in browser)) return browser
    unusable ??= browser
  }
  return (await packaged(options, extra.flags)) ?? unusable ?? { problem: NOTHING_FOUND }
}

/** Null where none is packaged for this system. */
async function packaged(
  options: FindBrowserOptions,
  flags: string[],
): Promise<Browser | { problem: string } | null> {
  const source = availablePackage(options.carried ?? null)
  if (!source) return null
  const unpacked = await unpackBrowser(source, options.dataDir, options.progress)
  if ('problem' in unpacked) return unpacked
  return complete({ ...unpacked, flags: [...PACKAGED_FLAGS, ...flags], origin: PACKAGED })
}

/** The packaged shell brings no GPU driver: its own software renderer, inside the browser process (saves 10 MB). */
const PACKAGED_FLAGS = ['--in-process-gpu', '--use-gl=angle', '--use-angle=swiftshader']

async function named(chromePath: string, flags: string[]): Promise<Browser | { problem: string }> {
  if (!(await isProgram(chromePath))) {
    return { problem: `CHROME_PATH names ${chromePath}, which is not a program that can be run.` }
  }
  const executable = await realBinary(chromePath)
  if (!executable) return { problem: `CHROME_PATH names ${chromePath}, ${describeScript}` }
  return complete({ executable, flags, env: {}, origin: 'CHROME_PATH' })
}

type Candidate = Pick<Browser, 'executable' | 'flags' | 'env' | 'origin'>

async function complete(candidate: Candidate): Promise<Browser | { problem: string }> {
  const version = await readVersion(candidate)
  if ('problem' in version) return version
  const sandbox = await sandboxWorks(candidate.executable)
  const own = [userAgentFlag(version.major)]
  // Without its sandbox a zygote is of no use, and one process fewer is 10 MB fewer.
  if (!sandbox) own.push('--no-sandbox', '--no-zygote')
  const kind = /headless[-_]shell|browser\/[^/]+\/chromium$/.test(candidate.executable)
    ? 'headless-shell'
    : 'chrome'
  return { ...candidate, flags: [...own, ...candidate.flags], sandbox, kind }
}

const VERSION_DEADLINE_MS = 20_000

async function readVersion({ executable, env }: Candidate): Promise<{ major: number } | { problem: string }> {
  const child = Bun.spawn([executable, '--version'], {
    env: { ...process.env, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: VERSION_DEADLINE_MS,
    killSignal: 'SIGKILL',
  })
  const [out, err] = await Promise.all([readText(child.stdout), readText(child.stderr)])
  const major = /(\d+)\.\d+\.\d+/.exec(out)?.[1]
  if ((await child.exited) === 0 && major) return { major: Number(major) }
  const missing = /error while loading shared libraries: ([^:\s]+)/.exec(err)?.[1]
  const why = missing
    ? `the system library ${missing} is missing`
    : err.trim().split('\n')[0] || 'it tells no version'
  return { problem: `The browser ${executable} does not start: ${why}.` }
}

function readText(stream: ReadableStream): Promise<string> {
  return new Response(stream).text()
}

/**
 * WhatsApp Web turns browsers away that call themselves headless or old; the library's own default is years old.
 * Chromium's reduced form: only the major version is real.
 */
function userAgentFlag(major: number): string {
  const platform = process.platform === 'darwin' ? 'Macintosh; Intel Mac OS X 10_15_7' : 'X11; Linux x86_64'
  const agent = `Mozilla/5.0 (${platform}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${major}.0.0.0 Safari/537.36`
  return `--user-agent=${agent}`
}

/**
 * Splits CHROME_FLAGS at spaces; double quotes hold a flag together (`"--a=b c"` or `--a="b c"`) and are dropped.
 * A quote left open, or a word that is no flag, is a problem rather than a browser that does something else.
 */
export function parseFlags(text: string): { flags: string[] } | { problem: string } {
  const flags = [...text.matchAll(/(?:[^\s"]|"[^"]*"?)+/g)].map(([word]) => word)
  for (const flag of flags) {
    if (flag.split('"').length % 2 === 0)
      return { problem: 'CHROME_FLAGS has a double quote that never closes.' }
    if (!/^"?-/.test(flag))
      return { problem: `CHROME_FLAGS has “${flag}”, which does not start with a dash.` }
  }
  return { flags: flags.map((flag) => flag.replaceAll('"', '')) }
}
