// What holds for every request: its id, its headers, its size, how it fails, and what the log keeps of it.
import { Elysia } from 'elysia'
import type { Log } from '../log.ts'
import { isDatabaseTrouble } from '../rules/database-trouble.ts'
import { type FieldError, Problem } from './problem.ts'

const MAX_BODY_BYTES = 1_048_576

/** Nothing from another host, nothing inline; the socket is named for browsers where 'self' does not cover it. */
function securityHeaders(host: string): Record<string, string> {
  return {
    'content-security-policy':
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; ` +
      `connect-src 'self' ws://${host} wss://${host}; manifest-src 'self'; form-action 'self'; base-uri 'none'; ` +
      `frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  }
}

export interface HttpParts {
  log: Log
  /** False until there is an admin: everything but setup and health answers 503. */
  isSetUp: () => boolean
  /** False while the database is known to be away: what needs it is refused at once. */
  isDatabaseUp: () => boolean
  /** PUBLIC_URL is https: browsers may insist on it. */
  https: boolean
}

/** Mount it first: its hooks hold for everything mounted after it. */
export function http({ log, isSetUp, isDatabaseUp, https }: HttpParts) {
  const started = new WeakMap<Request, { id: string; at: number; problem?: string }>()

  function noteProblem(request: Request, { code }: Problem): void {
    const begun = started.get(request)
    if (begun) begun.problem = code
  }

  return new Elysia({ name: 'http' })
    .onRequest(({ request, set }) => {
      const id = Bun.randomUUIDv7()
      started.set(request, { id, at: performance.now() })
      const host = /^[\w.:[\]-]+$/.test(request.headers.get('host') ?? '')
        ? request.headers.get('host')
        : 'localhost'
      Object.assign(set.headers, securityHeaders(host ?? 'localhost'), { 'x-request-id': id })
      if (https) set.headers['strict-transport-security'] = 'max-age=31536000'
      const path = pathOf(request)
      if (path.startsWith('/api/')) set.headers['cache-control'] = 'no-store'
      const early = refuseEarly(request, path, { isSetUp, isDatabaseUp })
      if (early) noteProblem(request, early)
      // Elysia gives what is thrown here none of the headers above: answered directly.
      if (early) return early.toResponse(id, set.headers as Record<string, string>)
    })
    .onTransform({ as: 'global' }, ({ body, query }) => {
      if (hasNul(query) || hasNul(body)) throw new Problem('nul_character')
    })
    .onError({ as: 'global' }, ({ request, error, code, set }) => {
      const { id } = started.get(request) ?? { id: Bun.randomUUIDv7() }
      const problem = toProblem(error, code)
      noteProblem(request, problem)
      if (problem.code === 'internal')
        log.error({ request_id: id, path: quietPath(request), err: error }, 'request failed')
      set.status = problem.status
      return problem.toResponse(id)
    })
    .onAfterResponse({ as: 'global' }, ({ request, set, responseValue }) => {
      const begun = started.get(request)
      if (!begun) return
      const status = responseValue instanceof Response ? responseValue.status : Number(set.status ?? 200)
      const line = {
        request_id: begun.id,
        method: request.method,
        path: quietPath(request),
        status,
        ...(begun.problem ? { problem: begun.problem } : {}),
        ms: Math.round((performance.now() - begun.at) * 10) / 10,
      }
      // Reading is frequent and harmless; what changes something or fails is worth a line.
      if (status >= 500) log.error(line, 'request')
      else if (status >= 400 || request.method !== 'GET') log.info(line, 'request')
      else log.debug(line, 'request')
    })
}

const OPEN_BEFORE_SETUP = new Set(['/api/setup', '/api/public', '/api/docs', '/api/openapi.json'])

function refuseEarly(
  request: Request,
  path: string,
  { isSetUp, isDatabaseUp }: Pick<HttpParts, 'isSetUp' | 'isDatabaseUp'>,
): Problem | null {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES)
    return new Problem('body_too_large')
  if (!isDatabaseUp() && needsDatabase(path)) return databaseAway()
  if (isSetUp() || !path.startsWith('/api/') || OPEN_BEFORE_SETUP.has(path)) return null
  return new Problem('setup_needed', undefined, { headers: { 'retry-after': '10' } })
}

const NEEDS_NO_DATABASE = new Set(['/api/openapi.json', '/api/docs'])

function needsDatabase(path: string): boolean {
  return path === '/readyz' || (path.startsWith('/api/') && !NEEDS_NO_DATABASE.has(path))
}

function databaseAway(): Problem {
  return new Problem('database_unavailable', undefined, { headers: { 'retry-after': '5' } })
}

/** Numbers can stand in a path: the log gets their place only. */
function quietPath(request: Request): string {
  return pathOf(request).replace(/(%2B|\+)?\d{7,}/gi, '[number]')
}

function pathOf(request: Request): string {
  const start = request.url.indexOf('/', 8)
  const end = request.url.indexOf('?', start)
  return end < 0 ? request.url.slice(start) : request.url.slice(start, end)
}

/** PostgreSQL takes no NUL in a text: refuse it before anything is asked of the database. */
function hasNul(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return value.includes('\0')
  if (value === null || typeof value !== 'object' || depth > 8) return false
  return Object.entries(value).some(([name, inner]) => name.includes('\0') || hasNul(inner, depth + 1))
}

function toProblem(error: unknown, code: string | number): Problem {
  if (error instanceof Problem) return error
  if (code === 'NOT_FOUND') return new Problem('not_found')
  if (code === 'PARSE') return new Problem('malformed_json')
  if (code === 'VALIDATION') return invalid(error)
  if (isDatabaseTrouble(error)) return databaseAway()
  return new Problem('internal')
}

function invalid(error: unknown): Problem {
  const all = (error as { all?: ValidatorWord[] }).all ?? []
  const seen = new Map<string, FieldError>()
  for (const word of all) {
    const field = (word.path ?? '').replace(/^\//, '').replaceAll('/', '.')
    if (!seen.has(field)) seen.set(field, { field, message: explain(word) })
  }
  const errors = [...seen.values()]
  const first = errors[0]
  const detail = first ? `${first.field || 'The body'}: ${first.message}` : undefined
  return new Problem('invalid_request', detail, { fields: { errors } })
}

interface ValidatorWord {
  path?: string
  message?: string
  summary?: string
  schema?: { anyOf?: { const?: unknown }[] }
}

/** The validator's own words, where people would not understand them. */
function explain({ message, summary, schema }: ValidatorWord): string {
  const text = summary ?? message ?? ''
  if (text.includes('should not be provided')) return 'is not a field of this request'
  const words = schema?.anyOf?.map((one) => one.const).filter((word) => word !== undefined) ?? []
  if (words.length > 0) return `is one of: ${words.join(', ')}`
  if (text.includes('should be one of')) return 'is not of the type that it should have'
  return text || 'is not valid'
}
