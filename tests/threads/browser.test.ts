// Finding a browser, unpacking the packaged one, and ending exactly those browsers that are ours.

import { afterAll, describe, expect, test } from 'bun:test'
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { findBrowser, parseFlags, sweepBrowsers } from '../../workers/browser.ts'
import { browserEnvironment } from '../../workers/browser-environment.ts'
import { findInstalled, realBinary } from '../../workers/browser-installed.ts'
import { killBrowsersOf, listBrowsersOf } from '../../workers/browser-left.ts'
import { availablePackage, unpackBrowser } from '../../workers/browser-packed.ts'
import { takeProfile } from '../../workers/profile.ts'

const dir = await mkdtemp(join(tmpdir(), 'botwave-browser-'))
const isPackagedHere = availablePackage(null) !== null

afterAll(() => rm(dir, { recursive: true, force: true }))

async function script(name: string, text: string): Promise<string> {
  const path = join(dir, name)
  await Bun.write(path, text)
  await chmod(path, 0o755)
  return path
}

describe('CHROME_FLAGS', () => {
  test.each([
    ['', []],
    ['--a  --b=c', ['--a', '--b=c']],
    ['"--rules=MAP a b, MAP c d" --x', ['--rules=MAP a b, MAP c d', '--x']],
    ['--rules="MAP a b"', ['--rules=MAP a b']],
  ])('%p', (text, flags) => expect(parseFlags(text)).toEqual({ flags }))

  test.each(['"--open', '--a words', 'word'])('%p is a problem', (text) => {
    expect(parseFlags(text)).toMatchObject({ problem: expect.stringContaining('CHROME_FLAGS') })
  })
})

describe('CHROME_PATH', () => {
  test('that is no program is one sentence', async () => {
    const found = await findBrowser({ chromePath: '/etc/passwd', dataDir: dir })
    expect(found).toEqual({ problem: expect.stringContaining('/etc/passwd, which is not a program') })
  })

  test('that does not start says why', async () => {
    const found = await findBrowser({ chromePath: '/bin/false', dataDir: dir })
    expect(found).toEqual({ problem: expect.stringContaining('/bin/false does not start') })
  })

  test('a wrapper is looked through', async () => {
    const binary = join(dir, 'my-chromium')
    await Bun.write(binary, Bun.file('/bin/true'))
    await chmod(binary, 0o755)
    expect(await realBinary(await script('wrapper', `#!/bin/sh\n${binary} "$@"\n`))).toBe(binary)
    expect(await realBinary(await script('empty', '#!/bin/sh\nexit 0\n'))).toBeNull()
    expect(await realBinary(binary)).toBe(binary)
  })
})

test('what is installed is found on the path, behind its scripts and links', async () => {
  const folder = join(dir, 'bin')
  await mkdir(folder, { recursive: true })
  const binary = join(folder, 'real-chrome')
  await Bun.write(binary, Bun.file('/bin/true'))
  await chmod(binary, 0o755)
  await script('bin/google-chrome', `#!/bin/sh\nexec ${binary} "$@"\n`)
  expect(await findInstalled(folder)).toContain(binary)
})

test.if(isPackagedHere)(
  'the packaged one is unpacked once, by however many at a time',
  async () => {
    const dataDir = join(dir, 'data')
    const said: string[] = []
    const find = () => findBrowser({ chromePath: 'packaged', dataDir, progress: (line) => said.push(line) })
    const [one, two] = await Promise.all([find(), find()])
    expect(one).toEqual(two)
    expect(one).toMatchObject({ origin: 'packaged', kind: 'headless-shell' })
    const times = said.length
    await find()
    expect(said).toHaveLength(times)
    const left = await readdir(join(dataDir, 'browser'))
    expect(left).toHaveLength(1)
    expect(left[0]).toMatch(/^\d+\.\d+\.\d+$/)
  },
  60_000,
)

test('the browser’s environment holds no secret of the server', () => {
  process.env.JWT_SECRET_TEST = 'secret'
  try {
    const environment = browserEnvironment({ env: { EXTRA: 'yes' } }, '/home')
    expect(environment).toMatchObject({ HOME: '/home', EXTRA: 'yes', PATH: process.env.PATH })
    expect(JSON.stringify(environment)).not.toContain('secret')
  } finally {
    delete process.env.JWT_SECRET_TEST
  }
})

describe('what a dead run left', () => {
  /** A process that looks like a browser on this profile. */
  async function pretend(profileDir: string) {
    const child = Bun.spawn(['/bin/sh', '-c', 'read line', 'browser', `--user-data-dir=${profileDir}`], {
      stdin: 'pipe',
    })
    while (!(await listBrowsersOf(profileDir)).includes(child.pid)) await Bun.sleep(5)
    return child
  }

  test('is ended by its exact folder, never by a prefix', async () => {
    const ours = await pretend(join(dir, 'data', 'profiles', 'a-1'))
    const neighbour = await pretend(join(dir, 'data2', 'profiles', 'a-1'))
    const other = await pretend(join(dir, 'data', 'profiles-old', 'a-1'))
    try {
      expect(await sweepBrowsers(join(dir, 'data'))).toBe(1)
      expect(await ours.exited).not.toBe(0)
      expect([neighbour.exitCode, other.exitCode]).toEqual([null, null])
      expect(await killBrowsersOf(join(dir, 'data2', 'profiles', 'a'))).toBe(0)
      expect(await killBrowsersOf(join(dir, 'data2', 'profiles', 'a-1'))).toBe(1)
    } finally {
      for (const child of [ours, neighbour, other]) child.kill('SIGKILL')
    }
  })

  test('a profile is private, free of old locks, and held by one run', async () => {
    const profileDir = join(dir, 'profiles', 'held')
    await mkdir(profileDir, { recursive: true })
    await Bun.write(join(profileDir, 'SingletonCookie'), 'left')
    const left = await pretend(profileDir)
    const lock = await takeProfile(profileDir)
    expect(lock).not.toBeNull()
    expect(await left.exited).not.toBe(0)
    expect((await stat(profileDir)).mode & 0o777).toBe(0o700)
    expect(await readdir(profileDir)).not.toContain('SingletonCookie')
    expect(await takeProfile(profileDir)).toBeNull()
    lock?.release()
    const again = await takeProfile(profileDir)
    expect(again).not.toBeNull()
    again?.release()
  }, 20_000)
})

describe('a packaged browser', () => {
  test('is unpacked over what is left of a folder that was removed while a browser ran', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'botwave-packed-'))
    try {
      const tar = brotliCompressSync(await new Bun.Archive({ 'lib/some.so': 'x' }).bytes())
      const files: Record<string, string> = {}
      for (const name of ['chromium.br', 'al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br']) {
        files[name] = join(dir, name)
        await Bun.write(files[name], name === 'chromium.br' ? brotliCompressSync('#!/bin/sh\n') : tar)
      }
      // A browser writes its cache of fonts again, wherever the rest went.
      await Bun.write(join(dir, 'browser', '1.0', 'fonts', 'cache', 'a'), 'x')
      const unpacked = await unpackBrowser({ version: '1.0', files }, dir)
      expect(unpacked).toMatchObject({ executable: join(dir, 'browser', '1.0', 'chromium') })
      expect(await Bun.file(join(dir, 'browser', '1.0', 'lib', 'some.so')).text()).toBe('x')
      expect(await readdir(join(dir, 'browser'))).toEqual(['1.0'])
    } finally {
      await rm(dir, { recursive: true, force: true })
    }
  })
})
