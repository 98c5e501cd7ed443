// One call of the API in the documentation: folded to a line, unfolded to everything about it.
import type { DocumentedCall, Field } from '../stores/api-document.ts'
import { CopyBox } from './copy.tsx'

const tones: Record<string, string> = {
  GET: 'tone-info',
  POST: 'tone-good',
  PUT: 'tone-warn',
  PATCH: 'tone-warn',
  DELETE: 'tone-bad',
}

export function Call({ call }: { call: DocumentedCall }) {
  return (
    <details id={call.id} class="shadow-[0_1px_0_var(--line)]">
      <summary class="flex flex-wrap items-center gap-x-3 gap-y-1 px-5 py-3 min-h-11 cursor-pointer">
        <span class={`pill ${tones[call.method] ?? 'tone-neutral'} w-16 justify-center`}>{call.method}</span>
        <code class="code font-semibold break-all">{call.path}</code>
        <span class="text-sm text-ink-soft">{call.summary}</span>
      </summary>
      <div class="stack gap-4 px-5 pb-5">
        {call.description && <p class="lead">{call.description}</p>}
        <CopyBox text={example(call)} label="Copy" />
        <Fields title="Parameters" list={call.parameters} />
        <Fields title="Body (JSON)" list={call.body} />
        {call.answer && <Fields title={`Answer ${call.answer.status}`} list={call.answer.fields} answer />}
        {call.failures.length > 0 && <p class="hint">Can fail with {call.failures.join(', ')}.</p>}
      </div>
    </details>
  )
}

function Fields({ title, list, answer = false }: { title: string; list: Field[]; answer?: boolean }) {
  if (list.length === 0) return null
  return (
    <div class="stack gap-1">
      <h3 class="overline">{title}</h3>
      <dl class="m-0 stack">
        {list.map((field) => (
          <div key={field.name} class="sm:grid sm:grid-cols-[200px_minmax(0,1fr)] gap-4 py-1.5 text-sm">
            <dt>
              <code class="code">{field.name}</code>
              {field.required && !answer && <span class="text-bad"> required</span>}
            </dt>
            <dd class="m-0 text-ink-soft">
              {field.kind}
              {field.description && <span class="block text-ink-faint">{field.description}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

function example({ method, path, open, body }: DocumentedCall): string {
  const parts = [`curl ${method === 'GET' ? '' : `-X ${method} `}'${location.origin}${path}'`]
  if (!open) parts.push(`-H 'Authorization: Bearer bw_…'`)
  const needed = body.filter((field) => field.required)
  if (body.length > 0) {
    const json = JSON.stringify(Object.fromEntries(needed.map((field) => [field.name, sample(field)])))
    parts.push(`-H 'Content-Type: application/json'`, `-d '${json}'`)
  }
  return parts.join(' ')
}

function sample({ name, kind }: Field): unknown {
  if (name === 'number') return '+919876543210'
  if (kind.startsWith('number')) return 1
  if (kind.startsWith('one of: ')) return kind.slice(8).split(', ')[0]
  return kind === 'true or false' ? true : '…'
}
