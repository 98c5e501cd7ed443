// The key that signs tokens: given by the configuration, or made once in DATA_DIR.
import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Made whole or not at all: written beside its place and then linked there, never over an existing one. */
export function readJwtSecret({ jwtSecret, dataDir }: { jwtSecret: string | null; dataDir: string }): string {
  if (jwtSecret) return jwtSecret
  const file = join(dataDir, 'jwt-secret')
  const known = read(file)
  if (known) return known
  const beside = `${file}.${process.pid}`
  writeFileSync(beside, randomBytes(48).toString('base64url'), { mode: 0o600 })
  try {
    linkSync(beside, file)
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  } finally {
    rmSync(beside, { force: true })
  }
  return read(file) as string
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim() || null
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null
    throw error
  }
}
