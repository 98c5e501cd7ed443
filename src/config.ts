// Every option in one table: its default, how it is read, what it means. Prints itself without secrets.
import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { isSupportedCountry } from 'libphonenumber-js/min'
import { isNetwork } from './rules/networks.ts'

/** A wrong option. The message is one sentence that names it and never repeats a secret. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

export type LogLevel = (typeof logLevels)[number]
const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const

interface Option<T> {
  /** The environment variable. */
  name: string
  meaning: string
  /** Used where the variable is absent or empty. */
  fallback: T
  /** How the fallback is shown to people. */
  shown?: string
  /** Text → value; throws an Error whose message completes "NAME …". */
  parse: (text: string) => T
  /** Never printed, and `NAME_FILE` may name a file that holds it. */
  secret?: boolean
}

const option = <T>(o: Option<T>): Option<T> => o

export const options = {
  port: option({
    name: 'PORT',
    meaning: 'where it listens; 0 picks a free port and prints it',
    fallback: 3000,
    parse: parsePort,
  }),
  host: option({
    name: 'HOST',
    meaning: 'the address it listens on',
    fallback: '127.0.0.1',
    parse: parseHost,
  }),
  publicUrl: option<string | null>({
    name: 'PUBLIC_URL',
    meaning: 'what links in mails and on screen start with',
    fallback: null,
    shown: 'http://HOST:PORT',
    parse: parsePublicUrl,
  }),
  dataDir: option({
    name: 'DATA_DIR',
    meaning: 'profiles, embedded database, secrets, media; mode 0700',
    fallback: resolve('data'),
    shown: './data',
    parse: (text) => resolve(text),
  }),
  databaseUrl: option<string | null>({
    name: 'DATABASE_URL',
    meaning: 'a PostgreSQL server, 15 or newer',
    fallback: null,
    shown: 'embedded in DATA_DIR',
    parse: parseDatabaseUrl,
    secret: true,
  }),
  databaseOwnerUrl: option<string | null>({
    name: 'DATABASE_OWNER_URL',
    meaning: 'the login that owns the tables and migrates them, when DATABASE_URL is another',
    fallback: null,
    parse: parseDatabaseUrl,
    secret: true,
  }),
  jwtSecret: option<string | null>({
    name: 'JWT_SECRET',
    meaning: 'signing key of at least 32 characters',
    fallback: null,
    shown: 'made once in DATA_DIR',
    parse: atLeast(32),
    secret: true,
  }),
  adminEmail: option<string | null>({
    name: 'ADMIN_EMAIL',
    meaning: 'the first admin; first boot only',
    fallback: null,
    parse: parseEmail,
  }),
  adminPassword: option<string | null>({
    name: 'ADMIN_PASSWORD',
    meaning: "the first admin's password; first boot only",
    fallback: null,
    parse: atLeast(12),
    secret: true,
  }),
  chromePath: option<string | null>({
    name: 'CHROME_PATH',
    meaning: 'a Chrome or Chromium to use; packaged: the one that comes along',
    fallback: null,
    shown: 'found',
    parse: parseExecutable,
  }),
  chromeFlags: option({
    name: 'CHROME_FLAGS',
    meaning: 'more flags for it, separated by spaces, double quotes around one that holds a space',
    fallback: '',
    parse: parseChromeFlags,
  }),
  whatsappWebPage: option<string | null>({
    name: 'WHATSAPP_WEB_PAGE',
    meaning: 'a local HTML file to load in place of web.whatsapp.com: a pinned build',
    fallback: null,
    parse: parseFile,
  }),
  smtpUrl: option<string | null>({
    name: 'SMTP_URL',
    meaning: 'mail server; without it mails are kept as files in DATA_DIR/mail',
    fallback: null,
    parse: parseSmtpUrl,
    secret: true,
  }),
  mailFrom: option<string | null>({
    name: 'MAIL_FROM',
    meaning: 'sender of mails',
    fallback: null,
    parse: parseSender,
  }),
  defaultCountry: option<string | null>({
    name: 'DEFAULT_COUNTRY',
    meaning: 'two letters: lets 0091… and national numbers parse',
    fallback: null,
    parse: parseCountry,
  }),
  trustedProxies: option<string[]>({
    name: 'TRUSTED_PROXIES',
    meaning: 'addresses or networks whose X-Forwarded-For counts, separated by commas',
    fallback: [],
    parse: parseNetworks,
  }),
  outboundAllow: option<string[]>({
    name: 'OUTBOUND_ALLOW',
    meaning: 'private networks that webhooks and file URLs may reach all the same, separated by commas',
    fallback: [],
    parse: parseNetworks,
  }),
  maxFileMb: option({
    name: 'MAX_FILE_MB',
    meaning: 'the largest file that is taken in, sent or fetched, in megabytes',
    fallback: 64,
    parse: parseWhole(1, 2_000),
  }),
  filesKeepDays: option({
    name: 'FILES_KEEP_DAYS',
    meaning: 'files that were not sent or received for so many days are removed; 0 keeps them for ever',
    fallback: 0,
    parse: parseWhole(0, 36_500),
  }),
  metricsToken: option<string | null>({
    name: 'METRICS_TOKEN',
    meaning: 'opens GET /metrics to Prometheus; at least 16 characters',
    fallback: null,
    shown: 'no metrics',
    parse: parseToken,
    secret: true,
  }),
  logLevel: option<LogLevel>({
    name: 'LOG_LEVEL',
    meaning: logLevels.join(', '),
    fallback: 'info',
    parse: parseLogLevel,
  }),
}

