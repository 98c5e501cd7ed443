// What an answer must be, whatever was asked: what the document says, a problem of the closed list, and nobody else's.
import Ajv, { type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import { CLOUD_ERRORS, type CloudErrorCode } from '../../src/rules/cloud-errors.ts'
import type { ApiDocument, Operation, Schema } from './document.ts'

export interface Answer {
  status: number
  headers: Headers
  text: string
}

/** Sentences about what is wrong with an answer; each names a kind of fault, without ids or values. */
export type Judge = (operation: Operation, method: string, answer: Answer) => string[]

/** Answers that Bun gives itself, before anything of ours runs: without a body. */
const BY_BUN = new Set([413, 431])
const MAX_ANSWER_BYTES = 4_000_000
/** Of 503 only this one is an answer; the others would be the database's trouble, which there is none of. */
const DOCUMENTED_503 = 'maintenance'

export function createJudge({ problems }: ApiDocument): Judge {
  const ajv = new Ajv({ strict: false, logger: false })
  addFormats(ajv)
  const compiled = new Map<Schema, ValidateFunction>()
  const validator = (schema: Schema) => {
    const known = compiled.get(schema) ?? ajv.compile(closed(schema) as object)
    compiled.set(schema, known)
    return known
  }

  return (operation, method, { status, headers, text }) => {
    const faults: string[] = []
    const type = headers.get('content-type')?.split(';')[0] ?? ''
    if (text.length > MAX_ANSWER_BYTES) faults.push('the answer is too large')
    if (BY_BUN.has(status) && text === '') return faults
    if (!headers.has('x-request-id')) faults.push(`${status} without x-request-id`)
    if (headers.get('x-content-type-options') !== 'nosniff') faults.push(`${status} without nosniff`)
    if (headers.get('cache-control') !== 'no-store' && operation.path.startsWith('/api/'))
      faults.push(`${status} may be cached`)

    if (method === 'HEAD') return text ? [...faults, 'HEAD is answered with a body'] : faults
    if (status >= 400) return [...faults, ...judgeFailure(), ...declared()]
    // Another verb than the operation's: the rules above are all that is known.
    if (method !== operation.method) return faults
    faults.push(...declared())
    if (status === 204) return text ? [...faults, '204 with a body'] : faults
    const schema = operation.responses[status]?.['application/json']
    // Anything at all: the bytes of a file.
    if (schema && Object.keys(schema).every((word) => word === 'description')) return faults
    if (!schema) {
      if (operation.responses[status]?.[type]) return faults
      return [...faults, `${status} has no schema for ${type || 'an answer without a type'}`]
    }
    if (type !== 'application/json') return [...faults, `${status} is ${type || 'without a type'}, not JSON`]
    const check = validator(schema)
    if (check(parse(text))) return faults
    const [error] = check.errors ?? []
    const named = error?.params.additionalProperty ? ` (${error.params.additionalProperty})` : ''
    return [
      ...faults,
      `${status} is not as its schema says: ${quiet(error?.instancePath)} ${error?.message}${named}`,
    ]

    function judgeFailure(): string[] {
      // The address may have been changed so far that it is none of the dialect's any more.
      const isDialect = operation.path.startsWith('/v21.0/') && type === 'application/json'
      return isDialect
        ? judgeCloudError(status, headers, text)
        : judgeProblem(problems, status, type, headers, text)
    }

    function declared(): string[] {
      if (method !== operation.method || operation.responses[status]) return []
      // The address was changed so far that it is not the operation's any more.
      if (status === 404 && parse(text)?.code === 'not_found') return []
      return [`${status} ${parse(text)?.code ?? ''} is not declared`]
    }
  }
}

function judgeProblem(
  problems: Map<string, number>,
  status: number,
  type: string,
  headers: Headers,
  text: string,
): string[] {
  const body = parse(text)
  const faults: string[] = []
  if (type !== 'application/problem+json' || !body)
    return [`${status} is no problem+json but ${type}: ${text.slice(0, 60)}`]
  if (problems.get(body.code) !== status) faults.push(`${status} with the code ${body.code}`)
  if (status >= 500 && body.code !== DOCUMENTED_503) faults.push(`${status} ${body.code}`)
  if (body.status !== status || !body.title || !body.detail || body.type !== 'about:blank')
    faults.push(`${body.code} lacks a part of a problem`)
  if (body.request_id !== headers.get('x-request-id')) faults.push(`${body.code} with another request id`)
  if (status === 429 && !(Number(headers.get('retry-after')) > 0))
    faults.push(`${body.code} without Retry-After`)
  return faults
}

/** The error of the Cloud API's dialect. */
function judgeCloudError(status: number, headers: Headers, text: string): string[] {
  const error = parse(text)?.error
  const known = CLOUD_ERRORS[error?.code as CloudErrorCode]
  if (!known) return [`${status} with the Cloud API's code ${error?.code}`]
  const faults: string[] = []
  if (error.code !== 100 && known[0] !== status)
    faults.push(`${status} with the Cloud API's code ${error.code}`)
  if (status >= 500 && status !== 503) faults.push(`${status} ${error.code}`)
  if (!error.message || !error.type || !error.error_data?.details) faults.push(`${error.code} lacks a part`)
  if (error.fbtrace_id !== headers.get('x-request-id')) faults.push(`${error.code} with another request id`)
  if (status === 429 && !(Number(headers.get('retry-after')) > 0))
    faults.push(`${error.code} without Retry-After`)
  return faults
}

// biome-ignore lint/suspicious/noExplicitAny: whatever came back is looked into
function parse(text: string): any {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Places of lists and ids vary; a fault is of one kind wherever it stands. */
function quiet(path = ''): string {
  return path.replaceAll(/\/\d+/g, '/*') || '/'
}

/** An answer holds what is declared and nothing else, so that nothing gets out unnoticed. */
function closed(schema: Schema): Schema {
  const { properties, items, anyOf } = schema
  const copy: Schema = { ...schema }
  if (anyOf) copy.anyOf = anyOf.map(closed)
  if (items) copy.items = Array.isArray(items) ? items.map(closed) : closed(items)
  if (properties) {
    copy.properties = Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, closed(one)]))
    copy.additionalProperties = schema.additionalProperties ?? false
  }
  return copy
}
