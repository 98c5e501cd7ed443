// Where one is signed in, and ending that.
import { useState } from 'preact/hooks'
import type { SignedInPlace } from '../calls/profile.ts'
import { useDesk } from '../desk.ts'
import { deviceWords } from '../device.ts'
import { fullTime, relativeTime } from '../format.ts'
import { Confirm, useAction } from './dialog.tsx'
import { ProblemNote } from './feedback.tsx'

export function SignedInPlaces() {
  const { profile, notices } = useDesk()
  const [asking, setAsking] = useState(false)
  const sessions = profile.sessions.value ?? []
  const others = sessions.filter((session) => !session.current).length
  return (
    <section class="card overflow-hidden" aria-labelledby="sessions-title">
      <header class="flex flex-wrap items-center gap-3 px-5 pt-5 pb-2">
        <h2 id="sessions-title" class="section-title flex-1">
          Where you are signed in
        </h2>
        {others > 0 && (
          <button type="button" class="btn-danger" onClick={() => setAsking(true)}>
            Sign out everywhere else
          </button>
        )}
      </header>
      <ul>
        {sessions.map((session) => (
          <li key={session.id}>
            <Place session={session} />
          </li>
        ))}
      </ul>
      {asking && (
        <Confirm
          title="Sign out everywhere else?"
          verb="Sign out there"
          otherwise="Cancel"
          danger
          onClose={() => setAsking(false)}
          act={async () => {
            const ended = await profile.endOtherSessions()
            notices.say(ended === 1 ? 'Signed out in one place.' : `Signed out in ${ended} places.`)
          }}
        >
          {others === 1
            ? 'The other browser or program has'
            : `The other ${others} browsers and programs have`}{' '}
          to sign in again. API keys go on working.
        </Confirm>
      )}
    </section>
  )
}

function Place({ session }: { session: SignedInPlace }) {
  const { profile, notices } = useDesk()
  const { busy, problem, run } = useAction()
  const device = deviceWords(session.user_agent)
  async function end() {
    if (await run(() => profile.endSession(session.id))) notices.say(`Signed out: ${device}.`)
  }
  return (
    <div class="list-row">
      <div class="flex-1 min-w-0">
        <p class="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span class="font-semibold">{device}</span>
          {session.current && <span class="pill tone-good">This one</span>}
        </p>
        <p class="hint num">
          <span title={fullTime(session.created_at)}>Since {relativeTime(session.created_at)}</span>
          {session.ip_address && ` · ${session.ip_address}`}
        </p>
        <ProblemNote problem={problem} />
      </div>
      {!session.current && (
        <button
          type="button"
          class="btn-plain"
          aria-label={`Sign out ${device}, since ${relativeTime(session.created_at)}`}
          disabled={busy}
          onClick={end}
        >
          Sign out
        </button>
      )}
    </div>
  )
}
