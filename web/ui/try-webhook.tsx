// Sends a test to a webhook and shows what its receiver answers.
import { useState } from 'preact/hooks'
import type { Webhook, WebhookTest } from '../calls/webhooks.ts'
import { useDesk } from '../desk.ts'
import { trySentence } from '../webhook-words.ts'
import { useAction } from './dialog.tsx'
import { Note, ProblemNote } from './feedback.tsx'

export function TryWebhook({ webhook }: { webhook: Webhook }) {
  const { webhooks } = useDesk()
  const [outcome, setOutcome] = useState<WebhookTest | null>(null)
  const { busy, problem, run } = useAction()
  return (
    <section class="card-pad stack gap-4" aria-labelledby="try-title">
      <h2 id="try-title" class="section-title">
        Try it
      </h2>
      <p class="text-sm text-ink-soft">
        A <code class="code">webhook.test</code> is sent there now, once, and its answer is shown here. It
        stands in no history.
      </p>
      <button
        type="button"
        class="btn-plain self-start"
        disabled={busy}
        onClick={() => run(async () => setOutcome(await webhooks.test(webhook.id)))}
      >
        {busy ? 'Waiting for the answer…' : 'Send a test'}
      </button>
      <ProblemNote problem={problem} />
      <div role="status">{outcome && !busy && <Outcome outcome={outcome} />}</div>
    </section>
  )
}

function Outcome({ outcome }: { outcome: WebhookTest }) {
  return (
    <div class="stack gap-3">
      <Note tone={outcome.ok ? 'good' : 'bad'} icon={outcome.ok ? 'check' : 'alert'}>
        {trySentence(outcome)} <span class="num">{Math.round(outcome.ms)} ms.</span>
      </Note>
      {outcome.answer && <pre class="code-block">{outcome.answer}</pre>}
    </div>
  )
}
