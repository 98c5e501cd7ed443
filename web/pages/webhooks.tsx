// Webhooks: where programs are told what happens, and how each of them does.
import { useEffect, useState } from 'preact/hooks'
import { useLocation } from 'preact-iso/router'
import type { Webhook } from '../calls/webhooks.ts'
import { useDesk } from '../desk.ts'
import { paths } from '../paths.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Empty, ProblemNote, Skeleton } from '../ui/feedback.tsx'
import { Icon } from '../ui/icon.tsx'
import { Page } from '../ui/shell.tsx'
import { WebhookForm } from '../ui/webhook-form.tsx'
import { eventsSentence, troubleSentence } from '../webhook-words.ts'

export default function Webhooks() {
  const { webhooks } = useDesk()
  const { route } = useLocation()
  const [adding, setAdding] = useState(false)
  useEffect(() => void webhooks.load(), [])

  const list = webhooks.items.value
  const button = (
    <button type="button" class="btn-primary" onClick={() => setAdding(true)}>
      <Icon name="plus" size={18} />
      New webhook
    </button>
  )
  return (
    <Page
      title="Webhooks"
      lead="Your own programs are told what happens, as it happens."
      action={list?.length ? button : null}
    >
      <ProblemNote problem={webhooks.problem.value} retry={webhooks.load} />
      {list === null ? (
        !webhooks.problem.value && <Skeleton rows={2} height={76} />
      ) : list.length === 0 ? (
        <div class="card">
          <Empty icon="hook" title="No webhook yet" action={button}>
            Give an address of yours, and each message that comes in or changes its status is posted there,
            signed.
          </Empty>
        </div>
      ) : (
        <ul class="card overflow-hidden">
          {list.map((webhook) => (
            <li key={webhook.id}>
              <WebhookRow webhook={webhook} />
            </li>
          ))}
        </ul>
      )}
      {adding && (
        <Dialog title="New webhook" onClose={() => setAdding(false)}>
          <WebhookForm
            verb="Create webhook"
            submit={async (form) => route(`${paths.webhooks}/${await webhooks.create(form)}`)}
            onClose={() => setAdding(false)}
          />
        </Dialog>
      )}
    </Page>
  )
}

function WebhookRow({ webhook }: { webhook: Webhook }) {
  const trouble = troubleSentence(webhook)
  return (
    <a class="list-row" href={`${paths.webhooks}/${webhook.id}`}>
      <span class={`avatar ${trouble ? 'tone-warn' : 'tone-good'}`} aria-hidden="true">
        <Icon name="hook" />
      </span>
      <span class="flex-1 min-w-0">
        <span class="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span class="font-semibold truncate">{webhook.name || new URL(webhook.url).host}</span>
          {!webhook.enabled && <span class="pill tone-warn">Off</span>}
        </span>
        <span class="block code text-ink-soft truncate">{webhook.url}</span>
        <span class="block hint">{trouble ?? eventsSentence(webhook)}</span>
        {webhook.waiting > 0 && (
          <span class="block text-xs text-ink-faint num">
            {webhook.waiting} {webhook.waiting === 1 ? 'delivery waits' : 'deliveries wait'}
          </span>
        )}
      </span>
      <Icon name="right" class="text-ink-faint" />
    </a>
  )
}
