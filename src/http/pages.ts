// The files of dashboard and documentation as the server answers them: built at start from source, read from inside an
// executable.
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { listProblems } from './problem.ts'

const compressGzip = promisify(gzip)
const compressBrotli = promisify(brotliCompress)

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

/** URL path → file. `/` is the page itself, which answers every path of `web/paths.ts`; below `/docs` lie pages of their own. */
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
  return new Map(
    await Promise.all([...files].map(async ([path, body]) => [path, await page(path, body)] as const)),
  )
}

async function readCarried(carried: Record<string, string>) {
  const read = async ([path, file]: [string, string]) => [path, await Bun.file(file).bytes()] as const
  return new Map(await Promise.all(Object.entries(carried).map(read)))
}

/**
 * In a thread: bundling and styling take a second of one core, and whoever starts meanwhile should not wait for it.
 * Started by its path, so that an executable carries neither it nor UnoCSS.
 */
async function buildFromSource(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const builder = new Worker(new URL('../../web/build-thread.ts', import.meta.url).href)
  return new Promise((resolve, reject) => {
    builder.onmessage = (event: MessageEvent<Map<string, Uint8Array<ArrayBuffer>>>) => {
      resolve(event.data)
      builder.terminate()
    }
    builder.onerror = (event) => reject(new Error(event.message))
    builder.addEventListener('close', () => reject(new Error('the builder ended without a dashboard')))
    builder.postMessage({ problems: listProblems() })
  })
}

async function page(path: string, body: Uint8Array<ArrayBuffer>): Promise<Page> {
  // Pages have no ending.
  const extension = path.includes('.') ? path.slice(path.lastIndexOf('.') + 1) : 'html'
  const [gzip, brotli] = await Promise.all([
    compressGzip(body, { level: 9 }),
    compressBrotli(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  ])
  return {
    body,
    type: types[extension] ?? 'application/octet-stream',
    immutable: path.startsWith('/assets/'),
    gzip: gzip.length < body.length ? new Uint8Array(gzip) : null,
    brotli: brotli.length < body.length ? new Uint8Array(brotli) : null,
  }
}