export type Config = { [K in keyof typeof options]: (typeof options)[K]['fallback'] }

/**
 * Reads and checks every option. An absent or empty variable means the default.
 * Throws ConfigError for the first wrong one.
 */
export function readConfig(env: Record<string, string | undefined> = process.env): Config {
  const config = Object.fromEntries(
    Object.entries(options).map(([key, o]) => [key, readOption(o as Option<unknown>, env)]),
  ) as Config
  checkTogether(config)
  return config
}

function readOption<T>(o: Option<T>, env: Record<string, string | undefined>): T {
  const text = o.secret ? readSecret(o.name, env) : env[o.name]?.trim()
  if (!text) return o.fallback
  if (text.includes('\0')) throw new ConfigError(`${o.name} must not contain a NUL character.`)
  try {
    return o.parse(text)
  } catch (error) {
    throw new ConfigError(`${o.name} ${(error as Error).message}.`)
  }
}

/** The variable itself, or what stands in the file that `NAME_FILE` names (without its line end). */
function readSecret(name: string, env: Record<string, string | undefined>): string | undefined {
  const text = env[name]?.trim()
  const file = env[`${name}_FILE`]?.trim()
  if (!file) return text
  if (text) throw new ConfigError(`${name} and ${name}_FILE are both set: keep one of them.`)
  let content: string
  try {
    content = readFileSync(file, 'utf8').trim()
  } catch {
    throw new ConfigError(`${name}_FILE names a file that cannot be read: ${file}.`)
  }
  if (!content) throw new ConfigError(`${name}_FILE names an empty file: ${file}.`)
  return content
}

function checkTogether(config: Config): void {
  if (config.adminEmail && !config.adminPassword)
    throw new ConfigError('ADMIN_EMAIL needs ADMIN_PASSWORD or ADMIN_PASSWORD_FILE beside it.')
  if (config.adminPassword && !config.adminEmail)
    throw new ConfigError('ADMIN_PASSWORD needs ADMIN_EMAIL beside it.')
  if (config.databaseOwnerUrl && !config.databaseUrl)
    throw new ConfigError("DATABASE_OWNER_URL needs DATABASE_URL, the application's own login, beside it.")
  if (config.smtpUrl && !config.mailFrom) throw new ConfigError('SMTP_URL needs MAIL_FROM beside it.')
}

/** One line an option, `NAME=value`, secrets as `(set)`, defaults in brackets. */
export function printConfig(config: Config): string {
  return Object.entries(options)
    .map(([key, o]) => `${o.name}=${printValue(o as Option<unknown>, config[key as keyof Config])}`)
    .join('\n')
}

function printValue(o: Option<unknown>, value: unknown): string {
  if (value === null || value === '') return o.shown ? `(${o.shown})` : ''
  if (o.secret) return '(set)'
  return Array.isArray(value) ? value.join(',') : String(value)
}

