// The documentation's pages in reading order. Each is a Markdown file here and an address below `/docs`.
import { docsRoot } from '../paths.ts'

/** Names of files without `.md`. The first one is `/docs` itself. */
export const docsPages = [
  'index',
  'linking',
  'sending',
  'receiving',
  'webhooks',
  'events',
  'keys',
  'errors',
  'cloud-api',
  'people',
  'deployment',
  'operating',
] as const

/** `sending` → `/docs/sending`. */
export function docsPath(name: string): string {
  return name === docsPages[0] ? docsRoot : `${docsRoot}/${name}`
}
