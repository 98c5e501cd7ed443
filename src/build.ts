// Makes the executable: the program, its Worker, and everything a bare machine lacks, in one file (`dist/botwave`).
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BunPlugin } from 'bun'
import type { Carried } from './carried.ts'
import { listMigrations } from './database/migrate.ts'
import { packagedProgram } from './database/program.ts'
import { buildPages } from './http/pages.ts'
import { version } from './version.ts'

const root = join(import.meta.dir, '..')
const dist = join(root, 'dist')
/** Files on their way into the executable. */
const stage = join(dist, 'carried')
const output = join(dist, process.platform === 'win32' ? 'botwave.exe' : 'botwave')

/** Paths of staged files where `Carried` has paths inside the executable. */
async function collect(): Promise<Carried> {
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage, { recursive: true })
  const [postgres, chromium, pages] = [await stagePostgres(), findChromium(), await stagePages()]
  const parts = [postgres?.version ?? 'none', chromium.version]
  return {
    // What is unpacked under this name never changes, so it is unpacked once.
    version: [version, process.platform, process.arch, Bun.hash(parts.join()).toString(36)].join('-'),
    postgres: postgres?.file ?? null,
    chromium: chromium.files,
    pages,
    migrations: Object.fromEntries(
      listMigrations(null).map((m) => [`${String(m.version).padStart(4, '0')}_${m.name}.sql`, m.text]),
    ),
  }
}

/** The server's files as one archive, without what only compilers need. */
async function stagePostgres(): Promise<{ version: string; file: string } | null> {
  let program: { folder: string; version: string }
  try {
    program = packagedProgram()
  } catch {
    say('no embedded PostgreSQL for this platform: the executable will need DATABASE_URL')
    return null
  }
  const tar = Bun.spawn(
    [
      'tar',
      '-c',
      '-f',
      '-',
      '--exclude=*.a',
      '--exclude=pkgconfig',
      '--owner=0',
      '--group=0',
      'bin',
      'lib',
      'share',
    ],
    { cwd: program.folder, stdout: 'pipe', stderr: 'inherit' },
  )
  const archive = await new Response(tar.stdout).bytes()
  if ((await tar.exited) !== 0) throw new Error('The PostgreSQL archive could not be made.')
  const file = join(stage, 'postgres.tar.zst')
  writeFileSync(file, await Bun.zstdCompress(archive, { level: 15 }))
  return { version: program.version, file }
}

/** The packed browser as it is: its package compresses better than we would. */
function findChromium(): { version: string; files: Record<string, string> } {
  try {
    const bin = join(dirname(dirname(Bun.resolveSync('@sparticuz/chromium', root))), 'bin')
    const files = Object.fromEntries(readdirSync(bin).map((name) => [name, join(bin, name)]))
    return {
      version: Object.values(files)
        .map((file) => statSync(file).size)
        .join('-'),
      files,
    }
  } catch {
    say('no packaged Chromium for this platform: the executable will need an installed one')
    return { version: 'none', files: {} }
  }
}

async function stagePages(): Promise<Record<string, string>> {
  mkdirSync(join(stage, 'pages'))
  const staged = [...(await buildPages())].map(([path, { body }], index) => {
    // A neutral ending: the bundler would take an HTML or CSS file for source.
    const file = join(stage, 'pages', `${index}.bin`)
    writeFileSync(file, body)
    return [path, file]
  })
  return Object.fromEntries(staged)
}

/** Puts a module that imports the staged files in the place of `src/carried.ts`. */
function carry(parts: Carried): BunPlugin {
  return {
    name: 'carried',
    setup(build) {
      build.onLoad({ filter: /[/\\]src[/\\]carried\.ts$/ }, () => ({
        contents: carriedModule(parts),
        loader: 'js',
      }))
    },
  }
}

function carriedModule({ version, postgres, chromium, pages, migrations }: Carried): string {
  const imports: string[] = []
  const carryFile = (file: string) => {
    imports.push(`import file${imports.length} from ${JSON.stringify(file)} with { type: 'file' }`)
    return `file${imports.length - 1}`
  }
  const carryFiles = (files: Record<string, string>) =>
    `{ ${Object.entries(files)
      .map(([name, file]) => `${JSON.stringify(name)}: ${carryFile(file)}`)
      .join(', ')} }`
  const value = `{
    version: ${JSON.stringify(version)},
    postgres: ${postgres ? carryFile(postgres) : 'null'},
    chromium: ${carryFiles(chromium)},
    pages: ${carryFiles(pages)},
    migrations: ${JSON.stringify(migrations)},
  }`
  return `${imports.join('\n')}\nexport const carried = ${value}\n`
}

async function build(): Promise<void> {
  const startedAt = performance.now()
  say('collecting what it carries: pages, migrations, PostgreSQL, Chromium')
  const parts = await collect()
  say('compiling')
  const draft = `${output}.new`
  const built = await Bun.build({
    entrypoints: [join(root, 'src/main.ts'), join(root, 'workers/account.ts')],
    root,
    compile: {
      outfile: draft,
      // A folder it is started in must not change it, but for `.env`, which a person may put there.
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
    plugins: [carry(parts)],
    // whatsapp-web.js names both and needs neither here.
    external: ['@aws-sdk/client-s3', 'typescript'],
    minify: { whitespace: true, syntax: true },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  for (const message of built.logs) say(String(message))
  renameSync(draft, output)
  rmSync(stage, { recursive: true, force: true })
  const megabytes = Math.round(statSync(output).size / 1e6)
  say(`${output} (${megabytes} MB) after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
}

function say(message: string): void {
  process.stdout.write(`build: ${message}\n`)
}

await build()
