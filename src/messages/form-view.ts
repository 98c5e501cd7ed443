// A message as a form (multipart/form-data): the same fields as in JSON, and a file.
import type { FilePart, Upload } from '../files/store.ts'
import { isMultipart, readMultipart } from '../http/multipart.ts'
import { Problem } from '../http/problem.ts'

export interface SendForms {
  /** For a route: a form is left unread until it is known who asks. */
  parse: (context: { request: Request }) => unknown
  /** Then its fields become the body, and are judged like those in JSON. */
  transform: (context: { request: Request; body: unknown }) => Promise<void>
  /** The file that came with a request. */
  uploadOf(request: Request): Upload | undefined
  /** After the answer: what was not kept goes. */
  drop(request: Request): Promise<void>
}

const NUMBERS = new Set(['priority', 'expires_in'])
const STRUCTURES = new Set(['location', 'contacts', 'poll', 'mentions'])

export function createSendForms({ receive }: { receive: (part: FilePart) => Promise<Upload> }): SendForms {
  const uploads = new WeakMap<Request, Upload>()
  return {
    // Nothing at all is no JSON that could be malformed.
    parse: ({ request }) => (isMultipart(request) ? {} : request.body ? undefined : null),
    transform: async (context) => {
      const { request } = context
      if (!isMultipart(request)) return
      const { fields, file } = await readMultipart(request, receive, (upload) => upload.drop())
      if (file) uploads.set(request, file)
      context.body = Object.fromEntries(
        Object.entries(fields).map(([name, text]) => [name, read(name, text)]),
      )
    },
    uploadOf: (request) => uploads.get(request),
    drop: async (request) => uploads.get(request)?.drop(),
  }
}

/** For the documentation: the fields of the JSON `body` and the file; lists and objects go as JSON. */
export function describeForm<T extends { properties: object }>(body: T): object {
  const file = { type: 'string', format: 'binary', description: 'The file itself.' }
  const asJson = [...STRUCTURES].map((name) => [name, { contentType: 'application/json' }])
  return {
    schema: { ...body, properties: { ...body.properties, file } },
    encoding: Object.fromEntries(asJson),
  }
}

/** What is no number or no JSON stays a text: the shape then says what is wrong with it. */
function read(name: string, text: string): unknown {
  if (NUMBERS.has(name) && /^-?\d+(\.\d+)?$/.test(text.trim())) return Number(text)
  if (!STRUCTURES.has(name)) return text
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('malformed_json', `The field ${name} is not valid JSON.`)
  }
}
