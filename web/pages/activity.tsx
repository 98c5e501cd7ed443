// Who did what: one's own, and everybody's for admins; as a list and as a file.
import { useEffect } from 'preact/hooks'
import { ACT_GROUPS, actDetails, actWords } from '../act-words.ts'
import { queryString } from '../api.ts'
import type { Act } from '../calls/people.ts'
import { useDesk } from '../desk.ts'
import { fullTime, shortTime } from '../format.ts'
import { Empty } from '../ui/feedback.tsx'
import { Choice, Filters, Search, useAddressFilter } from '../ui/filters.tsx'
import { PagedList } from '../ui/paged-list.tsx'
import { Page } from '../ui/shell.tsx'

const filterNames = ['whose', 'action', 'q', 'days'] as const
const DAY_MS = 86_400_000

export default function Activity() {
  const { activity, session } = useDesk()
  const { filter, inAddress, change } = useAddressFilter(filterNames)
  const isAdmin = session.isAdmin.value
  const everybody = isAdmin && filter.whose !== 'mine'
  const asked = {
    ...(everybody ? { all: 'true' } : {}),
    ...(filter.action ? { action: filter.action } : {}),
    ...(everybody && filter.q ? { q: filter.q } : {}),
    ...(filter.days ? { from: new Date(startOfMinute() - Number(filter.days) * DAY_MS).toISOString() } : {}),
  }
  useEffect(() => void activity.show(asked), [inAddress, isAdmin])
  const set = (part: typeof filter) => change({ ...filter, ...part })

  return (
    <Page
      title="Activity"
      lead={everybody ? 'Who did what on this server.' : 'What was done in your name.'}
      action={
        <a href={`/api/activity.csv${queryString(asked)}`} class="btn-plain" download>
          Save as CSV
        </a>
      }
    >
      <div class="stack gap-4">
        <Filters of="activity" clear={inAddress !== '' && (() => change({}))}>
          {everybody && (
            <Search
              label="Search by email address"
              placeholder="Search by address"
              value={filter.q ?? ''}
              set={(q) => set({ q })}
            />
          )}
          {isAdmin && (
            <Choice
              label="Whose"
              value={filter.whose}
              all="Everybody's"
              options={[['mine', 'Only mine']]}
              set={(whose) => set({ whose })}
            />
          )}
          <Choice
            label="About"
            value={filter.action}
            all="About anything"
            options={ACT_GROUPS}
            set={(action) => set({ action })}
          />
          <Choice
            label="When"
            value={filter.days}
            all="At any time"
            options={[
              ['1', 'In the last 24 hours'],
              ['7', 'In the last 7 days'],
              ['30', 'In the last 30 days'],
            ]}
            set={(days) => set({ days })}
          />
        </Filters>
        <PagedList
          pages={activity}
          more="of what was before"
          filtered={inAddress !== ''}
          clear={() => change({})}
          none={
            <Empty icon="list" title="Nothing yet">
              Sign-ins, new keys, changed settings: each stands here with who did it and from where.
            </Empty>
          }
          keyOf={(act) => act.id}
          row={(act) => <Row act={act} everybody={everybody} />}
        />
      </div>
    </Page>
  )
}

function Row({ act, everybody }: { act: Act; everybody: boolean }) {
  const details = actDetails(act.details)
  return (
    <div class="list-row items-start!">
      <div class="flex-1 min-w-0">
        <p class="font-semibold">{actWords(act.action)}</p>
        {details && <p class="text-sm text-ink-soft break-words">{details}</p>}
        <p class="hint break-all">
          {[everybody && (act.user_email ?? 'Nobody signed in'), act.ip_address].filter(Boolean).join(' · ')}
        </p>
      </div>
      <time class="hint num whitespace-nowrap" dateTime={act.created_at} title={fullTime(act.created_at)}>
        {shortTime(act.created_at)}
      </time>
    </div>
  )
}

function startOfMinute(): number {
  return Math.floor(Date.now() / 60_000) * 60_000
}
