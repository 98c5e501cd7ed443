// Requests as data: an operation, who asks, and input that is good or broken in one of many ways.
import fc, { type Arbitrary } from 'fast-check'
import { cloudMessages, cloudTemplates } from './cloud-messages.ts'
import type { Operation, Schema } from './document.ts'
import { forms } from './forms.ts'
import { good, ids, nasty, spoiled, wrong } from './values.ts'

export const CALLERS = ['stranger', 'user', 'suspended', 'admin', 'key', 'broken'] as const

export interface FuzzRequest {
  operation: string
  caller: (typeof CALLERS)[number]
  /** Which person of their kind; which scope of a key, or which broken credential. */
  person: number
  variant: number
  /** `bearer`, `x-api-key` or `cookie`. */
  carried: 'bearer' | 'x-api-key' | 'cookie'
  method: string
  path: string
  /** Not encoded yet. */
  query: [name: string, value: string][]
  /** Added as it is, encoded or not. */
  rawQuery: string
  headers: Record<string, string>
  /** A text; `base64:` in front of bytes, `form:` in front of a form as JSON (`forms.ts`). */
  body: string | null
}

export function requests(operations: Operation[]): Arbitrary<FuzzRequest> {
  return fc.oneof(...operations.map(requestsOf))
}

function requestsOf(operation: Operation): Arbitrary<FuzzRequest> {
  const { method } = operation
  return fc.record({
    operation: fc.constant(operation.id),
    caller: fc.oneof(
      { weight: 6, arbitrary: fc.constant('user' as const) },
      { weight: 4, arbitrary: fc.constant('admin' as const) },
      { weight: operation.path === '/api/send' ? 20 : 4, arbitrary: fc.constant('key' as const) },
      {
        weight: 2,
        arbitrary: fc.constantFrom('stranger' as const, 'suspended' as const, 'broken' as const),
      },
    ),
    person: fc.nat(1_000),
    variant: fc.nat(1_000),
    carried: fc.oneof(
      { weight: 6, arbitrary: fc.constant('bearer' as const) },
      { weight: 1, arbitrary: fc.constantFrom('x-api-key' as const, 'cookie' as const) },
    ),
    method: mostly(
      fc.constant(method),
      fc.constantFrom('GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE', 'POST'),
      20,
    ),
    path: path(operation),
    query: query(operation),
    rawQuery: mostly(
      fc.constant(''),
      fc.constantFrom(
        '%zz',
        '%00=%00',
        '&&==&',
        'a=%E0%A4%A',
        'limit[]=1&limit[]=2',
        'limit[a]=1',
        '_method=DELETE',
        'x'.repeat(4_000),
        'api_key=bw_x',
      ),
      15,
    ),
    headers: headers(),
    body:
      (operation.body || operation.form) && method !== 'GET'
        ? body(operation)
        : mostly(fc.constant(null), fc.constantFrom('{}', '[]', '{"a":1}'), 20),
  })
}

/** One in `odds` is the rare one. */
function mostly<A, B>(usual: Arbitrary<A>, rare: Arbitrary<B>, odds: number): Arbitrary<A | B> {
  return fc.oneof({ weight: odds - 1, arbitrary: usual }, { weight: 1, arbitrary: rare })
}

/** Path parameters are put in encoded; a nasty one as it is, encoded or encoded twice. */
function path({ path, parameters }: Operation): Arbitrary<string> {
  const places = [...path.matchAll(/\{(\w+)\*?\}/g)].map((found) => found[1]!)
  if (places.length === 0) return mostly(fc.constant(path), fc.constantFrom(`${path}/`, `${path}//`), 40)
  const named = /\/api\/(?:admin\/|auth\/)?(\w+?)s\/\{/.exec(path)?.[1]
  const thing = named ?? (path === '/v21.0/{id}' ? 'file' : 'account')
  const value = (name: string) => {
    const schema = parameters.find((one) => one.in === 'path' && one.name === name)?.schema ?? {}
    const usual = name === 'id' ? ids(thing) : name === 'event' ? ids('webhook') : good(schema, name)
    return mostly(
      usual.map((given) => encodeId(String(given))),
      nasty.chain((text) => fc.constantFrom(encode(text), encode(encode(text)), '%', '%E0%A4%A', '%00')),
      6,
    )
  }
  return fc
    .tuple(...places.map(value))
    .map((given) =>
      given.reduce((filled, one, at) => filled.replace(new RegExp(`\\{${places[at]}\\*?\\}`), one), path),
    )
}

/** Placeholders stay readable until they are filled in. */
function encodeId(text: string): string {
  return /^<[\w ]+>$/.test(text) ? text : encode(text)
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()) || 'x'
}

