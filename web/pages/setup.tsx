// The first admin, made with the link that BotWave prints at its first start.
import { useState } from 'preact/hooks'
import { useDesk } from '../desk.ts'
import { forgetToken, takeToken } from '../one-time-token.ts'
import { Credentials } from '../ui/credentials.tsx'
import { Note } from '../ui/feedback.tsx'
import { Welcome } from '../ui/welcome.tsx'

export function Setup() {
  const { session } = useDesk()
  const [token] = useState(takeToken)
  if (!token) return <NoToken />
  return (
    <Welcome title="Set up BotWave" lead="You are the first here, so you become its admin.">
      <Credentials
        verb="Create the admin"
        fresh
        submit={async (form) => {
          await session.setUp({ token, ...form })
          forgetToken()
        }}
      />
    </Welcome>
  )
}

function NoToken() {
  return (
    <Welcome title="Set up BotWave" lead="This server has no admin yet.">
      <Note tone="info" icon="key">
        Open the setup link that BotWave printed when it started. It ends in <code>/setup#…</code> and works
        once.
      </Note>
      <p class="hint">
        No link in sight? Restart BotWave: it prints a new one while there is no admin. Under supervisor it is
        in the program's log.
      </p>
    </Welcome>
  )
}
