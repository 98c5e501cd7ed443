// An account in a list: its sign, its name, its number, how it is.
import type { Account } from '../api.ts'
import { readableNumber } from '../number.ts'
import { AccountState, accountTone } from './status.tsx'

export function accountName(account: Account | null | undefined): string {
  if (!account) return 'Removed account'
  return account.name || readableNumber(account.phone) || 'New account'
}

export function AccountSign({ account, size = 44 }: { account: Account; size?: number }) {
  const first = [...accountName(account).replace(/^\+/, '')][0] ?? '?'
  return (
    <span
      class={`avatar tone-${accountTone(account.state)}`}
      style={{ width: `${size}px`, height: `${size}px` }}
      aria-hidden="true"
    >
      {first.toUpperCase()}
    </span>
  )
}

/** A row that leads to the account. `sentence`: whether what is wrong is spelled out. */
export function AccountRow({ account, sentence = true }: { account: Account; sentence?: boolean }) {
  const below = account.message && sentence ? account.message : readableNumber(account.phone)
  return (
    <a class="list-row" href={`/accounts/${account.id}`}>
      <AccountSign account={account} />
      <span class="flex-1 min-w-0">
        <span class="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span class="font-semibold truncate">{accountName(account)}</span>
          <AccountState state={account.state} />
        </span>
        {below && <span class="block text-sm text-ink-soft num">{below}</span>}
        {account.queued > 0 && (
          <span class="block text-xs text-ink-faint num">
            {account.queued} {account.queued === 1 ? 'message waits' : 'messages wait'}
          </span>
        )}
      </span>
    </a>
  )
}

/** There is, or soon will be, a code to link it with. */
export function isLinking({ state, linked_at }: Account): boolean {
  return state === 'qr' || state === 'pairing' || (state === 'starting' && linked_at === null)
}

/** The one thing that helps, where it can be done from here: connecting it, in the words of its state. */
export function verbFor({ action, state, linked_at }: Account): string | null {
  if (action === 'take_over') return 'Use WhatsApp here'
  if (action === 'relink') return 'Link again'
  if (action === 'link') return linked_at && state === 'stopped' ? 'Connect' : 'Link with a code'
  if (action === 'open_phone' && state !== 'action_required') return 'Try again'
  return null
}