function query({ parameters }: Operation): Arbitrary<[string, string][]> {
  const named = parameters.filter((one) => one.in === 'query')
  if (named.length === 0)
    return mostly(fc.constant<[string, string][]>([]), fc.array(pair(), { minLength: 1, maxLength: 1 }), 20)
  const usual = fc
    .tuple(
      ...named.map(({ name, schema, required }) =>
        (required ? fc.constant(true) : fc.boolean()).chain((given) =>
          given
            ? good(schema, name).map((value) => [name, textOf(value)] as [string, string])
            : fc.constant(null),
        ),
      ),
    )
    .map((pairs) => pairs.filter((one) => one !== null))
  const names = named.map(({ name }) => name).filter((name) => name !== 'wait')
  const broken = usual.chain((pairs) =>
    fc.oneof<Arbitrary<[string, string][]>[]>(
      names.length
        ? fc
            .tuple(fc.constantFrom(...names), wrong)
            .map(([name, value]) => [
              ...pairs.filter((one) => one[0] !== name),
              [name, textOf(value)] as [string, string],
            ])
        : fc.constant(pairs),
      // Given twice.
      fc.constant([...pairs, ...pairs.slice(0, 1)]),
      pair().map((one) => [...pairs, one]),
      fc.constant(pairs.slice(1)),
    ),
  )
  return fc.oneof({ weight: 3, arbitrary: usual }, { weight: 2, arbitrary: broken })
}

function pair(): Arbitrary<[string, string]> {
  return fc.tuple(fc.oneof(nasty, fc.constantFrom('api_key', 'token', 'limit', 'user_id', 'all')), nasty)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function headers(): Arbitrary<Record<string, string>> {
  const odd = fc.constantFrom<Record<string, string>>(
    { 'x-http-method-override': 'DELETE' },
    { 'x-forwarded-for': 'not an address, 10.0.0.1' },
    { 'x-forwarded-host': 'evil.example', forwarded: 'for="_x";host=evil.example' },
    { 'idempotency-key': 'once' },
    { 'idempotency-key': 'x'.repeat(300) },
    { 'content-encoding': 'gzip' },
    { accept: 'text/html;q=0.9, */*;q=x' },
    { range: 'bytes=0-1', 'if-none-match': '*' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    { 'sec-purpose': 'prefetch' },
    { cookie: 'botwave_session=; botwave_session==; =;;;' },
    { 'x-long': 'x'.repeat(7_000) },
    { expect: '100-continue' },
  )
  const address = fc
    .tuple(fc.nat(255), fc.nat(255), fc.nat(255))
    .map((parts) => ({ 'x-forwarded-for': `10.${parts.join('.')}` }))
  return fc.tuple(address, mostly(fc.constant({}), odd, 6)).map(([usual, added]) => ({ ...usual, ...added }))
}

const CONTENT_TYPES = [
  ...[
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'multipart/form-data; boundary=x',
  ],
  ...[
    'application/octet-stream',
    'application/json; charset=utf-16',
    'application/xml',
    'image/png',
    'x',
    'text/json;;;',
  ],
]

const RAW_BODIES = [
  ...[
    '',
    ' ',
    '{',
    '{"a":',
    'null',
    '[]',
    '"text"',
    '1',
    'NaN',
    '{"a":1}{"b":2}',
    '\ufeff{}',
    "{'a':1}",
    '{"a":1,}',
    '--x--',
  ],
  ...[
    '{"__proto__":{"admin":true}}',
    '{"number":"1","number":"2"}',
    `${'['.repeat(20_000)}`,
    'a=1&a=2&b[c]=3',
  ],
  ...['base64:/w==', 'base64:eyJhIjoi/yJ9', `{"message":"${'x'.repeat(1_100_000)}"}`],
]

/** Bodies that their schema says too little about. */
const KNOWN: Record<string, Arbitrary<unknown>> = {
  'POST /v21.0/{id}/messages': cloudMessages,
  'POST /api/templates': cloudTemplates,
}

/** JSON by default: the header is set when it is sent, unless the body brings another. */
function body({ id, body, form }: Operation): Arbitrary<string> {
  if (form && !body) {
    return fc.oneof({ weight: 8, arbitrary: forms(form) }, { weight: 1, arbitrary: bodies(form) })
  }
  const asJson = bodies(body ?? {}, KNOWN[id])
  return form ? fc.oneof({ weight: 2, arbitrary: asJson }, { weight: 1, arbitrary: forms(form) }) : asJson
}

function bodies(schema: Schema, usual = good(schema)): Arbitrary<string> {
  const broken = usual.chain(spoiled)
  return fc.oneof(
    { weight: 8, arbitrary: usual.map(json) },
    { weight: 8, arbitrary: broken.map(json) },
    { weight: 1, arbitrary: fc.constantFrom(...RAW_BODIES) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...CONTENT_TYPES), usual)
        .map(([type, value]) => `type:${type}\n${json(value)}`),
    },
  )
}

function json(value: unknown): string {
  return JSON.stringify(value) ?? 'null'
}
