// Media that pages uploaded, or that came with a message for a phone. Kept as files when the servers have a folder.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

export interface Medium {
  bytes: Uint8Array<ArrayBuffer>
  type: string
}

export class MediaStore {
  #media = new Map<string, Medium>()
  #dir: string | null

  constructor(dir: string | null) {
    this.#dir = dir
    if (dir) mkdirSync(dir, { recursive: true })
  }

  /** `name`: the last part of the direct path. */
  async put(name: string, medium: Medium): Promise<void> {
    this.#media.set(name, medium)
    if (!this.#dir) return
    await Bun.write(join(this.#dir, name), medium.bytes)
    await Bun.write(join(this.#dir, `${name}.type`), medium.type)
  }

  async get(name: string): Promise<Medium | null> {
    const known = this.#media.get(name)
    if (known || !this.#dir) return known ?? null
    const file = Bun.file(join(this.#dir, name))
    if (!(await file.exists())) return null
    return { bytes: await file.bytes(), type: await Bun.file(join(this.#dir, `${name}.type`)).text() }
  }

  /** The path a message names, for bytes of our own making. */
  async keep(medium: Medium): Promise<{ directPath: string; filehash: string }> {
    const filehash = new Bun.CryptoHasher('sha256').update(medium.bytes).digest('base64')
    const name = filehash.replaceAll('/', '_').replaceAll('+', '-')
    await this.put(name, medium)
    return { directPath: `/m/${name}`, filehash }
  }
}
