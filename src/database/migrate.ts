// Brings the tables to this program's version: numbered files, forward only, one transaction each, under a lock.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, type Sql } from './connect.ts'
import type { Login } from './login.ts'

export interface Migration {
  version: number
  name: string
  text: string
}

export interface MigrateOptions {
  /** The login that owns the tables. */
  owner: Login
  /** Who may use the tables besides their owner, or null. Migrations read it as `current_setting('botwave.app_role')`. */
  appRole: string | null
  migrations: Migration[]
  progress?: (message: string) => void
}

/** The database is ahead of this program. The message is one sentence for people. */
export class NewerSchemaError extends Error {
  override name = 'NewerSchemaError'
}

/** Our number among PostgreSQL's advisory locks. */
const migrationLock = 0x62_77_6d_67

/**
 * Every migration in order: from the executable's `carried` texts by file name, from source out of `sql/`.
 * Throws when two share a number, one is missing, or a name is not `NNNN_name.sql`.
 */
export function listMigrations(carried: Record<string, string> | null): Migration[] {
  const texts = carried ?? readSource(join(import.meta.dir, '../../sql'))
  const migrations = Object.keys(texts)
    .sort()
    .map((file) => {
      const parts = file.match(/^(\d{4})_([a-z0-9_]+)\.sql$/)
      if (!parts) throw new Error(`A migration is named NNNN_name.sql, not ${file}.`)
      return { version: Number(parts[1]), name: parts[2]!, text: texts[file]! }
    })
  const gap = migrations.findIndex((migration, index) => migration.version !== index + 1)
  if (gap !== -1) throw new Error(`Migration ${gap + 1} is missing or there twice.`)
  return migrations
}

function readSource(folder: string): Record<string, string> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.sql'))
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]))
}

/**
 * Applies what is missing and answers how many that were. Two at once wait for each other. Throws NewerSchemaError
 * when the database knows a later version; an SQL error leaves everything as before that migration.
 */
export async function migrate(options: MigrateOptions): Promise<number> {
  const { owner, appRole, migrations, progress = () => {} } = options
  const sql = connect(owner, { max: 1, statementTimeoutMs: 0, everybody: true, name: 'botwave migrate' })
  try {
    await sql`select pg_advisory_lock(${migrationLock})`
    await sql`create table if not exists schema_migrations (
      version int primary key, name text not null, applied_at timestamptz not null default now())`
    const [row] = await sql<
      { version: number }[]
    >`select coalesce(max(version), 0) as version from schema_migrations`
    const applied = row?.version ?? 0
    const latest = migrations.at(-1)?.version ?? 0
    if (applied > latest)
      throw new NewerSchemaError(
        `The database has schema version ${applied}, newer than the ${latest} of this BotWave: start the newer program.`,
      )
    if (appRole) await admit(sql, appRole)
    const missing = migrations.filter((migration) => migration.version > applied)
    for (const migration of missing) {
      progress(`Migrating the database: ${migration.version} ${migration.name}.`)
      await apply(sql, migration, appRole)
    }
    return missing.length
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function apply(sql: Sql, { version, name, text }: Migration, appRole: string | null): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select set_config('botwave.app_role', ${appRole ?? ''}, true)`
    await tx.unsafe(text)
    await tx`insert into schema_migrations (version, name) values (${version}, ${name})`
  })
}

/**
 * Lets `role` use the tables: those to come by default privileges, so that a migration may take some back; those
 * already there only if it never had any, as when a new login was put into DATABASE_URL.
 */
async function admit(sql: Sql, role: string): Promise<void> {
  const [known] = await sql<{ yes: boolean }[]>`
    select has_table_privilege(${role}, 'schema_migrations', 'select') as yes`
  if (known?.yes) return
  await sql.begin(async (tx) => {
    const name = tx(role)
    await tx`grant usage on schema public to ${name}`
    await tx`alter default privileges in schema public
      grant select, insert, update, delete on tables to ${name}`
    await tx`alter default privileges in schema public grant usage, select on sequences to ${name}`
    await tx`alter default privileges in schema public grant execute on functions to ${name}`
    await tx`grant select, insert, update, delete on all tables in schema public to ${name}`
    await tx`grant usage, select on all sequences in schema public to ${name}`
    await tx`grant execute on all functions in schema public to ${name}`
    await tx`revoke insert, update, delete on schema_migrations from ${name}`
  })
}
