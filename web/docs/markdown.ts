// Markdown → HTML of one page: its title, its sections, its links as addresses of the site, its examples to copy.
import { docsPages, docsPath } from './pages.ts'

export interface Page {
  name: string
  /** Of the first heading, as text that may stand in HTML. */
  title: string
  html: string
  sections: { id: string; title: string }[]
}

/**
 * Only this repository's own Markdown: what it says is trusted. `facts` stand where it says `<!-- their name -->`, as
 * HTML made from the code that knows them, so that nothing is written twice.
 */
export function readPage(name: string, markdown: string, facts: Record<string, string>): Page {
  const html = Bun.markdown
    .html(markdown, { headings: true, noHtmlSpans: true })
    .replaceAll(/<!-- (.+?) -->/g, (_, fact: string) => facts[fact] ?? missing(name, fact))
    .replaceAll(/ href="([^"]+)"/g, (_, link: string) => ` href="${address(name, link)}"`)
    .replaceAll(
      /<pre>(<code class="language-(\w+)">.*?)<\/pre>/gs,
      (_, code, language) =>
        `<div class="${ANSWERS.includes(language) ? 'answer' : 'example'}"><pre class="code-block">${code}</pre></div>`,
    )
    // Scrolls inside itself on a phone; by keyboard too.
    .replaceAll(/<table>(.*?)<\/table>/gs, '<div class="wide" tabindex="0"><table>$1</table></div>')
  const [, title] = html.match(/<h1[^>]*><a[^>]*>(.*?)<\/a><\/h1>/) ?? []
  if (!title) throw new Error(`web/docs/${name}.md has no title`)
  const found = html.matchAll(/<h2 id="([^"]+)"><a[^>]*>(.*?)<\/a><\/h2>/g)
  const sections = [...found].map(([, id = '', title = '']) => ({ id, title }))
  // The title needs no link to itself.
  return { name, title, html: html.replace(/(<h1[^>]*>)<a[^>]*>(.*?)<\/a>/, '$1$2'), sections }
}

/** What comes of an example is no example to copy. */
const ANSWERS = ['json', 'text']

/** Files link to files, so that they can be followed in the repository too: `sending.md#files` → `/docs/sending#files`. */
function address(page: string, link: string): string {
  const [, file, anchor = ''] = link.match(/^([\w-]+)\.md(#.*)?$/) ?? []
  if (!file) return link
  if (!docsPages.some((name) => name === file)) throw new Error(`web/docs/${page}.md links to ${link}`)
  return docsPath(file) + anchor
}

function missing(page: string, fact: string): never {
  throw new Error(`web/docs/${page}.md asks for "${fact}", which nobody knows`)
}
