// The bytes of files: in DATA_DIR/files under their SHA-256, each once whoever has it, put there whole or not at all.
import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync } from 'node:fs'
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem } from '../http/problem.ts'

/** Bytes that came in and lie beside the shelf until they are kept or dropped. */
export interface Received {
  path: string
  sha256: string
  sizeBytes: number
}

export interface Shelf {
  /** Writes bytes down as they come. Throws `file_too_large`; leaves nothing behind when it throws. */
  receive(bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Received>
  /** It is not wanted after all. */
  drop(received: Received): Promise<void>
  /** Where somebody else may write bytes down, to be kept by `keep`. */
  incomingPath(): string
  /** Puts the bytes in their place, then writes the row that names them: no removal gets in between. */
  keep<T>(received: Received, write: () => Promise<T>): Promise<T>
  /** Removes bytes of which `isKept` says that no row names them any more. */
  removeUnused(sha256: string): Promise<void>
  /** Removes what nobody names and what an upload left behind that was cut off. Answers how many. */
  sweep(): Promise<number>
  pathOf(sha256: string): string
}

export interface ShelfParts {
  /** Absolute; made where it is missing. */
  dir: string
  isKept: (sha256: string) => Promise<boolean>
}

/** An upload under way is younger than this. */
const LEFT_BEHIND_MS = 3_600_000

export function createShelf({ dir, isKept }: ShelfParts): Shelf {
  const incoming = join(dir, 'incoming')
  mkdirSync(incoming, { recursive: true, mode: 0o700 })
  const turns = new Map<string, Promise<unknown>>()
  const folderOf = (sha256: string) => join(dir, sha256.slice(0, 2))
  const pathOf = (sha256: string) => join(folderOf(sha256), sha256)

  /** One at a time for the same bytes: who keeps them and who removes them must not cross. */
  function inTurn<T>(sha256: string, work: () => Promise<T>): Promise<T> {
    const before = turns.get(sha256) ?? Promise.resolve()
    const mine = before.catch(() => {}).then(work)
    turns.set(sha256, mine)
    const over = () => {
      if (turns.get(sha256) === mine) turns.delete(sha256)
    }
    mine.then(over, over)
    return mine
  }

  async function removeUnused(sha256: string): Promise<boolean> {
    return inTurn(sha256, async () => {
      if (await isKept(sha256)) return false
      await rm(pathOf(sha256), { force: true })
      return true
    })
  }

  return {
    pathOf,
    incomingPath: () => join(incoming, randomUUID()),

    async receive(bytes, maxBytes) {
      const path = join(incoming, randomUUID())
      const hash = createHash('sha256')
      let sizeBytes = 0
      const file = await open(path, 'wx', 0o600)
      try {
        for await (const part of bytes) {
          sizeBytes += part.byteLength
          if (sizeBytes > maxBytes) throw tooLarge(maxBytes)
          hash.update(part)
          await file.writeFile(part)
        }
        await file.sync()
      } catch (error) {
        await rm(path, { force: true })
        throw error
      } finally {
        await file.close()
      }
      return { path, sha256: hash.digest('hex'), sizeBytes }
    },

    drop: ({ path }) => rm(path, { force: true }),

    keep: ({ path, sha256 }, write) =>
      inTurn(sha256, async () => {
        const place = pathOf(sha256)
        try {
          mkdirSync(folderOf(sha256), { recursive: true, mode: 0o700 })
          await rename(path, place)
        } catch (error) {
          await rm(path, { force: true })
          throw error
        }
        return write()
      }),

    async removeUnused(sha256) {
      await removeUnused(sha256)
    },

    async sweep() {
      const now = new Date()
      let removed = 0
      for (const name of await readdir(incoming)) {
        if (!(await isOld(join(incoming, name), now))) continue
        await rm(join(incoming, name), { force: true })
        removed++
      }
      for (const folder of readdirSync(dir).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
        for (const sha256 of await readdir(join(dir, folder))) {
          const path = join(dir, folder, sha256)
          if (!(await isOld(path, now)) || !(await removeUnused(sha256))) continue
          removed++
        }
      }
      return removed
    },
  }
}

async function isOld(path: string, now: Date): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found !== null && now.getTime() - found.mtimeMs > LEFT_BEHIND_MS
}

export function tooLarge(maxBytes: number): Problem {
  const megabytes = Math.floor(maxBytes / 1_048_576)
  return new Problem(
    'file_too_large',
    `The file is larger than ${megabytes} MB, the most that is taken here.`,
    {
      fields: { max_bytes: maxBytes },
    },
  )
}
