// One message in full, with its way step by step.
import { useEffect } from 'preact/hooks'
import type { MessageDetail } from '../api.ts'
import { useDesk } from '../desk.ts'
import { fullTime } from '../format.ts'
import { readableNumber } from '../number.ts'
import { paths } from '../paths.ts'
import { accountName } from './account-bits.tsx'
import { CopyButton } from './copy.tsx'
import { Dialog, useAction } from './dialog.tsx'
import { Note, ProblemNote, Skeleton } from './feedback.tsx'
import { needsWords } from './message-bits.tsx'
import { MessageState, messageWord, Ticks } from './status.tsx'

export function MessageDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { messages } = useDesk()
  useEffect(() => {
    void messages.open(id)
    return messages.close
  }, [id])
  const detail = messages.detail.value
  return (
    <Dialog title="Message" kind="drawer" onClose={onClose}>
      <ProblemNote problem={messages.detailProblem.value} retry={() => messages.open(id)} />
      {detail ? <Detail detail={detail} /> : !messages.detailProblem.value && <Skeleton rows={3} />}
    </Dialog>
  )
}

function Detail({ detail }: { detail: MessageDetail }) {
  const { accounts } = useDesk()
  const incoming = detail.direction === 'in'
  return (
    <>
      <div class="flex flex-wrap items-center gap-3" role="status">
        <MessageState status={detail.status} />
        <span class="font-semibold num">
          {incoming ? 'from' : 'to'} {readableNumber(detail.receiver_number)}
        </span>
      </div>
      <div class="chat-ground p-4 stack">
        <div class={`bubble ${incoming ? 'bubble-in' : ''}`}>
          {detail.message_body}
          <div class="bubble-foot num">{!incoming && <Ticks status={detail.status} />}</div>
        </div>
      </div>
      {detail.message && needsWords(detail) && (
        <Note tone={detail.status === 'failed' ? 'bad' : 'warn'} icon="info">
          {detail.message}
        </Note>
      )}
      <section class="stack gap-4" aria-labelledby="timeline-title">
        <h3 id="timeline-title" class="overline">
          Timeline
        </h3>
        <ol class="timeline">
          {detail.timeline.map((step) => (
            <li key={step.status + step.at}>
              <span class="block text-sm font-semibold">{messageWord(step.status)}</span>
              <time class="block text-xs text-ink-faint num" dateTime={step.at}>
                {fullTime(step.at)}
              </time>
            </li>
          ))}
        </ol>
      </section>
      <dl class="facts">
        <dt>Account</dt>
        <dd>{accountName(accounts.find(detail.account_id ?? ''))}</dd>
        <dt>Came from</dt>
        <dd>{sourceWord(detail.source)}</dd>
        {detail.expires_at && ['scheduled', 'queued'].includes(detail.status) && (
          <>
            <dt>Given up</dt>
            <dd class="num">{fullTime(detail.expires_at)}</dd>
          </>
        )}
        <dt>Id</dt>
        <dd class="code break-all">{detail.id}</dd>
      </dl>
      <Actions detail={detail} />
    </>
  )
}

function Actions({ detail }: { detail: MessageDetail }) {
  const { messages, notices } = useDesk()
  const { busy, problem, run } = useAction()
  const waiting = detail.status === 'scheduled' || detail.status === 'queued'
  async function cancel() {
    if (await run(() => messages.cancel(detail.id))) notices.say('Cancelled. It will not be sent.')
  }
  return (
    <div class="stack gap-3">
      <ProblemNote problem={problem} />
      <div class="flex flex-wrap gap-2">
        <CopyButton text={detail.message_body} label="Copy text" />
        {!waiting && (
          <a class="btn-plain" href={`${paths.compose}?number=${encodeURIComponent(detail.receiver_number)}`}>
            {detail.direction === 'in' ? 'Reply' : 'Write again'}
          </a>
        )}
        {waiting && (
          <button type="button" class="btn-danger" disabled={busy} onClick={cancel}>
            Cancel sending
          </button>
        )}
      </div>
    </div>
  )
}

function sourceWord(source: string): string {
  if (source === 'dashboard') return 'Dashboard'
  return source === 'api' ? 'API' : source.replaceAll('_', ' ')
}
