// What holds for every request: its id, its headers, its size, how it fails, and what the log keeps of it.
import { Elysia } from 'elysia'
import type { Log } from '../log.ts'
import { isDatabaseTrouble } from '../rules/database-trouble.ts'
import type { KeyRequests } from './key-requests.ts'
import { isMultipart } from './multipart.ts'
import { type FieldError, Problem } from './problem.ts'
import { isUuid } from './shape.ts'
import { refuseStrangeBody, refuseStrangeQuery } from './strange-input.ts'

const MAX_BODY_BYTES = 1_048_576
/** Bun itself ends a connection whose head is longer than 16 KiB, with an empty 431: ours comes a little before. */
const MAX_HEAD_BYTES = 15 * 1024

/** Nothing from another host, nothing inline; the socket is named for browsers where 'self' does not cover it. */
function securityHeaders(host: string): Record<string, string> {
  return {
    'content-security-policy':
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; ` +
      `connect-src 'self' ws://${host} wss://${host}; manifest-src 'self'; form-action 'self'; base-uri 'none'; ` +
      `frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    // For browsers that are older than frame-ancestors.
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
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
  keyRequests: Pick<KeyRequests, 'end'>
  /** The largest file that a form may carry. */
  maxFileBytes: number
  /** Told of every answer, for who counts them. */
  noteRequest?: (request: { method: string; route: string; status: number; ms: number }) => void
  /** How a path below which another API is spoken tells its problems; null for every other path. */
  refuseInDialect?: (path: string, problem: Problem, requestId: string) => Response | null
}

/** Mount it first: its hooks hold for everything mounted after it. */
export function http({ log, isSetUp, isDatabaseUp, https, keyRequests, maxFileBytes, ...parts }: HttpParts) {
  const { refuseInDialect = () => null, noteRequest = () => {} } = parts
  const started = new WeakMap<Request, { id: string; at: number; problem?: string }>()

  function noteProblem(request: Request, { code }: Problem): void {
    const begun = started.get(request)
    if (begun) begun.problem = code
  }

  return new Elysia({ name: 'http' })
    .onRequest(({ request, set }) => {
      const id = readRequestId(request.headers.get('x-request-id')) ?? Bun.randomUUIDv7()
      started.set(request, { id, at: performance.now() })
      const host = /^[\w.:[\]-]+$/.test(request.headers.get('host') ?? '')
        ? request.headers.get('host')
        : 'localhost'
      Object.assign(set.headers, securityHeaders(host ?? 'localhost'), { 'x-request-id': id })
      if (https) set.headers['strict-transport-security'] = 'max-age=31536000'
      const path = pathOf(request)
      if (isApi(path) || HEALTH.has(path)) set.headers['cache-control'] = 'no-store'
      const early = refuseEarly(request, path, { isSetUp, isDatabaseUp, maxFileBytes })
      // No hook after the answer runs for these. While the database is away there are many: `holdLines` counts them.
      if (early?.code === 'database_unavailable')
        log.warn({ request_id: id, path: quietPath(request), problem: early.code }, 'request refused')
      // Elysia gives what is thrown here none of the headers above: answered directly.
      if (!early) return
      const answer = refuseInDialect(path, early, id)
      if (!answer) return early.toResponse(id, set.headers as Record<string, string>)
      for (const [name, value] of Object.entries(set.headers)) answer.headers.set(name, String(value))
      return answer
    })
    .onTransform({ as: 'global' }, ({ body, query }) => {
      refuseStrangeQuery(query)
      refuseStrangeBody(body)
    })
    .onError({ as: 'global' }, ({ request, error, code, set }) => {
      const { id } = started.get(request) ?? { id: Bun.randomUUIDv7() }
      const problem = toProblem(error, code)
      noteProblem(request, problem)
      if (problem.code === 'internal')
        log.error({ request_id: id, path: quietPath(request), err: error }, 'request failed')
      set.status = problem.status
      const answer = refuseInDialect(pathOf(request), problem, id)
      if (answer) set.status = answer.status
      return answer ?? problem.toResponse(id)
    })
    .onAfterResponse({ as: 'global' }, ({ request, route, set, responseValue }) => {
      const begun = started.get(request)
      if (!begun) return
      const status = responseValue instanceof Response ? responseValue.status : Number(set.status ?? 200)
      const path = quietPath(request)
      keyRequests.end(request, { path, status })
      const ms = Math.round((performance.now() - begun.at) * 10) / 10
      // Of what nobody knows there is no route, and anything may be its method.
      noteRequest({ method: route ? request.method : 'other', route: route || 'none', status, ms })
      const line = {
        request_id: begun.id,
        method: request.method,
        path,
        status,
        ...(begun.problem ? { problem: begun.problem } : {}),
        ms,
      }
      // Reading is frequent and harmless; what changes something or fails is worth a line, also a message sent by GET.
      if (status >= 500) log.error(line, 'request')
      else if (status >= 400 || status === 202 || request.method !== 'GET') log.info(line, 'request')
      else log.debug(line, 'request')
    })
}

const HEALTH = new Set(['/healthz', '/readyz', '/metrics'])
const OPEN_BEFORE_SETUP = new Set(['/api/setup', '/api/public', '/api/docs', '/api/openapi.json'])

function refuseEarly(
  request: Request,
  path: string,
  { isSetUp, isDatabaseUp, maxFileBytes }: Pick<HttpParts, 'isSetUp' | 'isDatabaseUp' | 'maxFileBytes'>,
): Problem | null {
  const tooLarge = refuseBody(request, path, maxFileBytes)
  if (tooLarge) return tooLarge
  if (lengthOfHead(request) > MAX_HEAD_BYTES) return new Problem('headers_too_large')
  if (!isDatabaseUp() && needsDatabase(path)) return databaseAway()
  if (isSetUp() || !isApi(path) || OPEN_BEFORE_SETUP.has(path)) return null
  return new Problem('setup_needed', undefined, { headers: { 'retry-after': '10' } })
}

/** Where a form with a file is taken; it is read only once it is known who asks. */
const UPLOADS = /^\/api\/(files|messages\/send|messages\/[^/]+\/reply)\/?$|^\/v[\d.]+\/[^/]+\/media$/

/**
 * Everything else is read into memory before anybody knows who asks, so its length has to be said and has to be small.
 */
function refuseBody(request: Request, path: string, maxFileBytes: number): Problem | null {
  const length = request.headers.get('content-length')
  const isUpload = UPLOADS.test(path) && isMultipart(request)
  if (Number(length ?? 0) > (isUpload ? maxFileBytes + MAX_BODY_BYTES : MAX_BODY_BYTES)) {
    return new Problem(isUpload ? 'file_too_large' : 'body_too_large')
  }
  const isUnsaid = length === null && request.headers.has('transfer-encoding')
  return isUnsaid && !isUpload ? new Problem('length_required') : null
}

/** A caller may name their request, so that both sides find it; what does not look like a name is replaced. */
function readRequestId(given: string | null): string | null {
  return given && /^(?!\d+$)[A-Za-z0-9][\w.-]{7,63}$/.test(given) ? given : null
}

function lengthOfHead(request: Request): number {
  let length = request.url.length
  request.headers.forEach((value, name) => {
    length += name.length + value.length + 4
  })
  return length
}

const NEEDS_NO_DATABASE = new Set(['/api/openapi.json', '/api/docs'])

function needsDatabase(path: string): boolean {
  return path === '/readyz' || (isApi(path) && !NEEDS_NO_DATABASE.has(path))
}

/** Ours, and the Cloud API's dialect. */
function isApi(path: string): boolean {
  return path.startsWith('/api/') || /^\/v\d+\.\d\//.test(path)
}

function databaseAway(): Problem {
  return new Problem('database_unavailable', undefined, { headers: { 'retry-after': '5' } })
}

/** Numbers can stand in a path, in any spelling: the log gets their place only. Ids are kept. */
function quietPath(request: Request): string {
  const path = pathOf(request)
  if (!/\d/.test(path)) return path
  return path
    .split('/')
    .map((part) => ((part.match(/\d/g)?.length ?? 0) >= 6 && !isUuid(part) ? '[number]' : part))
    .join('/')
}

function pathOf(request: Request): string {
  const start = request.url.indexOf('/', 8)
  const end = request.url.indexOf('?', start)
  return end < 0 ? request.url.slice(start) : request.url.slice(start, end)
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
    const named = (word.path ?? '').replace(/^\//, '').replaceAll('/', '.')
    // JSON that is sent as a form arrives as one long name, with all that stands in it: told back is what can be a name.
    const field = /^[\w.-]{0,80}$/.test(named) ? named : 'A field'
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
  // The validator repeats what it found: that may be a password.
  const text = (summary ?? message ?? '').replace(/ but found: .*$/s, '')
  if (text.includes('should not be provided')) return 'is not a field of this request'
  const words = schema?.anyOf?.map((one) => one.const).filter((word) => word !== undefined) ?? []
  if (words.length > 0) return `is one of: ${words.join(', ')}`
  if (text.includes('should be one of')) return 'is not of the type that it should have'
  return text || 'is not valid'
}
