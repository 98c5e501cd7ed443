// Where a PostgreSQL is and as whom to go in: from a URL, or for our own server from its folder.

/** Everything `connect` needs. `socketDir` is set instead of `host` and `port` for a unix socket. */
export interface Login {
  host: string | null
  port: number
  socketDir: string | null
  database: string
  /** Null: the operating system's user name, as PostgreSQL's own tools do. */
  user: string | null
  password: string | null
  /** Whatever else the URL asked for, such as `sslmode`. */
  query: Record<string, string>
  /** A role to step into right after the login, or null. */
  role: string | null
}

/**
 * Reads `postgres://user:password@host:port/database?sslmode=…`. A unix socket is written as its folder:
 * `postgres://user@/database?host=/run/postgresql`. Throws TypeError for text that is no URL.
 */
export function loginFromUrl(text: string): Login {
  const url = new URL(text.replace(/^(\w+:\/\/([^@/]*@)?)\//, '$1localhost/'))
  const { host, port, ...query } = Object.fromEntries(url.searchParams)
  const socketDir = host?.startsWith('/') ? host : null
  return {
    host: socketDir ? null : (host ?? url.hostname.replace(/^\[(.*)\]$/, '$1')),
    port: Number(url.port || port || 5432),
    socketDir,
    database: decodeURIComponent(url.pathname.slice(1)),
    user: url.username ? decodeURIComponent(url.username) : null,
    password: url.password ? decodeURIComponent(url.password) : null,
    query,
    role: null,
  }
}

/** A login by the socket in `socketDir`, where no password is asked. */
export function loginBySocket(socketDir: string, user: string, database: string): Login {
  return { host: null, port: 5432, socketDir, database, user, password: null, query: {}, role: null }
}

/** The URL of a login, for another process. Holds the password. */
export function loginToUrl(login: Login): string {
  const user = encodeURIComponent(login.user ?? '')
  const password = login.password === null ? '' : `:${encodeURIComponent(login.password)}`
  const host = login.host?.includes(':') ? `[${login.host}]` : (login.host ?? 'localhost')
  const query = new URLSearchParams(login.query)
  if (login.socketDir) query.set('host', login.socketDir)
  const at = user || password ? `${user}${password}@` : ''
  return `postgres://${at}${host}:${login.port}/${encodeURIComponent(login.database)}${query.size ? `?${query}` : ''}`
}
