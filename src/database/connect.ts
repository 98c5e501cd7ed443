// Opens a pool of connections to PostgreSQL: the one place that knows postgres.js's options.
import postgres from 'postgres'
import type { Login } from './login.ts'
import { EVERYBODY } from './tenancy.ts'

export type Sql = postgres.Sql
/** A running transaction; store functions take either. */
export type Tx = postgres.TransactionSql

export interface ConnectOptions {
  /** Connections at most. */
  max?: number
  /** A query that runs longer is cancelled by the server; 0 for no limit (migrations). */
  statementTimeoutMs?: number
  /** Connections stay open however long they are idle or old: for a lock that lives with its connection. */
  lasting?: boolean
  /** Sees everybody's rows; otherwise only those of whom `asPerson` names (`tenancy.ts`). */
  everybody?: boolean
  /** Shown by the server in its list of connections. */
  name?: string
  /** A connection ended, or did not come about; also when that was asked for. */
  onClose?: () => void
}

/** Seconds until a connection that ended may be made anew. postgres.js's own steps grow to 20. */
const BACKOFF_S = 0.1

/**
 * A pool; connections are made when they are needed, so this neither waits nor fails. Arrived values: bigint and
 * numeric as string, timestamptz as Date, json parsed. End it with `sql.end({ timeout: 5 })`.
 */
export function connect(login: Login, options: ConnectOptions = {}): Sql {
  const { max = 10, statementTimeoutMs = 15_000, lasting = false, everybody = false } = options
  const { name = 'botwave', onClose = () => {} } = options
  const { sslmode, ssl, sslrootcert, ...parameters } = login.query
  return postgres({
    ...(login.socketDir
      ? { path: `${login.socketDir}/.s.PGSQL.${login.port}` }
      : { host: login.host ?? 'localhost', port: login.port }),
    ...(login.user ? { user: login.user } : {}),
    database: login.database,
    password: login.password ?? '',
    ssl: login.socketDir ? false : sslOf(sslmode ?? ssl, sslrootcert),
    max,
    // Seconds. A connection in use is never closed by these.
    idle_timeout: lasting ? 0 : 60,
    connect_timeout: 10,
    backoff: (() => BACKOFF_S) as never,
    max_lifetime: lasting ? null : 30 * 60,
    // postgres.js asks for the types of arrays at each connect, and nobody catches it when that connection is ended
    // meanwhile. The lasting ones know no arrays, and the pulse is ended at any moment.
    fetch_types: !lasting,
    onnotice: () => {},
    onclose: onClose,
    connection: {
      application_name: name,
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: statementTimeoutMs * 2,
      TimeZone: 'UTC',
      ...(login.role ? { role: login.role } : {}),
      ...(everybody ? EVERYBODY : {}),
      ...parameters,
    },
  })
}

type Ssl = 'require' | 'allow' | 'prefer' | 'verify-full' | boolean

function sslOf(mode: string | undefined, rootCert: string | undefined): Ssl {
  if (rootCert === 'system') return 'verify-full'
  if (!mode || mode === 'disable' || mode === 'false') return false
  if (mode === 'true') return true
  // postgres.js knows no `verify-ca`: the stricter one keeps its promise.
  if (mode === 'verify-ca') return 'verify-full'
  return mode as Ssl
}
