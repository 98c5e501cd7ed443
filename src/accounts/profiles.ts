// Where the browser's profile of each link lies, and how one is taken away.
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Account } from './store.ts'

/** One folder an account and generation: a new link never meets what an old one left. */
export function profileDir(dataDir: string, account: Pick<Account, 'id' | 'generation'>): string {
  return join(dataDir, 'profiles', `${account.id}-${account.generation}`)
}

/** For a link that is over. Aside first: a half-removed profile must never be opened again. */
export async function removeProfile(dir: string): Promise<void> {
  const aside = `${dir}.gone`
  await rename(dir, aside).catch(() => {})
  await rm(aside, { recursive: true, force: true })
}
