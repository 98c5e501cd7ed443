// The frame around every page of the documentation: where one can go, and nothing that needs a script.
import type { Page } from './markdown.ts'
import { docsPath } from './pages.ts'

export interface Files {
  stylesheet: string
  script: string
}

/** Shapes of its own; colours and the rest are the dashboard's. */
export const style = `
.docs { display: grid; grid-template-columns: 264px minmax(0, 1fr); min-height: 100dvh; }
.docs-side { position: sticky; top: 0; height: 100dvh; overflow-y: auto; padding: 16px; box-shadow: 1px 0 0 var(--line); }
.docs-brand { display: flex; align-items: center; gap: 10px; padding: 12px 8px; margin-bottom: 8px; color: var(--ink); text-decoration: none; border-radius: 12px; font: 700 18px/26px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Open Sans", sans-serif; }
.docs-nav .nav-item { min-height: 40px; }
.docs-nav ul ul { padding: 2px 0 8px 24px; }
.docs-nav ul ul a { display: block; padding: 6px 12px; border-radius: 10px; color: var(--ink-soft); font-size: 13.5px; line-height: 20px; text-decoration: none; }
.docs-nav ul ul a:hover { color: var(--ink); background: color-mix(in srgb, var(--ink) 5%, transparent); }
.docs-away { margin-top: 12px; padding-top: 12px; box-shadow: 0 -1px 0 var(--line); }
.docs-menu { display: none; }
.prose { width: 100%; max-width: 820px; margin: 0 auto; padding: 40px 32px 64px; outline: none; overflow-wrap: break-word; }
.prose h1 { font-size: 29px; line-height: 36px; font-weight: 600; letter-spacing: -.025em; }
.prose h2 { margin: 44px 0 12px; font-size: 21px; line-height: 28px; font-weight: 600; letter-spacing: -.02em; }
.prose h3 { margin: 28px 0 8px; font-size: 16.5px; line-height: 24px; font-weight: 600; }
.prose h2 a, .prose h3 a { color: inherit; text-decoration: none; }
.prose h2 a:hover::after, .prose h3 a:hover::after { content: " #"; color: var(--ink-faint); }
.prose h2, .prose h3, .prose tr { scroll-margin-top: 24px; }
.prose p, .prose ul, .prose ol { margin: 12px 0; }
.prose h1 + p { font-size: 17px; line-height: 27px; color: var(--ink-soft); }
.prose ul { list-style: disc; } .prose ol { list-style: decimal; }
.prose ul, .prose ol { padding-left: 24px; } .prose li { margin: 6px 0; } .prose li::marker { color: var(--ink-faint); }
.prose :not(pre) > code { padding: 2px 5px; border-radius: 6px; background: var(--sunken); box-shadow: inset 0 0 0 1px var(--line); font-size: 13.5px; overflow-wrap: anywhere; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
.prose a > code { padding: 0; background: none; box-shadow: none; color: inherit; }
.prose h1 code, .prose h2 code, .prose h3 code { font-size: .92em; }
.prose blockquote { margin: 16px 0; padding: 4px 18px; border-radius: 12px; background: var(--accent-soft); color: var(--good); }
.prose blockquote a { color: inherit; }
.example { position: relative; margin: 14px 0; }
.example .code-block { min-height: 53px; padding-right: 84px; }
.example .code-block { box-shadow: inset 0 0 0 1px rgb(255 255 255 / .06); }
.answer { margin: -4px 0 14px; }
.answer .code-block { background: var(--sunken); box-shadow: inset 0 0 0 1px var(--line); color: var(--ink-soft); }
.example button { position: absolute; top: 8px; right: 8px; min-width: 64px; min-height: 36px; padding: 0 12px; border-radius: 9px; background: #1d3129; color: #d5efe3; font-size: 13px; font-weight: 550; text-align: center; }
.example button:hover { background: #28443a; }
.wide { margin: 14px 0; overflow-x: auto; border-radius: 14px; background: var(--surface); box-shadow: var(--shadow-card); }
.wide table { width: 100%; border-collapse: collapse; font-size: 14px; line-height: 21px; }
.wide th, .wide td { padding: 9px 16px; text-align: left; vertical-align: top; }
.wide th { color: var(--ink-soft); font-weight: 600; }
.wide tbody tr { box-shadow: 0 -1px 0 var(--line); } .wide tr:target { background: var(--accent-soft); }
.docs-foot { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 56px; }
.docs-foot a { flex: 1 1 220px; padding: 14px 18px; border-radius: 14px; background: var(--surface); box-shadow: var(--shadow-card); color: var(--ink); font-weight: 600; text-decoration: none; }
.docs-foot a:hover { background: var(--sunken); }
.docs-foot span { display: block; color: var(--ink-faint); font-size: 13px; font-weight: 400; }
.docs-foot .next { text-align: right; }
@media (max-width: 799.9px) {
  .docs { display: block; }
  .docs-side { position: static; height: auto; padding: 6px 16px; box-shadow: 0 1px 0 var(--line); }
  .docs-side > .docs-nav { display: none; }
  .docs-brand { margin: 0; padding: 10px 0; }
  .docs-menu { display: block; position: sticky; top: 0; z-index: 20; background: var(--ground); box-shadow: 0 1px 0 var(--line); }
  .docs-menu summary { display: flex; align-items: center; justify-content: space-between; gap: 16px; min-height: 48px; padding: 0 16px; font-weight: 600; cursor: pointer; list-style: none; }
  .docs-menu summary::-webkit-details-marker { display: none; }
  .docs-menu summary span { display: flex; align-items: center; gap: 8px; color: var(--accent); font-size: 14px; }
  .docs-menu summary span::after { content: ""; width: 7px; height: 7px; margin-top: -4px; border: solid currentColor; border-width: 0 2px 2px 0; transform: rotate(45deg); transition: transform .15s; }
  .docs-menu [open] summary span::after { margin-top: 4px; transform: rotate(225deg); }
  .docs-menu details[open] { max-height: 100dvh; overflow-y: auto; } .docs-menu details > ul { margin: 0 8px; padding-bottom: 8px; }
  .docs-menu .nav-item { min-height: 44px; } .docs-menu ul ul a { padding: 10px 12px; }
  .prose { padding: 24px 16px 48px; }
  .prose h1 { font-size: 26px; line-height: 33px; }
  .prose h2, .prose h3, .prose tr { scroll-margin-top: 64px; }
}
`

