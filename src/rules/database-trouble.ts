// Tells a database that is away or overloaded from a fault of ours.

/** postgres.js's own codes, the system's, and PostgreSQL's classes 08 (connection), 53 (resources), 57P (shutdown). */
const CODES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  '57014',
  '25P03',
])

export function isDatabaseTrouble(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  if (typeof code !== 'string') return false
  return CODES.has(code) || /^(08|53)\w{3}$|^57P\d\d$/.test(code)
}
