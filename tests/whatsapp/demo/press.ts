// What a press on the demo's phone does, and what the phone says when it refuses.
import { signal } from '@preact/signals'

export const notice = signal<string | null>(null)

/** Asks the phone to do something; a refusal is shown for a while. */
export async function press(verb: string, ...args: string[]): Promise<boolean> {
  const answer = await fetch('/thumb', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ verb, args }),
  })
  const { error } = (await answer.json()) as { error: string | null }
  notice.value = error
  if (error) setTimeout(() => (notice.value = null), 5000)
  return error === null
}
