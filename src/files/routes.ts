// Files of a person: put in, listed, fetched, removed. Never shown by the browser where they could run something.
import { Elysia, t } from 'elysia'
import type { AsPerson } from '../database/tenancy.ts'
import type { Guard } from '../http/guard.ts'
import type { Limiter } from '../http/limit.ts'
import { isMultipart, readMultipart } from '../http/multipart.ts'
import { type Page, pageQuery, readPage } from '../http/page.ts'
import { Problem } from '../http/problem.ts'
import { iso, isUuid, problem, problems, query, whole } from '../http/shape.ts'
import type { Shelf } from './shelf.ts'
import { type FileSource, findFile, listFiles, type StoredFile } from './store.ts'

const content = t.Any({ description: 'The bytes themselves, under the type of the file.' })

export interface FileRouteParts {
  asPerson: AsPerson
  guard: Guard
  limiter: Limiter
  shelf: Pick<Shelf, 'pathOf'>
  files: FileSource
}

const UPLOADS_PER_MINUTE = 120
const MINUTE_MS = 60_000

const fileShape = t.Object({
  id: t.String(),
  name: t.Nullable(t.String()),
  mime_type: t.String(),
  size_bytes: whole(),
  sha256: t.String({ description: 'Of the bytes, in hex.' }),
  origin: t.String({ description: 'upload, url or whatsapp.' }),
  created_at: t.Nullable(t.String()),
  used_at: t.Nullable(t.String({ description: 'Last sent or received: what the retention counts from.' })),
})
const answers = { 404: problem, ...problems }

export function fileRoutes({ asPerson, guard, limiter, shelf, files }: FileRouteParts) {
  async function find(userId: string, id: string, accountIds: string[] | null): Promise<StoredFile> {
    const file = isUuid(id) ? await asPerson(userId, (tx) => findFile(tx, userId, id, accountIds)) : null
    if (!file) throw new Problem('file_not_found')
    return file
  }

  return new Elysia({ name: 'files', normalize: false, detail: { tags: ['Files'] } })
    .use(guard)
    .post(
      '/api/files',
      async ({ caller: { userId }, request, set }) => {
        Object.assign(set.headers, limiter.take('uploads', userId, UPLOADS_PER_MINUTE, MINUTE_MS))
        if (!isMultipart(request)) throw new Problem('not_multipart')
        const { file } = await readMultipart(request, files.receive, (upload) => upload.drop())
        if (!file) throw new Problem('file_missing')
        const stored = await files.keep(userId, file)
        set.status = 201
        return viewFile(stored)
      },
      {
        who: 'send',
        // The body is read as it comes, and only once it is known who asks.
        parse: 'none',
        response: { 201: fileShape, 400: problem, 413: problem, 415: problem, ...problems },
        detail: {
          summary: 'Put a file in, to be sent by its id',
          description: 'A form (multipart/form-data) with one file in it. Its name and type are kept.',
          requestBody: {
            required: true,
            content: {
              'multipart/form-data': {
                schema: {
                  type: 'object',
                  required: ['file'],
                  properties: { file: { type: 'string', format: 'binary' } },
                },
              },
            },
          },
        },
      },
    )
    .get(
      '/api/files',
      async ({ caller, query }) => {
        const { userId, key } = caller
        if (key?.accountIds) throw new Problem('account_not_allowed')
        const read = (page: Page) => asPerson(userId, (tx) => listFiles(tx, userId, page))
        const { rows, next } = await readPage(query, ({ id }) => id, read)
        return { items: rows.map(viewFile), next }
      },
      {
        who: 'read',
        query: query(pageQuery()),
        response: {
          200: t.Object({ items: t.Array(fileShape), next: t.Nullable(t.String()) }),
          400: problem,
          ...problems,
        },
        detail: { summary: 'Your files, newest first' },
      },
    )
    .get(
      '/api/files/:id',
      async ({ caller, params, set }) => {
        const file = await find(caller.userId, params.id, caller.key?.accountIds ?? null)
        const bytes = Bun.file(shelf.pathOf(file.sha256))
        if (!(await bytes.exists())) throw new Problem('file_not_found')
        Object.assign(set.headers, {
          'content-type': file.mime_type,
          'content-disposition': disposition(file),
          // Whatever it is, it can load nothing, run nothing and speak in nobody's name.
          'content-security-policy': "default-src 'none'; sandbox",
          'x-content-type-options': 'nosniff',
        })
        return new Response(bytes)
      },
      {
        who: 'read',
        response: { 200: content, 206: content, ...answers },
        detail: {
          summary: 'The bytes of a file',
          description: 'With its own type. Only pictures, films and sound are ever shown in place.',
        },
      },
    )
    .delete(
      '/api/files/:id',
      async ({ caller, params }) => {
        const { id } = await find(caller.userId, params.id, caller.key?.accountIds ?? null)
        await files.remove(caller.userId, id)
        return { id }
      },
      {
        who: 'send',
        response: { 200: t.Object({ id: t.String() }), ...answers },
        detail: {
          summary: 'Remove a file',
          description: 'Messages that carried it stay. One that still waits with it fails.',
        },
      },
    )
}

export function viewFile(file: StoredFile) {
  const { id, name, mime_type, sha256, origin } = file
  return {
    id,
    name,
    mime_type,
    size_bytes: Number(file.size_bytes),
    sha256,
    origin,
    created_at: iso(file.created_at),
    used_at: iso(file.used_at),
  }
}

/** What a browser shows without running anything of it. No SVG: that is a document with scripts. */
const SHOWN = /^(image\/(png|jpeg|gif|webp|avif)|video\/(mp4|webm|3gpp)|audio\/[\w.+-]+)$/

function disposition({ name, mime_type }: StoredFile): string {
  const kind = SHOWN.test(mime_type) ? 'inline' : 'attachment'
  if (!name) return kind
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  // RFC 5987: what is not a plain letter or digit goes as bytes of UTF-8.
  const exact = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
  return `${kind}; filename="${plain}"; filename*=UTF-8''${exact}`
}
