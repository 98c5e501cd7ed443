// The ring that says how long a code is good.
import { useEffect, useState } from 'preact/hooks'

/** Empties until `expiresAt`. Its length is the time that was left when this code was first seen. */
export function CountdownRing({ expiresAt }: { expiresAt: string }) {
  const [now, setNow] = useState(Date.now())
  const [whole, setWhole] = useState(1)
  useEffect(() => {
    setWhole(Math.max(1, new Date(expiresAt).getTime() - Date.now()))
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), 250)
    return () => clearInterval(timer)
  }, [expiresAt])
  const left = Math.max(0, new Date(expiresAt).getTime() - now)
  const around = 2 * Math.PI * 9
  return (
    <span class="row gap-2 text-sm text-ink-soft num">
      <svg aria-hidden="true" width="22" height="22" viewBox="0 0 22 22" class="-rotate-90">
        <circle cx="11" cy="11" r="9" fill="none" class="stroke-line-strong" stroke-width="2.500" />
        <circle
          cx="11"
          cy="11"
          r="9"
          fill="none"
          class="stroke-accent"
          stroke-width="2.500"
          stroke-linecap="round"
          stroke-dasharray={around}
          stroke-dashoffset={around * (1 - Math.min(1, left / whole))}
        />
      </svg>
      {left > 0 ? `New code in ${Math.ceil(left / 1000)} s` : 'Waiting for a new code…'}
    </span>
  )
}
