// Where a webhook leads and what is told there: for a new one and for one that is changed.
import { useState } from 'preact/hooks'
import type { WebhookForm as Form, Webhook } from '../calls/webhooks.ts'
import { EVENT_CHOICES, isEverything } from '../webhook-words.ts'
import { useAction } from './dialog.tsx'
import { ProblemNote } from './feedback.tsx'
import { Check, Field } from './field.tsx'

interface WebhookFormProps {
  verb: string
  /** The one that is changed; absent: a new one. */
  known?: Webhook
  submit: (form: Form) => Promise<unknown>
  onClose: () => void
}

export function WebhookForm({ verb, known, submit, onClose }: WebhookFormProps) {
  const [url, setUrl] = useState(known?.url ?? '')
  const [name, setName] = useState(known?.name ?? '')
  const [everything, setEverything] = useState(isEverything(known?.events ?? ['*']))
  const [events, setEvents] = useState((known?.events ?? []).filter((event) => event !== '*'))
  const { busy, problem, run } = useAction()
  const badUrl = problem?.code === 'webhook_url_refused' ? problem.message : problem?.fields.url
  const nothing = !everything && events.length === 0

  async function save(event: Event) {
    event.preventDefault()
    const form = { url: url.trim(), name: name.trim(), events: everything ? ['*'] : events }
    if (await run(() => submit(form))) onClose()
  }
  return (
    <form class="stack gap-5" onSubmit={save}>
      <Field label="Address" hint="It gets a POST with JSON. https is best." problem={badUrl}>
        {(control) => (
          <input
            {...control}
            type="url"
            name="webhook-url"
            required
            maxLength={2000}
            autocomplete="off"
            placeholder="https://"
            value={url}
            onInput={(event) => setUrl(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label="Name" hint="For you, such as Till. May stay empty." problem={problem?.fields.name}>
        {(control) => (
          <input
            {...control}
            name="webhook-name"
            maxLength={100}
            autocomplete="off"
            value={name}
            onInput={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <fieldset class="stack gap-1">
        <legend class="label-text p-0 mb-1">Tell it</legend>
        <Check label="Everything, also what is added later" checked={everything} set={setEverything} />
        {!everything && <EventChecks events={events} set={setEvents} />}
      </fieldset>
      {!badUrl && <ProblemNote problem={problem} />}
      <footer class="dialog-foot">
        <button type="button" class="btn-plain" onClick={onClose}>
          Cancel
        </button>
        <button type="submit" class="btn-primary" disabled={busy || nothing}>
          {verb}
        </button>
      </footer>
    </form>
  )
}

/** Also what an API call chose more finely, such as `message.status.failed`, so that saving does not lose it. */
function EventChecks({ events, set }: { events: string[]; set: (events: string[]) => void }) {
  const finer = events.filter((event) => !EVENT_CHOICES.some(([type]) => type === event))
  const [shown] = useState(finer)
  return (
    <>
      {[...EVENT_CHOICES, ...shown.map((event) => [event, event] as const)].map(([type, words]) => (
        <Check
          key={type}
          label={words}
          checked={events.includes(type)}
          set={(on) => set(on ? [...events, type] : events.filter((event) => event !== type))}
        />
      ))}
    </>
  )
}
