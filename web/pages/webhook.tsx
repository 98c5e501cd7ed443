// One webhook: whether it is on, its secret, a test, and what was sent there.
import { useEffect, useState } from 'preact/hooks'
import { useLocation, useRoute } from 'preact-iso/router'
import type { Webhook as Values } from '../calls/webhooks.ts'
import { useDesk } from '../desk.ts'
import { relativeTime } from '../format.ts'
import { paths } from '../paths.ts'
import { CopyBox } from '../ui/copy.tsx'
import { Deliveries } from '../ui/deliveries.tsx'
import { Confirm, Dialog, useAction } from '../ui/dialog.tsx'
import { Empty, Note, ProblemNote, Skeleton } from '../ui/feedback.tsx'
import { Switch } from '../ui/field.tsx'
import { Icon } from '../ui/icon.tsx'
import { Page } from '../ui/shell.tsx'
import { TryWebhook } from '../ui/try-webhook.tsx'
import { WebhookForm } from '../ui/webhook-form.tsx'
import { eventsSentence, troubleSentence } from '../webhook-words.ts'

export default function Webhook() {
  const { webhooks } = useDesk()
  const id = useRoute().params.id ?? ''
  useEffect(() => {
    void webhooks.find(id)
    return webhooks.putAway
  }, [id])
  const webhook = webhooks.open.value
  const problem = webhooks.openProblem.value
  if (problem?.code === 'webhook_not_found') return <NotFound />
  if (!webhook || webhook.id !== id) {
    return (
      <Page title="Webhook">
        {problem ? (
          <ProblemNote problem={problem} retry={() => webhooks.find(id)} />
        ) : (
          <Skeleton rows={3} height={100} />
        )}
      </Page>
    )
  }
  return (
    <Page title={webhook.name || new URL(webhook.url).host} lead={webhook.url}>
      <Secret webhook={webhook} />
      <div class="grid lg:grid-cols-2 gap-6 items-start">
        <About webhook={webhook} />
        <TryWebhook webhook={webhook} />
      </div>
      <Deliveries webhook={webhook} />
    </Page>
  )
}

function NotFound() {
  return (
    <Page title="No such webhook">
      <div class="card">
        <Empty
          icon="hook"
          title="It is not here"
          action={
            <a href={paths.webhooks} class="btn-plain">
              Show your webhooks
            </a>
          }
        >
          It was removed, or this address is not complete.
        </Empty>
      </div>
    </Page>
  )
}

function Secret({ webhook }: { webhook: Values }) {
  const { webhooks } = useDesk()
  const made = webhooks.secret.value
  if (made?.webhookId !== webhook.id) return null
  return (
    <section class="card-pad stack gap-4 fresh" aria-labelledby="secret-title">
      <h2 id="secret-title" class="section-title">
        Its secret
      </h2>
      <p class="lead">
        Copy it now: it is not shown again. With it your program checks that a call comes from here, with any
        Standard Webhooks library.
      </p>
      <CopyBox text={made.secret} label="Copy secret" />
    </section>
  )
}

function About({ webhook }: { webhook: Values }) {
  const { webhooks, notices } = useDesk()
  const { route } = useLocation()
  const [open, setOpen] = useState<'change' | 'secret' | 'removal' | null>(null)
  const { busy, problem, run } = useAction()
  const close = () => setOpen(null)
  const trouble = troubleSentence(webhook)

  async function turn(enabled: boolean) {
    const words = enabled ? 'On: what happens from now on is sent.' : 'Off: nothing is sent there.'
    if (await run(() => webhooks.update(webhook.id, { enabled }))) notices.say(words)
  }
  return (
    <section class="card-pad stack gap-4" aria-labelledby="webhook-about">
      <h2 id="webhook-about" class="section-title">
        What it does
      </h2>
      {trouble && (
        <Note tone="warn" icon="alert">
          {trouble}
        </Note>
      )}
      <dl class="facts">
        <dt>Is told</dt>
        <dd class="break-words">{eventsSentence(webhook)}</dd>
        <dt>Accounts</dt>
        <dd class="num">{webhook.account_ids ? `${webhook.account_ids.length} of yours` : 'All of yours'}</dd>
        <dt>Waiting</dt>
        <dd class="num">{webhook.waiting}</dd>
        {webhook.old_secret_until && (
          <>
            <dt>Old secret</dt>
            <dd class="num">signs too, and ends {relativeTime(webhook.old_secret_until)}</dd>
          </>
        )}
      </dl>
      <Switch
        label="On"
        hint="Off, nothing is sent; what happens meanwhile can be sent later."
        checked={webhook.enabled}
        disabled={busy}
        onChange={turn}
      />
      <ProblemNote problem={problem} />
      <div class="flex flex-wrap gap-2">
        <button type="button" class="btn-plain" onClick={() => setOpen('change')}>
          <Icon name="pen" size={18} />
          Change
        </button>
        <button type="button" class="btn-plain" onClick={() => setOpen('secret')}>
          New secret
        </button>
        <button type="button" class="btn-danger" onClick={() => setOpen('removal')}>
          Remove
        </button>
      </div>
      {open === 'change' && (
        <Dialog title="Change the webhook" onClose={close}>
          <WebhookForm
            verb="Save"
            known={webhook}
            submit={(form) => webhooks.update(webhook.id, form)}
            onClose={close}
          />
        </Dialog>
      )}
      {open === 'secret' && (
        <Confirm
          title="Make a new secret?"
          verb="Make it"
          otherwise="Cancel"
          onClose={close}
          act={() => webhooks.rotate(webhook.id)}
        >
          For 24 hours each call is signed with both, so that you can change your program in between.
        </Confirm>
      )}
      {open === 'removal' && (
        <Confirm
          title="Remove this webhook?"
          verb="Remove it"
          danger
          onClose={close}
          act={async () => {
            await webhooks.remove(webhook.id)
            notices.say('Webhook removed.')
            route(paths.webhooks)
          }}
        >
          Nothing more is sent there, and what waits is dropped with its history. This cannot be undone.
        </Confirm>
      )}
    </section>
  )
}
