// Narrows the history: by words, status, account and direction.
import { useEffect, useId, useState } from 'preact/hooks'
import type { MessageFilter } from '../api.ts'
import { useDesk } from '../desk.ts'
import { accountName } from './account-bits.tsx'
import { Icon } from './icon.tsx'
import { messageWord } from './status.tsx'

const statuses = [
  'scheduled',
  'queued',
  'sending',
  'sent',
  'delivered',
  'read',
  'failed',
  'expired',
  'cancelled',
  'uncertain',
] as const

interface FiltersProps {
  filter: MessageFilter
  change: (filter: MessageFilter) => void
}

export function MessageFilters({ filter, change }: FiltersProps) {
  const { accounts } = useDesk()
  const list = accounts.items.value ?? []
  const set = (part: MessageFilter) => change({ ...filter, ...part })
  const active = Object.keys(filter).length > 0
  return (
    <search class="flex flex-wrap gap-2.5" aria-label="Filter messages">
      <Search value={filter.q ?? ''} set={(q) => set({ q })} />
      <Choice
        label="Status"
        value={filter.status}
        all="Any status"
        options={statuses.map((status) => [status, messageWord(status)])}
        set={(status) => set({ status })}
      />
      {list.length > 1 && (
        <Choice
          label="Account"
          value={filter.account_id}
          all="All accounts"
          options={list.map((account) => [account.id, accountName(account)])}
          set={(account_id) => set({ account_id })}
        />
      )}
      <Choice
        label="Direction"
        value={filter.direction}
        all="Sent and received"
        options={[
          ['out', 'Sent'],
          ['in', 'Received'],
        ]}
        set={(direction) => set({ direction })}
      />
      {active && (
        <button type="button" class="btn-quiet" onClick={() => change({})}>
          <Icon name="close" size={16} />
          Clear
        </button>
      )}
    </search>
  )
}

/** Searches when the typing rests, not at each letter. */
function Search({ value, set }: { value: string; set: (q: string) => void }) {
  const id = useId()
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  useEffect(() => {
    if (typed.trim() === value) return
    const timer = setTimeout(() => set(typed.trim()), 350)
    return () => clearTimeout(timer)
  }, [typed])
  return (
    <div class="relative flex-1 min-w-60">
      <label for={id} class="seen-by-readers">
        Search in texts and numbers
      </label>
      <Icon name="search" size={18} class="absolute left-3.5 top-3.25 text-ink-faint" />
      <input
        id={id}
        type="search"
        class="input pl-10.5"
        placeholder="Search in texts"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
    </div>
  )
}

interface ChoiceProps {
  label: string
  value: string | undefined
  all: string
  options: [value: string, word: string][]
  set: (value: string) => void
}

function Choice({ label, value, all, options, set }: ChoiceProps) {
  return (
    <select
      class={`input w-auto! flex-grow sm:flex-grow-0 text-sm! ${value ? 'font-semibold' : ''}`}
      aria-label={label}
      value={value ?? ''}
      onChange={(event) => set(event.currentTarget.value)}
    >
      <option value="">{all}</option>
      {options.map(([option, word]) => (
        <option key={option} value={option}>
          {word}
        </option>
      ))}
    </select>
  )
}
