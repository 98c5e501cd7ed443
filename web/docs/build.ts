// Builds the documentation: a page of plain HTML for each Markdown file, one stylesheet, one small script. From source only.
import { fileURLToPath } from 'node:url'
import { createGenerator } from 'unocss'
import { base, parts, tokens } from '../base.ts'
import { theme } from '../theme.ts'
import { makeFacts, type Told } from './facts.ts'
import { framePage, style } from './frame.ts'
import { readPage } from './markdown.ts'
import { docsPages, docsPath } from './pages.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))

/** URL path → content, as `buildDashboard` has it. Files of its own, so that the dashboard loads nothing more. */
export async function buildDocs(told: Told): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const facts = makeFacts(told)
  const pages = await Promise.all(
    docsPages.map(async (name) => readPage(name, await Bun.file(`${folder}${name}.md`).text(), facts)),
  )
  const [script, css] = await Promise.all([buildScript(), buildStyle()])
  const stylesheet = `/assets/guide-${Bun.hash(css).toString(36)}.css`
  const files = new Map([
    [script.path, script.content],
    [stylesheet, bytes(css)],
  ])
  for (const page of pages)
    files.set(docsPath(page.name), bytes(framePage(page, pages, { stylesheet, script: script.path })))
  return files
}

async function buildScript() {
  const { outputs } = await Bun.build({
    entrypoints: [`${folder}copy.ts`],
    target: 'browser',
    format: 'esm',
    minify: true,
    naming: 'guide-[hash].[ext]',
  })
  const [file] = outputs
  if (!file) throw new Error('the script of the documentation was not made')
  return {
    path: `/assets/${file.path.slice(file.path.lastIndexOf('/') + 1)}`,
    content: new Uint8Array(await file.arrayBuffer()),
  }
}

/** The dashboard's colours and ground, and the shapes of a page of text; its classes stand in `style` themselves. */
async function buildStyle(): Promise<string> {
  const uno = await createGenerator({
    ...theme,
    safelist: [],
    preflights: [{ getCSS: () => tokens + base + parts + style }],
  })
  const { css } = await uno.generate('', { minify: true })
  return css
}

function bytes(text: string) {
  return new TextEncoder().encode(text)
}
