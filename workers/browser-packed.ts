// The Chromium that arrives as an npm package (`@sparticuz/chromium`, x64 Linux): unpacked once into DATA_DIR.

import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createBrotliDecompress } from 'node:zlib'
import type { CarriedBrowser } from './browser.ts'
import { isProgram } from './browser-installed.ts'

export interface PackedBrowser {
  version: string
  /** File name in the package's `bin` → path readable with `Bun.file`. */
  files: Record<string, string>
}

const FILES = ['chromium.br', 'al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br']

/** What can be unpacked here: what the executable carries, else the installed package, else null. */
export function availablePackage(carried: CarriedBrowser | null): PackedBrowser | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  if (carried) {
    return FILES.every((name) => carried.chromium[name])
      ? { version: carried.version, files: carried.chromium }
      : null
  }
  try {
    // A variable keeps the bundler from taking the package into the executable a second time.
    const name = '@sparticuz/chromium'
    const root = dirname(dirname(fileURLToPath(import.meta.resolve(name))))
    const { version } = require(join(root, 'package.json')) as { version: string }
    return { version, files: Object.fromEntries(FILES.map((file) => [file, join(root, 'bin', file)])) }
  } catch {
    return null
  }
}

/**
 * Unpacks into `DATA_DIR/browser/<version>/`, unless that is there. The folder appears complete or not at all, also
 * after a crash or a full disk, and two that unpack at once do not disturb each other.
 */
export async function unpackBrowser(
  source: PackedBrowser,
  dataDir: string,
  progress: (message: string) => void = () => {},
): Promise<{ executable: string; env: Record<string, string> } | { problem: string }> {
  const home = join(dataDir, 'browser')
  const folder = join(home, source.version)
  const executable = join(folder, 'chromium')
  const env = { LD_LIBRARY_PATH: join(folder, 'lib'), FONTCONFIG_PATH: join(folder, 'fonts') }
  if (await isProgram(executable)) return { executable, env }

  progress('Unpacking the packaged Chromium, once.')
  await mkdir(home, { recursive: true, mode: 0o700 })
  const fresh = await mkdtemp(join(home, `unpacking-${process.pid}-`))
  try {
    await unpackInto(source, fresh, folder)
    await rename(fresh, folder).catch(async () => {
      // Somebody else was faster: theirs is as good as ours.
      if (await isProgram(executable)) return
      // What is left of a folder that was removed under a running browser, which went on writing there.
      await rm(folder, { recursive: true, force: true })
      await rename(fresh, folder)
    })
    return { executable, env }
  } catch (error) {
    return {
      problem: `The packaged Chromium could not be unpacked into ${home}: ${(error as Error).message}.`,
    }
  } finally {
    await rm(fresh, { recursive: true, force: true })
    await removeAbandoned(home)
  }
}

async function unpackInto(source: PackedBrowser, fresh: string, folder: string): Promise<void> {
  const binary = join(fresh, 'chromium')
  await pipeline(read(source, 'chromium.br'), createBrotliDecompress(), createWriteStream(binary))
  await chmod(binary, 0o755)
  await untar(source, 'al2023.tar.br', fresh)
  await untar(source, 'swiftshader.tar.br', fresh)
  await untar(source, 'fonts.tar.br', join(fresh, 'fonts'))
  // The package's own settings name folders of another system.
  await Bun.write(join(fresh, 'fonts', 'fonts.conf'), fontSettings(folder))
  const handle = await open(binary)
  await handle.sync()
  await handle.close()
}

function read(source: PackedBrowser, name: string): Readable {
  const path = source.files[name]
  if (!path) throw new Error(`${name} is missing`)
  // The executable's own files can be read by Bun only.
  return path.startsWith('/$bunfs')
    ? Readable.fromWeb(Bun.file(path).stream() as never)
    : createReadStream(path)
}

async function untar(source: PackedBrowser, name: string, into: string): Promise<void> {
  await mkdir(into, { recursive: true })
  const parts: Uint8Array[] = []
  for await (const part of read(source, name).pipe(createBrotliDecompress())) parts.push(part)
  await new Bun.Archive(Buffer.concat(parts)).extract(into)
}

function fontSettings(folder: string): string {
  const escaped = folder.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${escaped}/fonts/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${escaped}/fonts/cache</cachedir>
</fontconfig>
`
}

/** Folders of unpackers that no longer live. */
async function removeAbandoned(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = /^unpacking-(\d+)-/.exec(name)?.[1]
    if (!pid || isAlive(Number(pid))) continue
    await rm(join(home, name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
