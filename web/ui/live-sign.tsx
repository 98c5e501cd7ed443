// Says how fresh the page is: the socket works, only the poll works, or nothing does.
import { useDesk } from '../desk.ts'
import type { LiveMode } from '../live.ts'

const words: Record<LiveMode, [word: string, color: string, help: string]> = {
  connecting: ['Connecting', 'bg-ink-faint breathe', 'Opening the live connection.'],
  live: ['Live', 'bg-good', 'Changes appear at once.'],
  polling: [
    'Checking every 2 s',
    'bg-warn',
    'The live connection is closed; the page asks every two seconds.',
  ],
  offline: [
    'Offline',
    'bg-bad',
    'BotWave cannot be reached. What you see may be old; it is tried again by itself.',
  ],
}

export function LiveSign() {
  const [word, color, help] = words[useDesk().live.mode.value]
  return (
    <span
      class="row gap-2 text-xs text-ink-soft whitespace-nowrap"
      role="status"
      title={help}
      data-live={word}
    >
      <span class={`w-2 h-2 rounded-full ${color}`} />
      {word}
    </span>
  )
}
