// The operations that the OpenAPI document describes, as the fuzz drives and judges them.

/** JSON Schema, the little of it that our document uses. */
export interface Schema {
  type?: string | string[]
  format?: string
  pattern?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: Schema[]
  items?: Schema | Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header' | 'cookie'
  required: boolean
  schema: Schema
}

export interface Operation {
  /** `POST /api/accounts/{id}/connection` */
  id: string
  method: string
  path: string
  parameters: Parameter[]
  /** Of a JSON body; null where none is taken. */
  body: Schema | null
  /** Of a form (multipart/form-data), its file among the fields; null where none is taken. */
  form: Schema | null
  /** Status → content type → schema; a status that answers nothing has none. */
  responses: Record<string, Record<string, Schema | undefined>>
}

export interface ApiDocument {
  operations: Operation[]
  /** Code → status: the closed list of ways to fail. */
  problems: Map<string, number>
}

interface RawOperation {
  parameters?: (Omit<Parameter, 'required'> & { required?: boolean })[]
  requestBody?: { content?: Record<string, { schema?: Schema }> }
  responses?: Record<string, { content?: Record<string, { schema?: Schema }> }>
}

export async function readDocument(url: string): Promise<ApiDocument> {
  const document = (await (await fetch(`${url}/api/openapi.json`)).json()) as {
    paths: Record<string, Record<string, RawOperation>>
    'x-problems': { code: string; status: number }[]
  }
  const operations = Object.entries(document.paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, raw]) => readOperation(verb.toUpperCase(), inDialect(path), raw)),
  )
  return {
    operations,
    problems: new Map(document['x-problems'].map(({ code, status }) => [code, status])),
  }
}

/** Where the Cloud API is spoken, a version begins the path, and any id ends it. */
function inDialect(path: string): string {
  return path.replace('/{version}/*', '/{version}/{id}').replace('/{version}/', '/v21.0/')
}

/** Elysia takes a form in the place of any JSON; one that is meant has a file in it. */
function formOf(schema: Schema | undefined): Schema | null {
  return schema?.properties?.file?.format === 'binary' ? schema : null
}

function readOperation(method: string, path: string, raw: RawOperation): Operation {
  const responses = Object.entries(raw.responses ?? {}).map(([status, { content = {} }]) => [
    status,
    Object.fromEntries(Object.entries(content).map(([type, { schema }]) => [type, schema])),
  ])
  return {
    id: `${method} ${path}`,
    method,
    path,
    parameters: (raw.parameters ?? []).map(({ required = false, ...rest }) => ({ ...rest, required })),
    body: raw.requestBody?.content?.['application/json']?.schema ?? null,
    form: formOf(raw.requestBody?.content?.['multipart/form-data']?.schema),
    responses: Object.fromEntries(responses),
  }
}
