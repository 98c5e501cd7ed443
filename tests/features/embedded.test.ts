// Our own PostgreSQL in a real process that is killed, doubled, moved deep and run as root or not.
import { afterEach, expect, setDefaultTimeout, test } from 'bun:test'
import { chownSync, mkdtempSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { embeddedFolder, readPidFile } from '../../src/database/embedded.ts'
import { processesIn } from '../../src/database/leftovers.ts'
import { joinDatabase } from '../../src/database/open.ts'
import { commandAs, type Unprivileged, unprivilegedUser } from '../../src/database/unprivileged.ts'
import { createLog } from '../../src/log.ts'

const program = join(import.meta.dir, '../support/open-database.ts')
const isRoot = process.getuid?.() === 0
setDefaultTimeout(60_000)
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

test('what was committed survives a kill, and no PostgreSQL does', async () => {
  const dataDir = makeFolder()
  const first = await open(dataDir)
  await first.ask("insert into setup_tokens (token_hash) values ('kept')")
  first.child.kill('SIGKILL')
  await first.child.exited
  await untilNoneIn(embeddedFolder(dataDir), 5_000)
  const second = await open(dataDir)
  expect(await second.ask("select convert_from(token_hash, 'UTF8') as token from setup_tokens")).toEqual([
    { token: 'kept' },
  ])
})

test('Ctrl-C reaches the program, not its database, and closing leaves nothing', async () => {
  const dataDir = makeFolder()
  const server = await open(dataDir)
  const postmaster = readPidFile(embeddedFolder(dataDir))!.pid
  // A terminal sends SIGINT to the process group of its foreground program.
  expect(processGroup(postmaster)).not.toBe(processGroup(server.child.pid))
  server.child.stdin.write('close\n')
  expect(await server.line()).toBe('closed')
  expect(await server.child.exited).toBe(0)
  expect(processesIn(embeddedFolder(dataDir))).toEqual([])
})

test('a second server on the folder gets one sentence; a command beside it gets its database', async () => {
  const dataDir = makeFolder()
  const server = await open(dataDir)
  const second = start(dataDir)
  expect(await second.line()).toBe(`failed: Another BotWave is already running on ${dataDir}.`)
  expect(await second.child.exited).toBe(1)
  const beside = await joinDatabase({
    config: { dataDir, databaseUrl: null, databaseOwnerUrl: null },
    carried: null,
    log: createLog('silent'),
  })
  try {
    expect(await beside.sql`select current_user::text as me`).toMatchObject([{ me: 'botwave' }])
  } finally {
    await beside.close()
  }
  expect(await server.ask('select 1 as one')).toEqual([{ one: 1 }])
})

test('a PostgreSQL that lost both its program and its shell is ended by the next start', async () => {
  const dataDir = makeFolder()
  const first = await open(dataDir)
  const postmaster = readPidFile(embeddedFolder(dataDir))!.pid
  // Stopped, or it would start PostgreSQL again. With the shell goes the reader of its pipe, which would end it.
  first.child.kill('SIGSTOP')
  for (const pid of processesIn(embeddedFolder(dataDir)).filter(isShell)) process.kill(pid, 'SIGKILL')
  first.child.kill('SIGKILL')
  await first.child.exited
  expect(processesIn(embeddedFolder(dataDir))).toContain(postmaster)
  const second = await open(dataDir)
  expect(await second.ask('select 1 as one')).toEqual([{ one: 1 }])
  expect(readPidFile(embeddedFolder(dataDir))!.pid).not.toBe(postmaster)
})

test('a PostgreSQL that ended, or lost its shell, is started again under the running program', async () => {
  const dataDir = makeFolder()
  const server = await open(dataDir)
  await server.ask("insert into setup_tokens (token_hash) values ('kept')")
  const folder = embeddedFolder(dataDir)
  const killers = [
    (pid: number) => pid === readPidFile(folder)?.pid,
    (pid: number) => isShell(pid),
    (pid: number) => !isShell(pid),
  ]
  for (const isHit of killers) {
    const { pid: before } = readPidFile(folder)!
    for (const pid of processesIn(folder).filter(isHit)) process.kill(pid, 'SIGKILL')
    await untilAnew(folder, before)
    expect(await server.askUntilAnswered('select count(*)::int as count from setup_tokens')).toEqual([
      { count: 1 },
    ])
  }
})

test("a pid file whose number belongs to a stranger by now doesn't stop the start", async () => {
  const dataDir = makeFolder()
  const first = await open(dataDir)
  await first.close()
  const folder = embeddedFolder(dataDir)
  const user = unprivilegedUser(folder)
  const stranger = Bun.spawn(commandAs(user, ['sleep', '60']), { cwd: '/', stdout: 'ignore' })
  undo.push(() => stranger.kill())
  writeFileSync(join(folder, 'postmaster.pid'), `${stranger.pid}\n/proc/self/cwd\n1\n5432\n.\n\n0 0\nready\n`)
  if (user) chownSync(join(folder, 'postmaster.pid'), user.uid, user.gid)
  const second = await open(dataDir)
  expect(await second.ask('select 1 as one')).toEqual([{ one: 1 }])
  expect(stranger.exitCode).toBeNull()
})

test('a folder deeper than a socket path may be long works', async () => {
  const server = await open(makeFolder('deep'.repeat(20), 'deeper'.repeat(20)))
  expect(await server.ask('select 1 as one')).toEqual([{ one: 1 }])
})

test('settings of the surroundings change nothing: port, options, locale', async () => {
  const env = {
    PGPORT: '1',
    PGOPTIONS: '-c work_mem=1',
    PGDATA: '/nowhere',
    LC_ALL: 'tr_TR.UTF-8',
    PGUSER: 'me',
  }
  const server = await open(makeFolder(), { env })
  expect(await server.ask("select upper('i') as i, current_user::text as me")).toEqual([
    { i: 'I', me: 'botwave' },
  ])
})

test('it is durable, out of reach of the network, and closed to other users', async () => {
  const dataDir = makeFolder()
  const server = await open(dataDir)
  const asked = await server.ask(
    "select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'listen_addresses') order by 1",
  )
  expect(asked).toEqual([
    { name: 'fsync', setting: 'on' },
    { name: 'listen_addresses', setting: '' },
    { name: 'synchronous_commit', setting: 'on' },
  ])
  for (const folder of [dataDir, embeddedFolder(dataDir)]) expect(statSync(folder).mode & 0o777).toBe(0o700)
})

test.if(isRoot)('started by root, no process of it is root, and its user cannot enter DATA_DIR', async () => {
  const dataDir = makeFolder()
  await open(dataDir)
  const folder = embeddedFolder(dataDir)
  const users = processesIn(folder).map((pid) => statSync(`/proc/${pid}`).uid)
  expect(users.length).toBeGreaterThan(1)
  expect(users).not.toContain(0)
  const look = commandAs(unprivilegedUser(folder), ['ls', dataDir])
  expect(Bun.spawnSync(look, { cwd: '/', stderr: 'ignore' }).exitCode).not.toBe(0)
})

test.if(isRoot)('an ordinary user starts it too, and root goes on with the same folder', async () => {
  const dataDir = makeFolder()
  const nobody = { uid: 65534, gid: 65534 }
  chownSync(dataDir, nobody.uid, nobody.gid)
  if (!canRead(program, nobody)) return console.log('skipped: the source is closed to other users')
  const first = await open(dataDir, { user: nobody })
  expect(await first.ask('select 1 as one')).toEqual([{ one: 1 }])
  await first.close()
  const second = await open(dataDir)
  expect(await second.ask('select 1 as one')).toEqual([{ one: 1 }])
  expect(statSync(embeddedFolder(dataDir)).uid).toBe(nobody.uid)
})

/** A DATA_DIR to be; `below` puts it deeper. Goes when everything started on it is gone. */
function makeFolder(...below: string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'botwave-embedded-'))
  const folder = join(root, ...below)
  undo.push(async () => {
    await untilNoneIn(embeddedFolder(folder), 20_000)
    rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  })
  return folder
}

