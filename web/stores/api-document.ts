// The OpenAPI document, turned into what a reader wants to see of each operation.

/** The little of OpenAPI 3.1 that our own document uses. */
export interface Schema {
  type?: string | string[]
  format?: string
  description?: string
  enum?: unknown[]
  const?: unknown
  default?: unknown
  minimum?: number
  maximum?: number
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
}

interface Operation {
  summary?: string
  description?: string
  tags?: string[]
  security?: unknown[]
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[]
  requestBody?: { content?: Record<string, { schema?: Schema }> }
  responses?: Record<string, { content?: Record<string, { schema?: Schema }> }>
}

export interface ApiDocument {
  info: { version: string; description?: string }
  paths: Record<string, Record<string, Operation>>
  'x-problems'?: { code: string; status: number; detail: string }[]
  'x-access'?: AccessRow[]
}

/** Kind of caller → `in`, or the status at the door. */
export interface AccessRow {
  method: string
  path: string
  outcomes: Record<string, string | number>
}

export interface Field {
  name: string
  kind: string
  required: boolean
  description: string
}

export interface DocumentedCall {
  id: string
  method: string
  path: string
  summary: string
  description: string
  open: boolean
  parameters: Field[]
  body: Field[]
  answer: { status: string; fields: Field[] } | null
  failures: string[]
}

export interface Chapter {
  title: string
  calls: DocumentedCall[]
}

/** Chapters in the order in which their first operation stands in the document. */
export function readChapters(document: ApiDocument): Chapter[] {
  const chapters = new Map<string, DocumentedCall[]>()
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const title = operation.tags?.[0] ?? 'More'
      const calls = chapters.get(title) ?? []
      calls.push(readCall(path, method, operation))
      chapters.set(title, calls)
    }
  }
  return [...chapters].map(([title, calls]) => ({ title, calls }))
}

function readCall(path: string, method: string, operation: Operation): DocumentedCall {
  const responses = Object.entries(operation.responses ?? {})
  const good = responses.find(([status]) => status.startsWith('2'))
  return {
    id: `${method}-${path.replaceAll(/[^a-z0-9]+/gi, '-')}`,
    method: method.toUpperCase(),
    path: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    summary: operation.summary ?? '',
    description: operation.description ?? '',
    open: operation.security?.length === 0,
    parameters: (operation.parameters ?? []).map(({ name, required = false, description, schema = {} }) => ({
      name,
      kind: describeKind(schema),
      required,
      description: description ?? schema.description ?? '',
    })),
    body: readFields(jsonSchema(operation.requestBody?.content)),
    answer: good ? { status: good[0], fields: readFields(jsonSchema(good[1].content)) } : null,
    failures: responses.map(([status]) => status).filter((status) => !status.startsWith('2')),
  }
}

function jsonSchema(content: Record<string, { schema?: Schema }> | undefined): Schema | undefined {
  return content?.['application/json']?.schema
}

function readFields(schema: Schema | undefined): Field[] {
  const object = schema?.properties ? schema : schema?.anyOf?.find((one) => one.properties)
  return Object.entries(object?.properties ?? {}).map(([name, field]) => ({
    name,
    kind: describeKind(field),
    required: object?.required?.includes(name) ?? false,
    description: field.description ?? field.anyOf?.find((one) => one.description)?.description ?? '',
  }))
}

/** `text`, `number 0–9`, `text or null`, `one of: out, in`, `list of objects` … */
export function describeKind(schema: Schema): string {
  const words = schema.enum ?? schema.anyOf?.map((one) => one.const).filter((word) => word !== undefined)
  if (words?.length) return `one of: ${words.join(', ')}`
  if (schema.const !== undefined) return String(schema.const)
  // A number in a query arrives as text; readers think of the number.
  const kinds = schema.anyOf?.filter((one) => !/^(numeric|integer|boolean)$/.test(one.format ?? ''))
  if (kinds) return [...new Set(kinds.map(describeKind))].filter(Boolean).join(' or ')
  if (schema.type === 'array') return `list of ${describeKind(schema.items ?? {})}s`
  if (schema.format === 'date-time') return 'moment'
  if (schema.format === 'uuid') return 'id'
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  const range =
    schema.minimum !== undefined && schema.maximum !== undefined ? ` ${schema.minimum}–${schema.maximum}` : ''
  return `${KINDS[type ?? ''] ?? 'anything'}${range}`
}

const KINDS: Record<string, string> = {
  string: 'text',
  integer: 'number',
  number: 'number',
  boolean: 'true or false',
  object: 'object',
  null: 'null',
}
