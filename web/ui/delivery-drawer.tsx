// One delivery to a webhook: what was sent, and what came of each try.
import { useEffect, useState } from 'preact/hooks'
import { type ApiProblem, asProblem } from '../api.ts'
import type { DeliveryDetail, Webhook } from '../calls/webhooks.ts'
import { useDesk } from '../desk.ts'
import { fullTime } from '../format.ts'
import { trySentence } from '../webhook-words.ts'
import { DeliverySign } from './delivery-sign.tsx'
import { Dialog, useAction } from './dialog.tsx'
import { ProblemNote, Skeleton } from './feedback.tsx'

interface DeliveryDrawerProps {
  webhook: Webhook
  eventId: string
  onClose: () => void
}

export function DeliveryDrawer({ webhook, eventId, onClose }: DeliveryDrawerProps) {
  const { webhooks } = useDesk()
  const [detail, setDetail] = useState<DeliveryDetail | null>(null)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  async function look() {
    try {
      setDetail(await webhooks.findDelivery(webhook.id, eventId))
      setProblem(null)
    } catch (error) {
      setProblem(asProblem(error))
    }
  }
  // Again whenever its row in the list changes: a try was made.
  const row = webhooks.deliveries.items.value?.find((delivery) => delivery.event_id === eventId)
  useEffect(() => void look(), [row?.status, row?.tries])
  return (
    <Dialog title="Delivery" kind="drawer" onClose={onClose}>
      <ProblemNote problem={problem} retry={look} />
      {detail ? <Detail webhook={webhook} detail={detail} look={look} /> : !problem && <Skeleton rows={3} />}
    </Dialog>
  )
}

interface DetailProps {
  webhook: Webhook
  detail: DeliveryDetail
  look: () => Promise<void>
}

function Detail({ webhook, detail, look }: DetailProps) {
  const { webhooks, notices } = useDesk()
  const { busy, problem, run } = useAction()
  async function act(verb: () => Promise<void>, words: string) {
    if (await run(verb)) notices.say(words)
    await look()
  }
  return (
    <>
      <div class="flex flex-wrap items-center gap-3" role="status">
        <DeliverySign delivery={detail} />
        <code class="code font-semibold break-all">{detail.type}</code>
      </div>
      <ol class="timeline" aria-label="Tries">
        {detail.log.map((one) => (
          <li key={one.at}>
            <span class="block text-sm font-semibold">{trySentence(one)}</span>
            <span class="block text-xs text-ink-faint num">
              {fullTime(one.at)} · {Math.round(one.ms)} ms
            </span>
            {one.answer && <pre class="code-block mt-2">{one.answer}</pre>}
          </li>
        ))}
        {detail.status === 'waiting' && (
          <li>
            <span class="block text-sm font-semibold">
              {detail.next_try_at ? `Next try ${fullTime(detail.next_try_at)}` : 'Waits for those before it'}
            </span>
          </li>
        )}
      </ol>
      {detail.body && (
        <section class="stack gap-2" aria-labelledby="body-title">
          <h3 id="body-title" class="overline">
            What was sent
          </h3>
          <pre class="code-block">{pretty(detail.body)}</pre>
        </section>
      )}
      <ProblemNote problem={problem} />
      <div class="flex flex-wrap gap-2">
        <button
          type="button"
          class="btn-plain"
          disabled={busy}
          onClick={() => act(() => webhooks.redeliver(webhook.id, detail.event_id), 'It is sent once more.')}
        >
          {detail.status === 'waiting' ? 'Try now' : 'Send once more'}
        </button>
        {detail.status === 'waiting' && (
          <button
            type="button"
            class="btn-danger"
            disabled={busy}
            onClick={() =>
              act(() => webhooks.cancel(webhook.id, detail.event_id), 'Given up; those behind it go on.')
            }
          >
            Give up
          </button>
        )}
      </div>
    </>
  )
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
  } catch {
    return json
  }
}
