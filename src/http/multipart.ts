// Reads a multipart/form-data body as it comes: fields as text, its one file handed on as a stream.
import type { Readable } from 'node:stream'
import busboy from 'busboy'
import { Problem } from './problem.ts'

export interface Multipart<T> {
  fields: Record<string, string>
  /** What `onFile` made of the file; null without one. */
  file: T | null
}

export interface FilePart {
  /** As the sender called it: not to be trusted; null where it did not. */
  name: string | null
  mimeType: string
  bytes: AsyncIterable<Uint8Array>
}

const MAX_FIELDS = 50
const MAX_FIELD_BYTES = 262_144

export function isMultipart(request: Request): boolean {
  return /^multipart\/form-data\b/i.test(request.headers.get('content-type') ?? '')
}

/**
 * Throws `multipart_invalid` for a body that is none or is cut off, `one_file_only` for a second file, or what
 * `onFile` throws. `onFile` has to read the file to its end, or to throw; what it made is handed to `drop` when
 * something behind it fails.
 */
export async function readMultipart<T>(
  request: Request,
  onFile: (part: FilePart) => Promise<T>,
  drop: (made: T) => Promise<void>,
): Promise<Multipart<T>> {
  const fields: Record<string, string> = Object.create(null)
  let file: Promise<T> | null = null
  let failure: unknown = null
  const fail = (error: unknown) => {
    failure ??= error
    parser.destroy()
  }
  const parser = openParser(request)
  const over = new Promise<void>((resolve) => {
    parser.on('close', resolve)
    parser.on('error', (error) => {
      failure ??= error instanceof Problem ? error : new Problem('multipart_invalid')
      resolve()
    })
  })
  parser.on('field', (name, value, { nameTruncated, valueTruncated }) => {
    if (nameTruncated || valueTruncated) return fail(new Problem('body_too_large'))
    if (name in fields)
      return fail(new Problem('repeated_parameter', `The field ${name} is given more than once.`))
    if (value.includes('\0') || name.includes('\0')) return fail(new Problem('nul_character'))
    fields[name] = value
  })
  parser.on('file', (_name, stream: Readable, { filename, mimeType }) => {
    // Cut off, it fails with whoever reads it, or with nobody.
    stream.on('error', () => {})
    // The rest of what was read already is parsed all the same: a file in it would never end.
    if (failure) return void stream.resume()
    if (file) {
      stream.resume()
      return fail(new Problem('one_file_only'))
    }
    // Browsers write a quote in a name like this.
    file = onFile({ name: filename?.replaceAll('%22', '"') ?? null, mimeType, bytes: stream })
    file.catch(fail)
  })
  parser.on('fieldsLimit', () => fail(new Problem('multipart_invalid', 'The form has too many fields.')))

  await pump(request, parser).catch(() => fail(new Problem('multipart_invalid')))
  await over
  const made = await (file as Promise<T> | null)?.catch(() => null)
  if (!failure) return { fields, file: made ?? null }
  if (made) await drop(made)
  throw failure
}

function openParser(request: Request): busboy.Busboy {
  try {
    return busboy({
      headers: { 'content-type': request.headers.get('content-type') ?? '' },
      defParamCharset: 'utf8',
      limits: { fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES, fieldNameSize: 200, parts: MAX_FIELDS + 2 },
    })
  } catch {
    throw new Problem('multipart_invalid')
  }
}

/** Waits where the disk is slower than the line, so that memory stays small. */
async function pump(request: Request, parser: busboy.Busboy): Promise<void> {
  for await (const part of request.body ?? []) {
    if (parser.destroyed) return
    if (!parser.write(part)) await drained(parser)
  }
  if (!parser.destroyed) parser.end()
}

function drained(parser: busboy.Busboy): Promise<void> {
  return new Promise((resolve) => {
    parser.once('drain', resolve)
    parser.once('close', resolve)
    parser.once('error', () => resolve())
  })
}
