// The OpenAPI document, made from the routes: what @elysia/openapi reads of them, and what holds for every one.
import { toOpenAPISchema } from '@elysia/openapi'
import type { AnyElysia } from 'elysia'
import { listAccess } from './access.ts'
import { listProblems } from './problem.ts'

interface Response {
  description: string
  content?: Record<string, unknown> & { type?: unknown }
}

interface Operation {
  security?: unknown[]
  requestBody?: { content: Record<string, unknown> }
  /** Of a route that takes a form beside JSON: @elysia/openapi knows of one kind only. */
  'x-form'?: unknown
  responses?: Record<string, Response>
}

type Paths = Record<string, Record<string, Operation>>

/** How any call can fail, and how one can that asks who is calling. */
const ANY = [400, 411, 413, 422, 429, 431, 503]
const GUARDED = [401, 403]

const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail', 'request_id'],
  properties: {
    type: { type: 'string', const: 'about:blank' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: {
      type: 'string',
      description: 'Stable: decide by this.',
      enum: listProblems().map(({ code }) => code),
    },
    detail: { type: 'string', description: 'A sentence for people.' },
    request_id: { type: 'string', description: 'Also in the log, and in the header X-Request-Id.' },
  },
}

/** The error of the Cloud API's dialect. */
const CLOUD_ERROR = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'code', 'error_data', 'fbtrace_id'],
      properties: {
        message: { type: 'string' },
        type: { type: 'string' },
        code: { type: 'integer', description: 'As in the Cloud API: decide by this.' },
        error_subcode: { type: 'integer' },
        error_data: { type: 'object' },
        fbtrace_id: { type: 'string', description: 'The request id.' },
      },
    },
  },
}

const AS_PROBLEM = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
const IN_DIALECT = { 'application/json': { schema: { $ref: '#/components/schemas/CloudError' } } }

/** Answers `/api/openapi.json`. Mount it anywhere: the routes are read when the document is first asked for. */
export function openApi(version: string) {
  return <T extends AnyElysia>(app: T): T => {
    let made: object | undefined
    app.get('/api/openapi.json', () => (made ??= documentOf(app, version)), { detail: { hide: true } })
    return app
  }
}

function documentOf(app: AnyElysia, version: string): object {
  const paths = toOpenAPISchema(app).paths as unknown as Paths
  for (const [path, verbs] of Object.entries(paths)) {
    nameUpgrade(verbs)
    const failure = path.startsWith('/{version}/') ? IN_DIALECT : AS_PROBLEM
    for (const operation of Object.values(verbs)) complete(operation, failure)
  }
  return {
    openapi: '3.1.2',
    info: {
      title: 'BotWave',
      version,
      description: 'Link WhatsApp accounts and send messages. Errors are problem+json with a stable code.',
    },
    paths,
    components: {
      schemas: { Problem: PROBLEM, CloudError: CLOUD_ERROR },
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key (bw_…) or a token from signing in.',
        },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
      },
    },
    security: [{ key: [] }, { apiKey: [] }],
    // The closed list of codes and the table of who may call what, for the page and for clients made from this.
    'x-problems': listProblems(),
    'x-access': listAccess(),
  }
}

/** There is no verb for a WebSocket: it is a GET that is answered 101. */
function nameUpgrade(verbs: Record<string, Operation>): void {
  const { ws } = verbs
  if (!ws) return
  delete verbs.ws
  const { requestBody: _, ...get } = ws
  verbs.get = { ...get, responses: { 101: { description: 'The socket is open.' } } }
}

function complete(operation: Operation, failure: object): void {
  const { 'x-form': form } = operation
  delete operation['x-form']
  if (form && operation.requestBody) operation.requestBody.content['multipart/form-data'] = form
  const responses = operation.responses ?? {}
  for (const response of Object.values(responses)) {
    // An answer without a body has no content at all.
    if (typeof response.content?.type === 'string') delete response.content
  }
  const open = operation.security?.length === 0
  const failures = [...ANY, ...(open ? [] : GUARDED), ...Object.keys(responses).map(Number)]
  for (const status of failures.filter((status) => status >= 400)) {
    responses[status] = {
      description: SENTENCES[status] ?? 'It failed.',
      content: failure as Record<string, unknown>,
    }
  }
  operation.responses = responses
}

const SENTENCES: Record<number, string> = {
  400: 'It cannot be read.',
  401: 'Nobody is known by this credential.',
  403: 'It is known who asks, and they may not.',
  404: 'There is no such thing, or it is somebody else’s.',
  405: 'Not with this verb.',
  409: 'Not in the state that it is in.',
  411: 'Its length is not said.',
  413: 'Too large.',
  422: 'Something in it is not as it should be; `errors` names each field.',
  429: 'Too often; `Retry-After` says when to come back.',
  431: 'Its headers are too large.',
  502: 'What it was asked of failed.',
  503: 'Not now; `Retry-After` says when to come back.',
}
