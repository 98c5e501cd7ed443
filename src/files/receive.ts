// Takes a file in from outside: written down beside the shelf, its name and type read, kept only when all else is well.
import { Problem } from '../http/problem.ts'
import { nameOf, typeOf } from '../rules/file-type.ts'
import type { Shelf } from './shelf.ts'
import type { FilePart, Upload } from './store.ts'

/** Throws `file_too_large` or `file_empty`; leaves nothing behind when it throws. */
export async function receiveUpload(shelf: Shelf, part: FilePart, maxBytes: number): Promise<Upload> {
  const received = await shelf.receive(part.bytes, maxBytes)
  const drop = () => shelf.drop(received)
  if (received.sizeBytes === 0) {
    await drop()
    throw new Problem('file_empty')
  }
  const name = nameOf(part.name)
  return { ...received, name, mimeType: typeOf(part.mimeType, name), drop }
}
