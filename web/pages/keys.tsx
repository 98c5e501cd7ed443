// API keys: make one, see it once, copy a call that works, take one back.
import { useEffect, useState } from 'preact/hooks'
import type { ApiKey } from '../api.ts'
import { useDesk } from '../desk.ts'
import { fullTime, relativeTime } from '../format.ts'
import { docsRoot } from '../paths.ts'
import { accountName } from '../ui/account-bits.tsx'
import { Confirm } from '../ui/dialog.tsx'
import { Empty, ProblemNote, Skeleton } from '../ui/feedback.tsx'
import { Icon } from '../ui/icon.tsx'
import { FreshKey, KeyExamples } from '../ui/key-examples.tsx'
import { NewKey } from '../ui/new-key.tsx'
import { Page } from '../ui/shell.tsx'

export default function Keys() {
  const { accounts, keys } = useDesk()
  const [adding, setAdding] = useState(false)
  useEffect(() => {
    void keys.load()
    void accounts.load()
    return keys.putAway
  }, [])

  const list = keys.items.value
  const button = (
    <button type="button" class="btn-primary" onClick={() => setAdding(true)}>
      <Icon name="plus" size={18} />
      New key
    </button>
  )
  return (
    <Page
      title="API keys"
      lead="A key lets a program act in your name, as far as you let it."
      action={list?.length ? button : null}
    >
      <ProblemNote problem={keys.problem.value} retry={keys.load} />
      {keys.fresh.value && <FreshKey made={keys.fresh.value} />}
      {list === null ? (
        !keys.problem.value && <Skeleton rows={2} height={76} />
      ) : list.length === 0 ? (
        <div class="card">
          <Empty icon="key" title="No key yet" action={button}>
            Make one for each program. You can take it back at any time without touching the others.
          </Empty>
        </div>
      ) : (
        <ul class="card overflow-hidden">
          {list.map((key) => (
            <li key={key.id}>
              <KeyRow apiKey={key} />
            </li>
          ))}
        </ul>
      )}
      {list && list.length > 0 && !keys.fresh.value && (
        <section class="card-pad stack gap-4" aria-labelledby="examples-title">
          <h2 id="examples-title" class="section-title">
            How to call it
          </h2>
          <KeyExamples secret={null} />
          <p class="hint">
            Files, webhooks, errors and the rest: <a href={docsRoot}>the documentation</a>.
          </p>
        </section>
      )}
      {adding && <NewKey onClose={() => setAdding(false)} />}
    </Page>
  )
}

function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const { accounts, keys, notices } = useDesk()
  const [asking, setAsking] = useState(false)
  const only = apiKey.account_ids?.map((id) => accountName(accounts.find(id))).join(', ')
  const over = apiKey.expires_at !== null && new Date(apiKey.expires_at) < new Date()
  return (
    <div class="list-row">
      <span class={`avatar ${over ? 'tone-warn' : 'tone-good'}`}>
        <Icon name="key" />
      </span>
      <div class="flex-1 min-w-0">
        <p class="font-semibold truncate">{apiKey.name}</p>
        <p class="flex flex-wrap gap-x-3 text-sm text-ink-soft">
          <code class="code">{apiKey.prefix}…</code>
          <span>may {apiKey.scopes.join(', ')}</span>
          {only && <span>only {only}</span>}
          {apiKey.expires_at && (
            <span title={fullTime(apiKey.expires_at)}>
              {over ? 'expired' : 'expires'} {relativeTime(apiKey.expires_at)}
            </span>
          )}
        </p>
        <p class="hint">{apiKey.last_used_at ? `Used ${relativeTime(apiKey.last_used_at)}` : 'Never used'}</p>
      </div>
      <button
        type="button"
        class="btn-icon"
        aria-label={`Delete the key ${apiKey.name}`}
        onClick={() => setAsking(true)}
      >
        <Icon name="trash" />
      </button>
      {asking && (
        <Confirm
          title={`Delete ${apiKey.name}?`}
          verb="Delete key"
          danger
          onClose={() => setAsking(false)}
          act={async () => {
            await keys.remove(apiKey.id)
            notices.say('Key deleted. Nothing can use it any more.')
          }}
        >
          Every program that uses it is refused from now on. This cannot be undone.
        </Confirm>
      )}
    </div>
  )
}
