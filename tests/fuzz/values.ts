// Values for a schema: such as it asks for, and such as nobody should send.
import fc, { type Arbitrary } from 'fast-check'
import { PASSWORD } from '../support/app.ts'
import type { Schema } from './document.ts'

/** Stands for the id of something of the caller's or somebody else's, filled in when the request is sent. */
export const PLACEHOLDER = /<(own|foreign) (account|message|key|user|\w+)>/g

/** In every text that a message may carry: must be found where messages are kept and nowhere else. */
export const MESSAGE_CANARY = 'canary of a message 7b41'

/** An id of what the name says: the caller's, somebody else's, or nobody's. */
export const ids = (name: string): Arbitrary<string> => {
  const thing =
    /^(account|message|key|user|session|webhook|file|template|invitation)/.exec(name)?.[1] ?? 'account'
  const own =
    thing === 'message' ? fc.constantFrom('message', 'sent', 'received', 'queued') : fc.constant(thing)
  return fc.oneof(
    { weight: 12, arbitrary: own.map((one) => `<own ${one}>`) },
    { weight: 2, arbitrary: fc.constant(`<foreign ${thing}>`) },
    { weight: 1, arbitrary: fc.uuid() },
  )
}

/** By what a field is called, where its schema says less than people know. */
const NAMED: Record<string, Arbitrary<unknown>> = {
  number: fc.oneof(
    fc.integer({ min: 1_000_000, max: 9_999_999 }).map((n) => `+49151${n}`),
    fc.constantFrom(
      ' 491511111111',
      '+49 (151) 111-1111',
      '491511111111@c.us',
      '120363000000000000@g.us',
      '911',
    ),
  ),
  phone: fc.constantFrom('+491511111111', '491511111111', null),
  message: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => `${MESSAGE_CANARY} ${text}`),
    fc.constantFrom('x'.repeat(65_536), ' \n\t ', 'مرحبا 👋🏽', '{{name}}', "'; drop table users; --"),
  ),
  // Long waiting shows nothing.
  wait: fc.constantFrom('0', '0.01', '0.05'),
  email: fc.oneof(
    fc.constantFrom('admin@example.com', 'Nobody@Example.com', 'someone+tag@example.co.uk'),
    fc.uuid().map((id) => `fuzz-${id}@example.com`),
  ),
  password: fc.constantFrom(PASSWORD, PASSWORD, 'short', 'another pass phrase'),
  current_password: fc.constant(PASSWORD),
  idempotency_key: fc.stringMatching(/^[!-~]{1,30}$/),
  send_at: fc.integer({ min: 60, max: 86_400 }).map((s) => new Date(Date.now() + s * 1_000).toISOString()),
  expires_at: fc.integer({ min: 60, max: 86_400 }).map((s) => new Date(Date.now() + s * 1_000).toISOString()),
  expires_in: fc.integer({ min: 1, max: 86_400 }),
  // Names that lead nowhere: what is sent there ends at once.
  url: fc.constantFrom(
    'https://hook.invalid/x',
    'http://127.0.0.1:1/x',
    'https://[::1]/x',
    'file:///etc/passwd',
  ),
  emoji: fc.constantFrom('👍', '❤️', '👩🏽‍🚀', 'x', '👍👍', ''),
  time_zone: fc.constantFrom('Europe/Berlin', 'Asia/Kolkata', 'UTC'),
  addresses: fc.constantFrom([], ['10.0.0.0/8'], ['::/0'], null),
  after: fc.oneof(fc.constantFrom('latest', '1_<own message>'), fc.uuid()),
}

/** What the schema asks for, most of the time also in spirit. */
export function good(schema: Schema, name = ''): Arbitrary<unknown> {
  const named = NAMED[name]
  if (named) return named
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum?.length) return fc.constantFrom(...schema.enum)
  if (schema.anyOf?.length) return fc.oneof(...schema.anyOf.map((one) => good(one, name)))
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => good({ ...schema, type }, name)))
  }
  switch (schema.type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000 })
    case 'number':
      return fc
        .double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000, noNaN: true })
        .map((n) => Math.round(n * 100) / 100)
    case 'array':
      return list(schema, name)
    case 'object':
      return object(schema)
    case 'string':
      return text(schema, name)
    default:
      return fc.jsonValue()
  }
}

function list({ items, minItems = 0, maxItems = 5 }: Schema, name: string): Arbitrary<unknown> {
  if (Array.isArray(items)) return fc.tuple(...items.map((item) => good(item, name)))
  const most = Math.max(minItems, Math.min(maxItems, 5))
  return fc.array(good(items ?? {}, name.replace(/s$/, '')), { minLength: minItems, maxLength: most })
}

