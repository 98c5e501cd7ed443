// Finds a Chrome or Chromium that the machine already has, and the binary behind a wrapper script.

import { access, constants, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

const NAMES = [
  'google-chrome-stable',
  'google-chrome',
  'chromium',
  'chromium-browser',
  'chrome',
  'chrome-headless-shell',
  'chromium-headless-shell',
]

const PLACES = [
  '/opt/google/chrome/chrome',
  '/usr/lib/chromium/chromium',
  '/usr/lib64/chromium-browser/chromium-browser',
  '/usr/lib/chromium/chromium-headless-shell',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

export const describeScript = 'a script whose browser could not be found: name the browser’s own binary.'

/** Binaries of installed browsers, best first; links and scripts resolved, doubles dropped. */
export async function findInstalled(path = process.env.PATH ?? ''): Promise<string[]> {
  const found = new Set<string>()
  const folders = path.split(':').filter((folder) => folder.startsWith('/'))
  for (const candidate of [
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...PLACES,
  ]) {
    if (!(await isProgram(candidate))) continue
    // A snap is started by snapd inside a confinement that cannot reach our profiles.
    if (/^\/snap\/|\/snap$/.test(await realpath(candidate))) continue
    const binary = await realBinary(candidate)
    if (binary) found.add(binary)
  }
  return [...found]
}

export async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

/**
 * The binary that `path` starts. A wrapper script must not stand between: some do not `exec`, so a kill would hit
 * the script and leave the browser (Debian's `chromium-headless-shell` is one). Null when it cannot be told.
 */
export async function realBinary(path: string): Promise<string | null> {
  const real = await realpath(path)
  const script = await readScript(real)
  if (script === null) return real

  const name = basename(path)
  const spelled = [...script.matchAll(/\/[\w./@+-]+/g)].map(([word]) => word)
  const beside = ['chrome', name].map((file) => join(dirname(real), file))
  const usual = ['/usr/lib', '/usr/lib64', '/opt'].flatMap((folder) => [
    join(folder, name, name),
    join(folder, 'chromium', name),
  ])
  for (const candidate of [...beside, ...usual, ...spelled]) {
    if (!/chrom/i.test(basename(candidate)) || !(await isProgram(candidate))) continue
    const target = await realpath(candidate)
    if ((await readScript(target)) === null) return target
  }
  return null
}

async function readScript(path: string): Promise<string | null> {
  const file = Bun.file(path)
  return (await file.slice(0, 2).text()) === '#!' ? file.slice(0, 65_536).text() : null
}
