// Forms with files, whole and damaged, as text that a request carries until it is sent.
import fc, { type Arbitrary } from 'fast-check'
import type { Schema } from './document.ts'
import { good, nasty } from './values.ts'

interface FormFile {
  field: string
  name: string
  type: string
  base64: string
}

interface Form {
  fields: [name: string, text: string][]
  files: FormFile[]
  damage: (typeof DAMAGES)[number] | null
}

const DAMAGES = ['cut', 'no boundary', 'other boundary', 'no headers', 'nested', 'endless name'] as const
/** The first bytes of what they say they are, and of what they do not. */
const CONTENTS = [
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  '/9j/4AAQSkZJRg==',
  'T2dnUwAC',
  'JVBERi0xLjcK',
  'PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciPjxzY3JpcHQvPjwvc3ZnPg==',
  'eA==',
  '',
  'A'.repeat(40_000),
]
const TYPES = [
  ...['image/png', 'image/jpeg', 'audio/ogg', 'application/pdf', 'image/svg+xml', 'text/html', 'video/mp4'],
  ...['', 'x', 'image/png; charset=\u0000', 'text/plain; name="\r\n"', 'multipart/form-data; boundary=y'],
]
const NAMES = ['photo.png', '../../etc/passwd', 'a"b.png', 'مرحبا.pdf', '', '\0.png', 'x'.repeat(400), 'con.']

/** `form:` and the form as JSON. */
export function forms(schema: Schema): Arbitrary<string> {
  const { file: _, ...properties } = schema.properties ?? {}
  const required = schema.required?.filter((name) => name !== 'file') ?? []
  const fields = good({ type: 'object', properties, required }).map((value) =>
    Object.entries(value as object).map(([name, one]): [string, string] => [name, textOf(one)]),
  )
  const file: Arbitrary<FormFile> = fc.record({
    field: fc.oneof({ weight: 8, arbitrary: fc.constant('file') }, { weight: 1, arbitrary: nasty }),
    name: fc.constantFrom('photo.png', ...NAMES),
    type: fc.constantFrom('image/png', 'application/pdf', ...TYPES),
    base64: fc.constantFrom(...CONTENTS),
  })
  const odd = fc.array(fc.tuple(nasty, nasty), { maxLength: 2 })
  return fc
    .record<Form>({
      fields: fc.oneof(
        { weight: 5, arbitrary: fields },
        { weight: 1, arbitrary: fc.tuple(fields, odd).map(([usual, added]) => [...usual, ...added]) },
        // Given twice.
        { weight: 1, arbitrary: fields.map((usual) => [...usual, ...usual.slice(0, 1)]) },
      ),
      files: fc.oneof(
        { weight: 8, arbitrary: file.map((one) => [one]) },
        { weight: 1, arbitrary: fc.array(file, { maxLength: 3 }) },
      ),
      damage: fc.oneof(
        { weight: 6, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.constantFrom(...DAMAGES) },
      ),
    })
    .map((form) => `form:${JSON.stringify(form)}`)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

/** The bytes of a form, and its content type. Names are put in as they are: who reads them must bear it. */
export function encodeForm(text: string): { type: string; bytes: Uint8Array<ArrayBuffer> } {
  const { fields, files, damage } = JSON.parse(text) as Form
  const boundary = 'fuzz-boundary'
  const part = (headers: string[], body: Uint8Array | string) => [
    Buffer.from(`--${boundary}\r\n${damage === 'no headers' ? '' : headers.join('\r\n')}\r\n\r\n`),
    Buffer.from(body as string),
    Buffer.from('\r\n'),
  ]
  const long = damage === 'endless name' ? 'x'.repeat(20_000) : ''
  const parts = [
    ...fields.flatMap(([name, value]) =>
      part([`Content-Disposition: form-data; name="${name}${long}"`], value),
    ),
    ...files.flatMap(({ field, name, type, base64 }) =>
      part(
        [
          `Content-Disposition: form-data; name="${field}"; filename="${name}"`,
          ...(type ? [`Content-Type: ${type}`] : []),
        ],
        Buffer.from(base64, 'base64'),
      ),
    ),
  ]
  const whole = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)])
  const bytes = damage === 'cut' ? whole.subarray(0, Math.floor(whole.length / 2)) : whole
  const named = { 'no boundary': '', 'other boundary': '; boundary=another', nested: '; boundary=--' }
  const given = named[damage as keyof typeof named] ?? `; boundary=${boundary}`
  return { type: `multipart/form-data${given}`, bytes: new Uint8Array(bytes) }
}
