// Times as people read them, in their own language and time zone.

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})
const year = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

const DAY_MS = 86_400_000

/** `14:05` today, `Tue 14:05` within a week, `3 Mar, 14:05` this year, else the date. */
export function shortTime(iso: string, now = new Date()): string {
  const at = new Date(iso)
  const days = Math.abs(startOfDay(now) - startOfDay(at)) / DAY_MS
  if (days < 0.9) return clock.format(at)
  if (days < 6.5) return weekday.format(at)
  return at.getFullYear() === now.getFullYear() ? day.format(at) : year.format(at)
}

/** Date and time to the second. */
export function fullTime(iso: string): string {
  return full.format(new Date(iso))
}

/** `just now`, `4 min ago`, `in 2 h`, `3 days ago`. */
export function relativeTime(iso: string, now = Date.now()): string {
  const seconds = Math.round((new Date(iso).getTime() - now) / 1000)
  const far = Math.abs(seconds)
  if (far < 45) return seconds > 5 ? `in ${seconds} s` : 'just now'
  const [amount, unit] =
    far < 3600 ? [far / 60, 'min'] : far < 86_400 ? [far / 3600, 'h'] : ([far / 86_400, 'days'] as const)
  const count = Math.max(1, Math.round(amount))
  const words = `${count} ${unit === 'days' && count === 1 ? 'day' : unit}`
  return seconds > 0 ? `in ${words}` : `${words} ago`
}

function startOfDay(date: Date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

/** `45 s`, `12 min`, `3 h`, `5 days`. */
export function durationWords(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`
}
