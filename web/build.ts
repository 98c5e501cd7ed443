// Builds the dashboard: one page, hashed scripts that load on demand, one stylesheet. Runs from source only.
import { fileURLToPath } from 'node:url'
import { createGenerator } from 'unocss'
import { theme } from './theme.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))

/** URL path → content. `/` is the page; everything else that may be cached for ever lies under `/assets/`. */
export async function buildDashboard(): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const [scripts, css] = await Promise.all([buildScripts(), buildStyles()])
  const files = new Map(scripts.files)
  const stylesheet = `/assets/style-${hash(css)}.css`
  files.set(stylesheet, bytes(css))
  const icon = await Bun.file(`${folder}favicon.svg`).text()
  files.set('/favicon.svg', bytes(icon))
  const html = await Bun.file(`${folder}index.html`).text()
  files.set('/', bytes(html.replace('./main.tsx', scripts.entry).replace('./style.css', stylesheet)))
  return files
}

async function buildScripts() {
  const built = await Bun.build({
    entrypoints: [`${folder}main.tsx`],
    target: 'browser',
    format: 'esm',
    splitting: true,
    minify: true,
    publicPath: '/assets/',
    naming: { entry: '[name]-[hash].[ext]', chunk: '[name]-[hash].[ext]', asset: '[name]-[hash].[ext]' },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const files = await Promise.all(
    built.outputs.map(
      async (file) => [assetPath(file.path), new Uint8Array(await file.arrayBuffer())] as const,
    ),
  )
  const entry = built.outputs.find((file) => file.kind === 'entry-point')
  return { files, entry: assetPath(entry?.path ?? '') }
}

/** Only class names that stand in the screens are made, so unused rules never travel. */
async function buildStyles() {
  const uno = await createGenerator(theme)
  const words = new Set<string>()
  for await (const name of new Bun.Glob('**/*.tsx').scan(folder)) {
    await uno.applyExtractors(await Bun.file(folder + name).text(), name, words)
  }
  const { css } = await uno.generate(new Set([...words].filter(mayBeClass)), { minify: true })
  return css
}

/** Most words of a source are code. Trying each of them as a class takes longer than all the rest of the build. */
function mayBeClass(word: string) {
  const outside = word.replace(/\[.*\]/, '')
  return /^-?[a-z]/.test(outside) && !/[A-Z(){};=,'"<>?]/.test(outside) && !/^[a-z]+\.[a-z.]+/.test(outside)
}

function assetPath(output: string) {
  return `/assets/${output.slice(output.lastIndexOf('/') + 1)}`
}

function hash(text: string) {
  return Bun.hash(text).toString(36)
}

function bytes(text: string) {
  return new TextEncoder().encode(text)
}