/** What links start with, without a slash at the end. `port` is the one really bound. */
export function publicUrl(config: Pick<Config, 'publicUrl' | 'host'>, port: number): string {
  if (config.publicUrl) return config.publicUrl
  if (config.host === '0.0.0.0' || config.host === '::') return `http://localhost:${port}`
  return `http://${isIP(config.host) === 6 ? `[${config.host}]` : config.host}:${port}`
}

function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65535) throw new Error(`must be a number from 0 to 65535, not "${text}"`)
  return port
}

function parseWhole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new Error(`must be a whole number from ${least} to ${most}, not "${text}"`)
  }
}

function parseHost(text: string): string {
  const host = text.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) || /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host)) return host
  throw new Error(`must be an address or a host name, not "${text}"`)
}

function parsePublicUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Error('must be a URL that starts with http:// or https://')
  if (url.pathname !== '/' || url.search || url.hash || url.username)
    throw new Error('must be a scheme, a host and perhaps a port, without path, query or login')
  return url.origin
}

function parseDatabaseUrl(text: string): string {
  if (!/^postgres(ql)?:\/\//.test(text)) throw new Error('must be a URL that starts with postgres://')
  // A URL may name a socket folder (`postgres:///name?host=/run/postgresql`): a host to parse it with is lent.
  const url = URL.parse(text.replace(/^(\w+:\/\/([^@/]*@)?)\//, '$1localhost/'))
  if (!url)
    throw new Error('is not a valid URL (special characters in a password are written as %40 and so on)')
  if (url.pathname.length < 2)
    throw new Error('must name a database after the host: postgres://user:password@host/name')
  return text
}

function parseSmtpUrl(text: string): string {
  const url = URL.parse(text)
  if (!url || !/^smtps?:$/.test(url.protocol) || !url.hostname)
    throw new Error('must be a URL that starts with smtp:// or smtps://')
  return text
}

function parseEmail(text: string): string {
  if (!/^[^\s@<>]+@[^\s@<>]+$/.test(text)) throw new Error('must be an e-mail address')
  return text.toLowerCase()
}

function parseSender(text: string): string {
  const address = text.match(/^[^<>\r\n]*<([^<>]+)>$/)?.[1] ?? text
  if (!/^[^\s@<>]+@[^\s@<>]+$/.test(address))
    throw new Error('must be an e-mail address, or a name with the address in angle brackets')
  return text
}

function parseToken(text: string): string {
  if (!/^[\x21-\x7e]{16,}$/.test(text))
    throw new Error('must be 16 or more visible characters, without spaces')
  return text
}

function atLeast(length: number): (text: string) => string {
  return (text) => {
    if ([...text].length < length) throw new Error(`must have at least ${length} characters`)
    return text
  }
}

function parseFile(text: string): string {
  const file = resolve(text)
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new Error(`names a file that is not there: ${file}`)
  return file
}

function parseExecutable(text: string): string {
  if (text === 'packaged') return text
  const file = parseFile(text)
  try {
    accessSync(file, constants.X_OK)
  } catch {
    throw new Error(`names a file that cannot be executed: ${file}`)
  }
  return file
}

function parseChromeFlags(text: string): string {
  if ((text.match(/"/g)?.length ?? 0) % 2) throw new Error('has a double quote that is never closed')
  return text
}

function parseCountry(text: string): string {
  const country = text.toUpperCase()
  if (!isSupportedCountry(country))
    throw new Error(`must be the two letters of a country, such as IN, not "${text}"`)
  return country
}

function parseNetworks(text: string): string[] {
  const networks = text.split(/[\s,]+/).filter(Boolean)
  const wrong = networks.find((network) => !isNetwork(network))
  if (wrong)
    throw new Error(`must be addresses or networks such as 10.0.0.0/8, separated by commas, not "${wrong}"`)
  return networks
}

function parseLogLevel(text: string): LogLevel {
  const level = logLevels.find((known) => known === text.toLowerCase())
  if (!level) throw new Error(`must be one of ${logLevels.join(', ')}, not "${text}"`)
  return level
}
