// A secret of this installation in DATA_DIR: made once, then always the same.
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

/**
 * The file's text, of `make()` where there is none yet; mode 0600. Made whole or not at all: written beside its place
 * and then linked there, never over an existing one.
 */
export function keepSecret(file: string, make: () => string): string {
  const known = read(file)
  if (known) return known
  const beside = `${file}.${process.pid}`
  writeFileSync(beside, make(), { mode: 0o600 })
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
