// The two roles: who owns the tables and migrates them, and who uses them bound by row-level security.
import { connect, type Sql } from './connect.ts'
import type { Login } from './login.ts'

export interface Logins {
  owner: Login
  /** The program's own: neither owner nor above row-level security, where that could be had. */
  app: Login
  /** Whom migrations admit to the tables; null where owner and program are one. */
  appRole: string | null
  /** Sentences for people about what is less safe than it could be. */
  warnings: string[]
}

/** Makes both roles and the database in our own PostgreSQL, where the socket's folder is the only door. */
export async function embeddedLogins(superuser: Login, database: string): Promise<Logins> {
  const sql = connect(superuser, { max: 1, name: 'botwave roles' })
  try {
    await makeRole(sql, 'botwave_owner', 'login')
    await makeRole(sql, 'botwave', 'login')
    const [there] = await sql`select 1 from pg_database where datname = ${database}`
    if (!there) await sql`create database ${sql(database)} owner botwave_owner`
  } finally {
    await sql.end({ timeout: 5 })
  }
  return {
    owner: { ...superuser, user: 'botwave_owner', database },
    app: { ...superuser, user: 'botwave', database },
    appRole: 'botwave',
    warnings: [],
  }
}

/**
 * On a server: with a login of its own for the owner, the program's login is taken as it is. With one login for
 * both, the program steps into a role made for it (`<login>_app`, without a password) where the login may make one.
 * Throws an Error with one sentence when the server is too old or out of reach.
 */
export async function serverLogins(given: Login, ownerGiven: Login | null): Promise<Logins> {
  const sql = connect(given, { max: 1, name: 'botwave roles' })
  try {
    const me = await whoAmI(sql)
    if (me.version < 150000) throw new Error('DATABASE_URL names a PostgreSQL older than 15.')
    if (ownerGiven) {
      const warnings = me.above
        ? [`The database login ${me.name} passes row-level security: use an ordinary one.`]
        : []
      return { owner: ownerGiven, app: given, appRole: me.name, warnings }
    }
    const role = `${me.name.slice(0, 59)}_app`
    const warnings = me.superuser
      ? [`The database login ${me.name} is a superuser: use an ordinary one.`]
      : []
    if (await canStepInto(sql, role, me))
      return { owner: given, app: { ...given, role }, appRole: role, warnings }
    return { owner: given, app: given, appRole: null, warnings }
  } finally {
    await sql.end({ timeout: 5 })
  }
}

interface Me {
  name: string
  superuser: boolean
  /** Passes row-level security. */
  above: boolean
  makesRoles: boolean
  version: number
}

async function whoAmI(sql: Sql): Promise<Me> {
  const [me] = await sql<Me[]>`
    select rolname as name, rolsuper as superuser, rolsuper or rolbypassrls as above,
      rolsuper or rolcreaterole as "makesRoles", current_setting('server_version_num')::int as version
    from pg_roles where rolname = current_user`
  return me!
}

async function canStepInto(sql: Sql, role: string, me: Me): Promise<boolean> {
  if (me.makesRoles) {
    await makeRole(sql, role, 'nologin')
    if (!me.superuser) await sql`grant ${sql(role)} to ${sql(me.name)}`
  }
  const [there] = await sql<{ member: boolean }[]>`
    select pg_has_role(current_user, oid, 'member') as member from pg_roles where rolname = ${role}`
  return there?.member ?? false
}

/** A role that owns nothing and passes nothing. Two servers may try at once. */
async function makeRole(sql: Sql, name: string, login: 'login' | 'nologin'): Promise<void> {
  const [there] = await sql`select 1 from pg_roles where rolname = ${name}`
  if (there) return
  try {
    await sql`create role ${sql(name)} ${login === 'login' ? sql`login` : sql`nologin`} nosuperuser nobypassrls`
  } catch (error) {
    // 42710 duplicate_object, 23505 unique_violation: the other one was quicker.
    if (!['42710', '23505'].includes((error as { code?: string }).code ?? '')) throw error
  }
}
