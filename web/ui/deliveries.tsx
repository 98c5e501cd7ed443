// What was sent to a webhook, newest first, and sending it once more.
import { useEffect, useState } from 'preact/hooks'
import type { Delivery, Webhook } from '../calls/webhooks.ts'
import { useDesk } from '../desk.ts'
import { fullTime, relativeTime, shortTime } from '../format.ts'
import { DELIVERY_STATES, trySentence } from '../webhook-words.ts'
import { DeliveryDrawer } from './delivery-drawer.tsx'
import { DeliverySign } from './delivery-sign.tsx'
import { Dialog, useAction } from './dialog.tsx'
import { Empty, ProblemNote } from './feedback.tsx'
import { Field } from './field.tsx'
import { Choice } from './filters.tsx'
import { PagedList } from './paged-list.tsx'

/** Deliveries are no events of the live line: they are asked for while somebody looks. */
const REFRESH_MS = 4_000

export function Deliveries({ webhook }: { webhook: Webhook }) {
  const { webhooks } = useDesk()
  const [status, setStatus] = useState('')
  const [openId, setOpenId] = useState<string | null>(null)
  const [again, setAgain] = useState(false)
  useEffect(() => {
    void webhooks.deliveries.show(status ? { id: webhook.id, status } : { id: webhook.id })
    const timer = setInterval(() => !document.hidden && webhooks.refresh(), REFRESH_MS)
    return () => clearInterval(timer)
  }, [webhook.id, status])
  return (
    <section class="stack gap-4" aria-labelledby="deliveries-title">
      <div class="flex flex-wrap items-center gap-2.5">
        <h2 id="deliveries-title" class="section-title flex-1">
          Deliveries
        </h2>
        <Choice
          label="Status of deliveries"
          value={status}
          all="Any status"
          options={DELIVERY_STATES.map(([state, word]) => [state, word])}
          set={setStatus}
        />
        <button type="button" class="btn-plain" onClick={() => setAgain(true)}>
          Send again since…
        </button>
      </div>
      <PagedList
        pages={webhooks.deliveries}
        more="deliveries"
        filtered={status !== ''}
        clear={() => setStatus('')}
        none={
          <Empty icon="send" title="Nothing sent yet">
            The next event that it is told shows up here, with every try. Kept for 30 days.
          </Empty>
        }
        keyOf={(delivery) => delivery.event_id}
        row={(delivery) => <Row delivery={delivery} open={() => setOpenId(delivery.event_id)} />}
      />
      {openId && (
        <DeliveryDrawer key={openId} webhook={webhook} eventId={openId} onClose={() => setOpenId(null)} />
      )}
      {again && <SendAgain webhook={webhook} onClose={() => setAgain(false)} />}
    </section>
  )
}

function Row({ delivery, open }: { delivery: Delivery; open: () => void }) {
  const last = delivery.log.at(-1)
  return (
    <button type="button" class="list-row w-full" onClick={open}>
      <span class="flex-1 min-w-0">
        <span class="flex flex-wrap items-center gap-x-3 gap-y-1">
          <code class="code font-semibold break-all">{delivery.type}</code>
          <DeliverySign delivery={delivery} />
        </span>
        <span class="block text-sm text-ink-soft">{last ? trySentence(last) : 'Not tried yet.'}</span>
        <span class="block hint num">
          {delivery.tries} {delivery.tries === 1 ? 'try' : 'tries'}
          {delivery.status === 'waiting' &&
            delivery.next_try_at &&
            ` · next ${relativeTime(delivery.next_try_at)}`}
        </span>
      </span>
      <time
        class="hint num whitespace-nowrap"
        dateTime={delivery.created_at}
        title={fullTime(delivery.created_at)}
      >
        {shortTime(delivery.created_at)}
      </time>
    </button>
  )
}

const HOUR_MS = 3_600_000

function SendAgain({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const { webhooks, notices } = useDesk()
  const [hours, setHours] = useState('24')
  const { busy, problem, run } = useAction()
  async function send(event: Event) {
    event.preventDefault()
    const since = new Date(Date.now() - Number(hours) * HOUR_MS)
    await run(async () => {
      const waiting = await webhooks.redeliverSince(webhook.id, since)
      notices.say(
        waiting === 0
          ? 'Everything was delivered already.'
          : waiting === 1
            ? 'One is sent again.'
            : `${waiting} are sent again.`,
      )
      onClose()
    })
  }
  return (
    <Dialog title="Send again" onClose={onClose}>
      <form class="stack gap-5" onSubmit={send}>
        <p class="lead">
          What your program never took is sent once more, also what happened while the webhook was off. Each
          keeps its id, so a program that saw it knows.
        </p>
        <Field label="Since">
          {(control) => (
            <select {...control} value={hours} onChange={(event) => setHours(event.currentTarget.value)}>
              <option value="1">An hour ago</option>
              <option value="24">A day ago</option>
              <option value="168">A week ago</option>
              <option value="719">30 days ago</option>
            </select>
          )}
        </Field>
        <ProblemNote problem={problem} />
        <footer class="dialog-foot">
          <button type="button" class="btn-plain" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="btn-primary" disabled={busy}>
            Send again
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
