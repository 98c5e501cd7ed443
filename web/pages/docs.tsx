// The API's documentation, drawn from the document that the server makes of its own routes.
import { useEffect, useState } from 'preact/hooks'
import { docsRoot, paths } from '../paths.ts'
import { type ApiDocument, type Chapter, readChapters } from '../stores/api-document.ts'
import { AccessTable } from '../ui/access-table.tsx'
import { Wordmark } from '../ui/brand.tsx'
import { Call } from '../ui/documented-call.tsx'
import { Skeleton } from '../ui/feedback.tsx'

export default function Docs() {
  const [document, setDocument] = useState<ApiDocument | null>(null)
  const [failed, setFailed] = useState(false)
  const load = async () => {
    setFailed(false)
    const answer = await fetch('/api/openapi.json').catch(() => null)
    if (answer?.ok) setDocument(await answer.json())
    else setFailed(true)
  }
  useEffect(() => void load(), [])
  const chapters = document ? readChapters(document) : []

  return (
    <div class="md:grid md:grid-cols-[248px_minmax(0,1fr)] min-h-dvh">
      <aside class="md:sticky md:top-0 md:h-dvh md:overflow-y-auto p-4 shadow-[1px_0_0_var(--line)]">
        <a href={paths.home} class="block px-2 py-3 no-underline rounded" aria-label="BotWave, home">
          <Wordmark />
        </a>
        <nav class="hidden md:flex stack gap-1" aria-label="Chapters">
          {chapters.map(({ title }) => (
            <a key={title} href={`#${anchor(title)}`} class="nav-item">
              {title}
            </a>
          ))}
          {document && (
            <>
              <a href="#access" class="nav-item">
                Who may call what
              </a>
              <a href="#errors" class="nav-item">
                Errors
              </a>
            </>
          )}
        </nav>
      </aside>
      <main class="page-wide stack gap-8">
        <header class="stack gap-2">
          <h1 class="page-title">API</h1>
          <p class="lead">
            Send with an API key as <code class="code">Authorization: Bearer bw_…</code>. Times are UTC in ISO
            8601. Errors are <code class="code">application/problem+json</code>: decide by their{' '}
            <code class="code">code</code>. The same as a file: <a href="/api/openapi.json">openapi.json</a>.
            How to do things with it, step by step: <a href={docsRoot}>the documentation</a>.
          </p>
        </header>
        {failed && (
          <div class="note tone-bad" role="alert">
            <p class="flex-1">The documentation could not be loaded.</p>
            <button type="button" class="btn-quiet text-current!" onClick={load}>
              Try again
            </button>
          </div>
        )}
        {!document && !failed && <Skeleton rows={6} height={72} />}
        {chapters.map((chapter) => (
          <ChapterOf key={chapter.title} chapter={chapter} />
        ))}
        {document?.['x-access'] && <AccessTable rows={document['x-access']} />}
        {document?.['x-problems'] && <Problems list={document['x-problems']} />}
      </main>
    </div>
  )
}

function ChapterOf({ chapter: { title, calls } }: { chapter: Chapter }) {
  return (
    <section class="stack gap-3" aria-labelledby={anchor(title)}>
      <h2 id={anchor(title)} class="section-title">
        {title}
      </h2>
      <div class="card overflow-hidden">
        {calls.map((call) => (
          <Call key={call.id} call={call} />
        ))}
      </div>
    </section>
  )
}

function Problems({ list }: { list: NonNullable<ApiDocument['x-problems']> }) {
  return (
    <section class="stack gap-3" aria-labelledby="errors">
      <h2 id="errors" class="section-title">
        Errors
      </h2>
      <dl class="card-pad m-0 stack">
        {list.map(({ code, status, detail }) => (
          <div key={code} class="sm:grid sm:grid-cols-[260px_minmax(0,1fr)] gap-4 py-1.5 text-sm">
            <dt>
              <span class="num text-ink-faint">{status}</span> <code class="code">{code}</code>
            </dt>
            <dd class="m-0 text-ink-soft">{detail}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function anchor(title: string) {
  return `chapter-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`
}