export function framePage(page: Page, all: Page[], { stylesheet, script }: Files): string {
  const at = all.indexOf(page)
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>${page.title} · BotWave – Smart WhatsApp Automation</title>
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="same-origin">
    <link rel="icon" href="/favicon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="${stylesheet}">
    <script type="module" src="${script}"></script>
  </head>
  <body>
    <a href="#main" class="skip">Skip to the content</a>
    <div class="docs">
      <aside class="docs-side">
        <a href="/" class="docs-brand" aria-label="BotWave, home">
          <img src="/favicon.svg" alt="" width="30" height="30">BotWave
        </a>
        <nav class="docs-nav" aria-label="Documentation">${places(page, all)}</nav>
      </aside>
      <nav class="docs-menu" aria-label="Documentation">
        <details class="docs-nav">
          <summary>${page.title}<span>Menu</span></summary>
          ${places(page, all)}
        </details>
      </nav>
      <main id="main" tabindex="-1" class="prose">
${page.html}
        <nav class="docs-foot" aria-label="Before and after">
          ${step('Before', '', all[at - 1])}
          ${step('Next', 'next', all[at + 1])}
        </nav>
      </main>
    </div>
  </body>
</html>
`
}

function places(page: Page, all: Page[]): string {
  const items = all.map((one) => {
    const here = one === page
    const link = `<a href="${docsPath(one.name)}" class="nav-item"${here ? ' aria-current="page"' : ''}>${one.title}</a>`
    return `<li>${link}${here ? sections(one) : ''}</li>`
  })
  return `<ul>${items.join('')}</ul>
          <ul class="docs-away">
            <li><a href="/api/docs" class="nav-item">Every route and field</a></li>
            <li><a href="/" class="nav-item">The dashboard</a></li>
          </ul>`
}

function sections({ sections }: Page): string {
  if (sections.length === 0) return ''
  return `<ul>${sections.map(({ id, title }) => `<li><a href="#${id}">${title}</a></li>`).join('')}</ul>`
}

function step(word: string, look: string, page: Page | undefined): string {
  return page ? `<a href="${docsPath(page.name)}" class="${look}"><span>${word}</span>${page.title}</a>` : ''
}
