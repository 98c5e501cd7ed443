// Where the files of messages come from: uploads, addresses on the internet, WhatsApp; each becomes a row of its owner.
import type { AsPerson } from '../database/tenancy.ts'
import { Problem } from '../http/problem.ts'
import { type Outbound, OutboundError } from '../outbound.ts'
import { receiveUpload } from './receive.ts'
import type { Shelf } from './shelf.ts'
import {
  createFile,
  type FileOrigin,
  type FilePart,
  type FileSource,
  removeFile,
  type StoredFile,
  type Upload,
} from './store.ts'

export interface FileSourceParts {
  asPerson: AsPerson
  shelf: Shelf
  outbound: Outbound
  maxFileBytes: number
}

/** Below the time at which a request that says nothing is cut. */
const FETCH_MS = 25_000
const MAX_REDIRECTS = 5

export function createFileSource({ asPerson, shelf, outbound, maxFileBytes }: FileSourceParts): FileSource {
  const receive = (part: FilePart) => receiveUpload(shelf, part, maxFileBytes)

  /** Bytes first, then the row that names them. */
  function keep(userId: string, upload: Upload, origin: FileOrigin = 'upload'): Promise<StoredFile> {
    const { sha256, name, mimeType, sizeBytes } = upload
    return shelf.keep(upload, () =>
      asPerson(userId, (tx) => createFile(tx, { userId, sha256, name, mimeType, sizeBytes, origin })),
    )
  }

  return {
    receive,
    keep,
    /** Throws `file_unreachable` with the reason, `file_too_large` or `file_empty`. */
    async fetch(userId: string, url: string): Promise<StoredFile> {
      try {
        const answer = await outbound.request(url, {
          timeoutMs: FETCH_MS,
          maxRedirects: MAX_REDIRECTS,
          // One more, so that our own sentence is the one that is heard.
          maxBytes: maxFileBytes + 1,
        })
        if (answer.status !== 200) {
          await answer.body.cancel()
          throw unreachable('bad_status', `The server answered with status ${answer.status}.`)
        }
        const mimeType = answer.headers.get('content-type') ?? ''
        const part = { name: nameIn(answer.url), mimeType, bytes: answer.body }
        return await keep(userId, await receive(part), 'url')
      } catch (error) {
        throw error instanceof OutboundError ? unreachable(error.code, error.message) : error
      }
    },
    async remove(userId: string, id: string): Promise<void> {
      const removed = await asPerson(userId, (tx) => removeFile(tx, userId, id))
      if (removed) await shelf.removeUnused(removed.sha256)
    },
  }
}

function unreachable(reason: string, sentence: string): Problem {
  return new Problem('file_unreachable', `The file could not be fetched. ${sentence}`, { fields: { reason } })
}

function nameIn(url: string): string | null {
  const last = new URL(url).pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last) || null
  } catch {
    return last || null
  }
}
