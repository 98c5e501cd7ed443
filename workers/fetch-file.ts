// Fetches the file that came with a message: the page downloads and decrypts it, and it is written down in parts.

import { createHash } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import type { PageCalls } from './call.ts'
import type { Commands, FetchedFile } from './protocol.ts'

const DOWNLOAD_MS = 120_000
/** What crosses from the page at once. */
const PART_BYTES = 1_048_576

let count = 0

/** Leaves nothing behind when it rejects. */
export async function fetchFile(
  calls: PageCalls,
  { whatsappId, path, maxBytes }: Commands['fetchFile']['ask'],
): Promise<FetchedFile> {
  const job = `download ${++count}`
  await calls.download(job, whatsappId, maxBytes)
  try {
    const size = await calls.over(job, DOWNLOAD_MS)
    if (size === 'missing' || size === 'too_large') return { fetched: false, why: size }
    const sizeBytes = Number(size)
    return { fetched: true, sizeBytes, sha256: await writeDown(calls, job, sizeBytes, path) }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    void calls.release(job).catch(() => {})
  }
}

/** Answers the SHA-256 in hex. */
async function writeDown(calls: PageCalls, job: string, sizeBytes: number, path: string): Promise<string> {
  const hash = createHash('sha256')
  const file = await open(path, 'w', 0o600)
  try {
    for (let at = 0; at < sizeBytes; at += PART_BYTES) {
      const text = await calls.downloaded(job, at, PART_BYTES)
      if (text === undefined) throw new Error('page closed')
      const part = Buffer.from(text, 'base64')
      hash.update(part)
      await file.writeFile(part)
    }
    await file.sync()
  } finally {
    await file.close()
  }
  return hash.digest('hex')
}