interface StartOptions {
  env?: Record<string, string>
  user?: Unprivileged
}

/** A program whose lines are waited for one by one. */
function start(dataDir: string, { env = {}, user }: StartOptions = {}) {
  const child = Bun.spawn(commandAs(user ?? null, [process.execPath, program, dataDir]), {
    env: { ...process.env, DATABASE_URL: '', ...env },
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  undo.push(async () => {
    child.kill('SIGKILL')
    await child.exited
  })
  const lines = readLines(child.stdout)
  const line = async () => (await lines.next()).value ?? '(no more lines)'
  return {
    child,
    line,
    ask: async (query: string) => {
      child.stdin.write(`${query}\n`)
      return JSON.parse(await line())
    },
    /** While the database is away the program says so, and is asked again. */
    askUntilAnswered: async (query: string) => {
      for (;;) {
        child.stdin.write(`${query}\n`)
        const said = await line()
        if (!said.startsWith('away: ')) return JSON.parse(said)
        await Bun.sleep(20)
      }
    },
    close: async () => {
      child.stdin.write('close\n')
      await child.exited
    },
  }
}

async function open(dataDir: string, options: StartOptions = {}) {
  const server = start(dataDir, options)
  expect(await server.line()).toBe('open')
  return server
}

async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true })
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n')) {
      yield rest.slice(0, end)
      rest = rest.slice(end + 1)
    }
  }
  return undefined
}

/** The kernel tells of no end of a stranger's process: it is asked until there is none. */
async function untilNoneIn(folder: string, limitMs: number): Promise<void> {
  const until = performance.now() + limitMs
  while (statSync(folder, { throwIfNoEntry: false }) && processesIn(folder).length) {
    if (performance.now() > until) {
      for (const pid of processesIn(folder)) process.kill(pid, 'SIGKILL')
      throw new Error(`Processes are left in ${folder} after ${limitMs} ms.`)
    }
    await Bun.sleep(20)
  }
}

/** Until another PostgreSQL than `before` takes connections. */
async function untilAnew(folder: string, before: number): Promise<void> {
  for (;;) {
    const now = readPidFile(folder)
    if (now && now.pid !== before && now.status === 'ready') return
    await Bun.sleep(20)
  }
}

/** The shell around PostgreSQL, and its reader. */
function isShell(pid: number): boolean {
  try {
    return !readlinkSync(`/proc/${pid}/exe`).endsWith('/postgres')
  } catch {
    return false
  }
}

/** The fields of /proc/PID/stat after the name, which may hold spaces: state, parent, group. */
function statOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
}

const processGroup = (pid: number) => Number(statOf(pid)[2])

function canRead(file: string, user: Unprivileged): boolean {
  return Bun.spawnSync(commandAs(user, ['test', '-r', file]), { cwd: '/' }).exitCode === 0
}
