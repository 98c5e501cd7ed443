// `botwave doctor`: looks at what BotWave needs here, beside a running server or without one, and says what to do.
import { access, constants, mkdir, statfs } from 'node:fs/promises'
import { findBrowser } from '../../workers/browser.ts'
import { carried } from '../carried.ts'
import { type Config, readConfig } from '../config.ts'
import type { OpenDatabase } from '../database/open.ts'
import { withDatabase } from './beside.ts'

export interface Finding {
  what: string
  /** `note`: it works, and could be better or safer. */
  verdict: 'ok' | 'note' | 'bad'
  /** One sentence for people. */
  text: string
}

/** Prints one line a finding. Answers 1 when BotWave cannot run like this. */
export async function doctor(): Promise<number> {
  let bad = false
  for await (const { what, verdict, text } of examine()) {
    bad ||= verdict === 'bad'
    process.stdout.write(`${verdict.padEnd(4)}  ${what.padEnd(14)}  ${text}\n`)
  }
  return bad ? 1 : 0
}

async function* examine(): AsyncGenerator<Finding> {
  let config: Config
  try {
    config = readConfig()
    yield { what: 'configuration', verdict: 'ok', text: 'Every option can be read.' }
  } catch (error) {
    // Everything else depends on it.
    return yield { what: 'configuration', verdict: 'bad', text: (error as Error).message }
  }
  yield await examineFolder(config)
  yield* await examineDatabase()
  yield* await examineBrowser(config)
}

const GB = 1_073_741_824
/** Below this the embedded database and the browsers' profiles soon fail; an account takes 50 to 300 MB. */
const DISK = { leastBytes: 0.5 * GB, comfortableBytes: 5 * GB }

async function examineFolder({ dataDir }: Config): Promise<Finding> {
  const what = 'disk'
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    return {
      what,
      verdict: 'bad',
      text: `DATA_DIR ${dataDir} cannot be written: ${(error as Error).message}.`,
    }
  }
  const { bavail, bsize } = await statfs(dataDir)
  const free = bavail * bsize
  const text = `${(free / GB).toFixed(1)} GB are free in DATA_DIR ${dataDir}.`
  if (free < DISK.leastBytes) return { what, verdict: 'bad', text: `Only ${text}` }
  return { what, verdict: free < DISK.comfortableBytes ? 'note' : 'ok', text }
}

async function examineDatabase(): Promise<Finding[]> {
  try {
    return await withDatabase(async (database) => [
      await describeDatabase(database),
      ...database.warnings.map((text) => ({ what: 'database login', verdict: 'note' as const, text })),
      await examineTenancy(database),
    ])
  } catch (error) {
    return [{ what: 'database', verdict: 'bad', text: (error as Error).message }]
  }
}

async function describeDatabase({ sql, kind }: OpenDatabase): Promise<Finding> {
  const [row] = await sql<{ server: string; schema: number; me: string }[]>`
    select current_setting('server_version') as server, current_user::text as me,
      (select max(version) from schema_migrations) as schema`
  const { server, schema, me } = row!
  const which = kind === 'embedded' ? 'Our own PostgreSQL' : 'PostgreSQL'
  return { what: 'database', verdict: 'ok', text: `${which} ${server}, schema ${schema}, used as ${me}.` }
}

/** Tried out, not read from a catalogue: without a name nobody may be seen. */
async function examineTenancy({ sql, personal }: OpenDatabase): Promise<Finding> {
  const what = 'tenancy'
  const [me] = await sql<{ above: boolean }[]>`
    select rolsuper or rolbypassrls as above from pg_roles where rolname = current_user`
  const seen = await personal`select 1 from users limit 1`
  return me?.above || seen.length > 0
    ? {
        what,
        verdict: 'bad',
        text: 'Row-level security does not hold for the database login: use one that is neither superuser nor BYPASSRLS.',
      }
    : { what, verdict: 'ok', text: 'Row-level security holds for the login that the program uses.' }
}

async function examineBrowser(config: Config): Promise<Finding[]> {
  const progress = (message: string) => process.stderr.write(`${message}\n`)
  const browser = await findBrowser({ ...config, carried, progress })
  if ('problem' in browser) return [{ what: 'browser', verdict: 'bad', text: browser.problem }]
  const sandbox: Finding = browser.sandbox
    ? { what: 'sandbox', verdict: 'ok', text: "Chromium's own sandbox works here and stays on." }
    : {
        what: 'sandbox',
        verdict: 'note',
        text: "Chromium's own sandbox is off: run BotWave as an ordinary user where user namespaces are allowed.",
      }
  return [
    { what: 'browser', verdict: 'ok', text: `${browser.executable} (${browser.origin}) starts.` },
    sandbox,
  ]
}
