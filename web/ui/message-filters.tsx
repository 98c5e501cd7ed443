// Narrows the history: by words, status, account and direction.
import type { MessageFilter } from '../api.ts'
import { useDesk } from '../desk.ts'
import { accountName } from './account-bits.tsx'
import { Choice, Filters, Search } from './filters.tsx'
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
  return (
    <Filters of="messages" clear={Object.keys(filter).length > 0 && (() => change({}))}>
      <Search
        label="Search in texts and numbers"
        placeholder="Search in texts"
        value={filter.q ?? ''}
        set={(q) => set({ q })}
      />
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
    </Filters>
  )
}
