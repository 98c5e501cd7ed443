// Our own PostgreSQL: made in DATA_DIR at first, on a unix socket only, ending with us whatever ends us.
import {
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import { endLeftovers } from './leftovers.ts'
import { type CarriedPostgres, findProgram } from './program.ts'
import { commandAs, type Unprivileged, unprivilegedUser } from './unprivileged.ts'

/** The major version whose files a data folder holds; a folder a version. */
const major = 18

/** The login that may do everything; only this process and root can reach the socket. */
export const superuser = 'botwave_superuser'

export interface EmbeddedOptions {
  /** Absolute; ours alone by its lock. */
  dataDir: string
  /** Null from source. */
  carriedPostgres: CarriedPostgres | null
  log: Log
  /** Long steps, in words for people. */
  progress?: (message: string) => void
  /** False gives up safety against a power cut for speed: tests only. */
  durable?: boolean
}

export interface Embedded {
  /** The folder of its socket; see `loginBySocket`. */
  socketDir: string
  /** Fast shutdown, and after `graceMs` by force, which loses nothing committed; resolves when no process is left. */
  stop: (graceMs?: number) => Promise<void>
  /** Resolves when the server ended, asked or not. */
  ended: Promise<void>
}

/** Where the files and the socket of this version are. */
export function embeddedFolder(dataDir: string): string {
  return join(dataDir, 'postgres', String(major))
}

/**
 * Starts it, making its files first where there are none. Resolves when it takes connections. The caller holds the
 * lock on DATA_DIR, so whatever still runs there was left by a dead process and is ended first.
 * Throws an Error with one sentence and the log's last lines.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { dataDir, carriedPostgres, log, progress = () => {}, durable = true } = options
  const folder = embeddedFolder(dataDir)
  mkdirSync(join(dataDir, 'postgres'), { recursive: true, mode: 0o700 })
  const user = unprivilegedUser(folder)
  const program = await findProgram({ dataDir, carried: carriedPostgres, user, progress })
  if (!existsSync(join(folder, 'PG_VERSION'))) {
    progress('Making the database (once).')
    await makeFiles(program, folder, user)
  }
  if (user) giveAway(folder, user)
  await endLeftovers(folder, log)
  const server = launch(program, folder, user, durable)
  await untilReady(server, folder, progress)
  log.debug({ folder }, 'embedded PostgreSQL is up')
  return {
    socketDir: folder,
    ended: server.shell.exited.then(() => {}),
    stop: (graceMs) => stopServer(server, folder, log, graceMs),
  }
}

/** Makes the files in a folder beside and puts it in place when complete, so that a crash leaves no half one. */
async function makeFiles(program: string, folder: string, user: Unprivileged | null): Promise<void> {
  const draft = `${folder}.new`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { mode: 0o700 })
  if (user) chownSync(draft, user.uid, user.gid)
  const command = [
    join(program, 'bin', 'initdb'),
    ...['--pgdata', here(draft), '--username', superuser, '--auth', 'trust', '--no-instructions'],
    ...['--encoding', 'UTF8', '--locale-provider', 'builtin', '--locale', 'C.UTF-8'],
  ]
  const run = Bun.spawn(commandAs(user, command), {
    cwd: draft,
    env: quietEnv,
    stdout: 'ignore',
    stderr: 'pipe',
  })
  if ((await run.exited) !== 0)
    throw new Error(
      `The embedded PostgreSQL could not make its files: ${(await new Response(run.stderr).text()).trim()}`,
    )
  rmSync(folder, { recursive: true, force: true })
  renameSync(draft, folder)
}

/**
 * The way to a folder that is the working directory. Through /proc even a user who cannot pass the folders above
 * (DATA_DIR is closed, and root's) gets there, and the socket's path stays short.
 */
function here(folder: string): string {
  return process.platform === 'linux' ? '/proc/self/cwd' : folder
}

/**
 * Nothing of our own environment: PGPORT or LANG would change how it behaves. glibc gives back what is free above
 * 128 kB, which in a connection with a dozen prepared statements is after each of them: measured, the next one then
 * takes four times as long. With 1 MB it keeps what it will need again.
 */
const quietEnv = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', MALLOC_TRIM_THRESHOLD_: '1048576' }