function object({ properties = {}, required = [] }: Schema): Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, field]) => [name, good(field, name)])
  const needed = fields.filter(([name]) => required.includes(name as string))
  const rest = fields.filter((field) => !needed.includes(field))
  const must = fc.record(Object.fromEntries(needed))
  // With few fields most requests get far; with all kinds of them some meet in a way that nobody thought of.
  return fc.oneof(
    must,
    // Often the one thing that it is about, such as the text of a message.
    rest.length > 0
      ? fc.tuple(must, oneOf(rest)).map(([all, one]) => ({ ...(all as object), ...one }))
      : must,
    fc.record(Object.fromEntries(fields), { requiredKeys: required as never[] }),
  )
}

/** One of the fields alone. */
function oneOf(fields: (string | Arbitrary<unknown>)[][]): Arbitrary<object> {
  return fc
    .constantFrom(...fields)
    .chain(([name, value]) => (value as Arbitrary<unknown>).map((one) => ({ [name as string]: one })))
}

function text({ format, pattern, minLength = 0, maxLength = 40 }: Schema, name: string): Arbitrary<unknown> {
  if (format === 'uuid') return ids(name)
  if (format === 'email') return NAMED.email!
  if (format === 'uri') return NAMED.url!
  if (format === 'date-time') {
    const around = { min: new Date(Date.now() - 86_400_000), max: new Date(Date.now() + 86_400_000) }
    return fc.date({ ...around, noInvalidDate: true }).map((date) => date.toISOString())
  }
  if (format === 'numeric' || format === 'integer') return fc.integer({ min: 0, max: 50 }).map(String)
  if (format === 'boolean') return fc.constantFrom('true', 'false')
  if (pattern && pattern !== '\\S') return fc.stringMatching(new RegExp(pattern))
  const most = Math.max(minLength, Math.min(maxLength, 40))
  return fc.string({ unit: 'grapheme', minLength, maxLength: most })
}

/** Texts that break what reads carelessly. */
export const nasty: Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  {
    weight: 7,
    arbitrary: fc.constantFrom(
      ...[
        '',
        ' ',
        '\0',
        'a\0b',
        '\ud800',
        '\udfff\ud800',
        '\ufeff',
        '\u202etxt',
        '👨‍👩‍👧‍👦',
        '\r\nX-Injected: 1',
        '\u2028',
      ],
      ...[
        'null',
        'undefined',
        'true',
        'NaN',
        '-1',
        '1e400',
        '0x10',
        '9007199254740993',
        '1.5',
        '٣',
        '00000000-0000-0000-0000-000000000000',
      ],
      ...[
        '..',
        '../../etc/passwd',
        '%',
        '%00',
        '%2e%2e%2f',
        '{}',
        '[]',
        '{"a":',
        '[1]',
        '$1',
        '__proto__',
        'constructor',
      ],
      ...[
        "' or 1=1 --",
        '\\',
        '"',
        '<script>alert(1)</script>',
        '=cmd()',
        '{{7*7}}',
        '2026-13-45T99:99:99Z',
        '+275760-09-13T00:00:00.001Z',
      ],
      ...[
        'x'.repeat(300),
        'x'.repeat(5_000),
        '9'.repeat(400),
        '1_1',
        'latest',
        '99999999999999999999_<own message>',
      ],
    ),
  },
)

/** A value of another kind than anybody would expect. */
export const wrong: Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: nasty },
  {
    weight: 4,
    arbitrary: fc.constantFrom<unknown>(
      ...[null, true, false, 0, -1, 1.5, 1e308, -0, 2 ** 31, 2 ** 53, Number.MIN_VALUE],
      ...[[], {}, [[]], [null], { length: 1 }, { toString: 1 }, { '': '' }, ['<foreign account>']],
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(nested(20), nested(1_000)) },
)

function nested(depth: number): unknown {
  let value: unknown = 'deep'
  for (let at = 0; at < depth; at++) value = at % 2 ? { a: value } : [value]
  return value
}

/** A body that was good, with one thing made wrong: a field gone, one too many, or a value changed at any depth. */
export function spoiled(value: unknown): Arbitrary<unknown> {
  if (value === null || typeof value !== 'object') return wrong
  const names = Object.keys(value)
  const extra = fc
    .tuple(fc.oneof(nasty, fc.constantFrom('id', 'user_id', 'role', 'status', 'admin')), wrong)
    .map(([name, added]) => (Array.isArray(value) ? [...value, added] : { ...value, [name]: added }))
  if (names.length === 0) return fc.oneof(extra, wrong)
  const changed = fc
    .constantFrom(...names)
    .chain((name) =>
      fc
        .oneof(wrong, spoiled((value as Record<string, unknown>)[name]))
        .map((changed) =>
          Array.isArray(value) ? value.with(Number(name), changed) : { ...value, [name]: changed },
        ),
    )
  const gone = fc.constantFrom(...names).map((name) => {
    const { [name]: _, ...rest } = value as Record<string, unknown>
    return Array.isArray(value) ? Object.values(rest) : rest
  })
  return fc.oneof(
    { weight: 1, arbitrary: wrong },
    { weight: 4, arbitrary: changed },
    { weight: 2, arbitrary: gone },
    { weight: 2, arbitrary: extra },
  )
}
