// States as people see them: a word, a tone and a sign; the same everywhere.
import type { Account, MessageStatus } from '../api.ts'
import { Icon, type IconName } from './icon.tsx'

export type Tone = 'neutral' | 'good' | 'info' | 'warn' | 'bad'

const accountLooks: Record<Account['state'], [word: string, tone: Tone, moving?: boolean]> = {
  stopped: ['Disconnected', 'neutral'],
  starting: ['Starting', 'info', true],
  qr: ['Waiting for scan', 'info', true],
  pairing: ['Waiting for code', 'info', true],
  syncing: ['Loading chats', 'info', true],
  ready: ['Connected', 'good'],
  reconnecting: ['Reconnecting', 'warn', true],
  action_required: ['Needs you', 'warn'],
  conflict: ['Open elsewhere', 'warn'],
  logged_out: ['Logged out', 'neutral'],
  qr_expired: ['Code expired', 'neutral'],
  failed: ['Not working', 'bad'],
}

export function accountWord(state: Account['state']): string {
  return accountLooks[state]?.[0] ?? state
}

export function accountTone(state: Account['state']): Tone {
  return accountLooks[state]?.[1] ?? 'neutral'
}

export function AccountState({ state }: { state: Account['state'] }) {
  const [word, tone, moving] = accountLooks[state] ?? [state, 'neutral']
  return (
    <span class={`pill tone-${tone}`} data-state={state}>
      <span class={`w-1.75 h-1.75 rounded-full bg-current ${moving ? 'breathe' : ''}`} />
      {word}
    </span>
  )
}

const messageLooks: Record<MessageStatus, [word: string, tone: Tone, sign: IconName]> = {
  scheduled: ['Scheduled', 'neutral', 'clock'],
  queued: ['Waiting', 'neutral', 'clock'],
  sending: ['Sending', 'info', 'send'],
  sent: ['Sent', 'neutral', 'check'],
  delivered: ['Delivered', 'neutral', 'checks'],
  read: ['Read', 'good', 'checks'],
  played: ['Played', 'good', 'checks'],
  failed: ['Failed', 'bad', 'alert'],
  expired: ['Expired', 'warn', 'clock'],
  cancelled: ['Cancelled', 'neutral', 'stop'],
  uncertain: ['Uncertain', 'warn', 'question'],
  received: ['Received', 'info', 'reply'],
}

export function messageWord(status: MessageStatus): string {
  return messageLooks[status]?.[0] ?? status
}

export function MessageState({ status }: { status: MessageStatus }) {
  const [word, tone, sign] = messageLooks[status] ?? [status, 'neutral', 'info']
  return (
    <span class={`pill tone-${tone}`} data-status={status}>
      <Icon name={sign} size={14} />
      {word}
    </span>
  )
}

/** Only the sign, for inside a bubble. */
export function Ticks({ status }: { status: MessageStatus }) {
  const [word, tone, sign] = messageLooks[status] ?? [status, 'neutral', 'info']
  return (
    <span class={tone === 'neutral' ? 'text-ink-faint' : `text-${tone}`} title={word}>
      <Icon name={sign} size={16} />
    </span>
  )
}