/** Files that came by another way (a copy made by root) would be refused. */
function giveAway(folder: string, user: Unprivileged): void {
  if (statSync(folder).uid === user.uid) return
  const run = Bun.spawnSync(['chown', '-R', `${user.uid}:${user.gid}`, folder], { stderr: 'pipe' })
  if (run.exitCode !== 0) throw new Error(`The database folder could not be given to its user: ${run.stderr}`)
}

interface Server {
  /** The small shell around PostgreSQL. It lives in a session of its own, away from Ctrl-C. */
  shell: Bun.Subprocess<'pipe', 'ignore', number>
  logFile: string
}

/**
 * Runs PostgreSQL beside a reader of our pipe. However we end, the kernel closes the pipe, the reader sees its end
 * and asks PostgreSQL for a fast shutdown. When PostgreSQL ends first, the shell ends with its code.
 */
const guardian = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
( while read -r _ <&3; do :; done; kill -INT "$server" ) 2>/dev/null &
reader=$!
exec 3<&-
wait "$server"; code=$?
kill "$reader" 2>/dev/null
exit "$code"`

function launch(program: string, folder: string, user: Unprivileged | null, durable: boolean): Server {
  const logFile = `${folder}.log`
  if (existsSync(logFile) && statSync(logFile).size > 1_000_000) renameSync(logFile, `${logFile}.old`)
  const command = [join(program, 'bin', 'postgres'), '-D', here(folder), ...settings(durable)]
  const shell = Bun.spawn(commandAs(user, ['/bin/sh', '-c', guardian, 'botwave-postgres', ...command]), {
    cwd: folder,
    env: quietEnv,
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: openSync(logFile, 'a', 0o600),
    detached: true,
  })
  // A collected child would close its pipe, and PostgreSQL would take that for our end.
  living.add(shell)
  void shell.exited.then(() => living.delete(shell))
  return { shell, logFile }
}

const living = new Set<Bun.Subprocess>()

function settings(durable: boolean): string[] {
  const values: Record<string, string | number> = {
    listen_addresses: '',
    unix_socket_directories: '.',
    unix_socket_permissions: '0700',
    max_connections: durable ? 40 : 100,
    // Sized for a small machine: about 80 MB in all with ten connections.
    shared_buffers: '48MB',
    work_mem: '8MB',
    maintenance_work_mem: '64MB',
    effective_cache_size: '512MB',
    max_wal_size: '512MB',
    io_method: 'sync',
    max_worker_processes: 2,
    max_parallel_workers_per_gather: 0,
    max_parallel_maintenance_workers: 0,
    max_wal_senders: 0,
    wal_level: 'minimal',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Its log holds trouble of the server only: statements and error details carry people's data.
    log_min_messages: 'fatal',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** PostgreSQL writes `ready` into the eighth line of its pid file. After a crash it replays its log first. */
async function untilReady(
  server: Server,
  folder: string,
  progress: (message: string) => void,
): Promise<void> {
  const startedAt = performance.now()
  let told = false
  while (server.shell.exitCode === null && server.shell.signalCode === null) {
    if (readPidFile(folder)?.status === 'ready') return
    const waitedMs = performance.now() - startedAt
    if (waitedMs > 2_000 && !told) {
      told = true
      progress('PostgreSQL recovers from an abrupt end.')
    }
    if (waitedMs > 300_000) break
    await Bun.sleep(10)
  }
  server.shell.stdin.end()
  await server.shell.exited
  throw new Error(`The embedded PostgreSQL did not start: ${lastLines(server.logFile)}`)
}

export function readPidFile(folder: string): { pid: number; status: string } | null {
  try {
    const lines = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(lines[0]), status: (lines[7] ?? '').trim() }
  } catch {
    return null
  }
}

function lastLines(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').slice(-5).join(' / ')
}

async function stopServer(server: Server, folder: string, log: Log, graceMs = 12_000): Promise<void> {
  server.shell.stdin.end()
  const late = setTimeout(() => {
    log.warn('the embedded PostgreSQL takes long to stop and is ended at once; it recovers at the next start')
    void endLeftovers(folder, log, 0)
  }, graceMs)
  await server.shell.exited
  clearTimeout(late)
}
