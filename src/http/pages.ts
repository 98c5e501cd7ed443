// The dashboard's files as the server answers them: built at start from source, read from inside an executable.
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

/** One file of the dashboard. `gzip` and `brotli` hold the same content compressed, or null where that saves nothing. */
export interface Page {
  body: Uint8Array<ArrayBuffer>
  /** Content-Type, with the charset where there is one. */
  type: string
  /** The name carries a hash of the content, so it may be cached for ever. */
  immutable: boolean
  gzip: Uint8Array<ArrayBuffer> | null
  brotli: Uint8Array<ArrayBuffer> | null
}

/** URL path → file. `/` is the page itself, which answers every path of `web/paths.ts`. */
export type Pages = Map<string, Page>

const types: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  webmanifest: 'application/manifest+json',
}

/**
 * All files of the dashboard, compressed beside the plain form.
 * @param carried `carried.pages` of an executable (URL path → path to read); absent or null: build from source.
 */
export async function buildPages(carried: Record<string, string> | null = null): Promise<Pages> {
  const files = carried ? await readCarried(carried) : await buildFromSource()
  return new Map([...files].map(([path, body]) => [path, page(path, body)]))
}

async function readCarried(carried: Record<string, string>) {
  const read = async ([path, file]: [string, string]) => [path, await Bun.file(file).bytes()] as const
  return new Map(await Promise.all(Object.entries(carried).map(read)))
}

/** The builder is started by its path, so that an executable carries neither it nor UnoCSS. */
async function buildFromSource(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const builder = new URL('../../web/build.ts', import.meta.url).href
  const { buildDashboard } = await import(builder)
  return buildDashboard()
}

function page(path: string, body: Uint8Array<ArrayBuffer>): Page {
  const extension = path === '/' ? 'html' : path.slice(path.lastIndexOf('.') + 1)
  const gzip = gzipSync(body, { level: 9 })
  const brotli = brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
  return {
    body,
    type: types[extension] ?? 'application/octet-stream',
    immutable: path.startsWith('/assets/'),
    gzip: gzip.length < body.length ? new Uint8Array(gzip) : null,
    brotli: brotli.length < body.length ? new Uint8Array(brotli) : null,
  }
}
