// A new key, shown this once, and calls to copy with everything filled in.
import { useState } from 'preact/hooks'
import type { ApiKey } from '../api.ts'
import { useDesk } from '../desk.ts'
import { CopyBox, CopyButton } from './copy.tsx'
import { Icon } from './icon.tsx'

export function FreshKey({ made }: { made: ApiKey & { key: string } }) {
  const { keys } = useDesk()
  return (
    <section class="card-pad stack gap-5 fresh rise" aria-labelledby="fresh-title">
      <header class="row gap-4">
        <span class="avatar bg-accent text-accent-on">
          <Icon name="check" />
        </span>
        <div class="flex-1 min-w-0">
          <h2 id="fresh-title" class="section-title">
            {made.name} is ready
          </h2>
          <p class="lead">Copy the key now. It is shown this once and kept only as a hash.</p>
        </div>
      </header>
      <CopyBox text={made.key} label="Copy key" />
      <KeyExamples secret={made.key} />
      <button type="button" class="btn-plain self-start" onClick={keys.putAway}>
        I have put it away
      </button>
    </section>
  )
}

type Kind = 'curl' | 'link' | 'javascript'

const kinds: [Kind, string][] = [
  ['curl', 'curl'],
  ['link', 'Web address'],
  ['javascript', 'JavaScript'],
]

/** The recipient filled in is one's own number, so that the first try reaches nobody else. */
export function KeyExamples({ secret }: { secret: string | null }) {
  const { accounts } = useDesk()
  const [kind, setKind] = useState<Kind>('curl')
  const own = accounts.ready.value[0] ?? accounts.items.value?.find((account) => account.phone)
  const number = own?.phone?.replace(/\D/g, '') || '919876543210'
  const text = example(kind, location.origin, secret ?? 'YOUR_KEY', number)
  return (
    <div class="stack gap-3">
      <div class="flex flex-wrap items-center gap-2">
        <fieldset class="flex flex-wrap gap-1 flex-1 min-w-66" aria-label="Way to call">
          {kinds.map(([name, word]) => (
            <button
              key={name}
              type="button"
              class={kind === name ? 'btn-base tone-good px-3.5' : 'btn-quiet px-3.5'}
              aria-pressed={kind === name}
              onClick={() => setKind(name)}
            >
              {word}
            </button>
          ))}
        </fieldset>
        <CopyButton text={text} label="Copy" />
      </div>
      <pre class="code-block">{text}</pre>
      {kind === 'link' && (
        <p class="hint">
          Anyone who sees this address can send with it: histories and proxies keep addresses. Prefer curl's
          way.
        </p>
      )}
    </div>
  )
}

function example(kind: Kind, origin: string, key: string, number: string): string {
  if (kind === 'link') return `${origin}/api/send?api_key=${key}&number=${number}&message=Hello+from+BotWave`
  const body = JSON.stringify({ number, message: 'Hello from BotWave' })
  if (kind === 'curl') {
    return [
      `curl ${origin}/api/messages/send \\`,
      `  -H 'Authorization: Bearer ${key}' \\`,
      `  -H 'Content-Type: application/json' \\`,
      `  -d '${body}'`,
    ].join('\n')
  }
  return [
    `const response = await fetch('${origin}/api/messages/send', {`,
    `  method: 'POST',`,
    `  headers: { Authorization: 'Bearer ${key}', 'Content-Type': 'application/json' },`,
    `  body: JSON.stringify({ number: '${number}', message: 'Hello from BotWave' }),`,
    `})`,
    `console.log(response.status, await response.json())`,
  ].join('\n')
}
