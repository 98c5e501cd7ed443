// What an admin decides for everybody: who may register, maintenance, and how much one may send.
import { useEffect, useState } from 'preact/hooks'
import type { Settings as Values } from '../api.ts'
import { useDesk } from '../desk.ts'
import { useAction } from '../ui/dialog.tsx'
import { Note, ProblemNote, Skeleton } from '../ui/feedback.tsx'
import { Field, Switch } from '../ui/field.tsx'
import { Page } from '../ui/shell.tsx'

export default function Settings() {
  const { session, settings } = useDesk()
  useEffect(() => {
    if (session.isAdmin.value) void settings.load()
  }, [])
  if (!session.isAdmin.value) {
    return (
      <Page title="Settings">
        <Note tone="info" icon="info">
          These settings are for admins.
        </Note>
      </Page>
    )
  }
  return (
    <Page title="Settings" lead="They hold for everybody on this server.">
      <ProblemNote problem={settings.problem.value} retry={settings.load} />
      {settings.current.value ? (
        <div class="grid lg:grid-cols-2 gap-6 items-start">
          <Access values={settings.current.value} />
          <Limits key={settings.current.value.updated_at} values={settings.current.value} />
        </div>
      ) : (
        !settings.problem.value && <Skeleton rows={2} height={140} />
      )}
    </Page>
  )
}

function Access({ values }: { values: Values }) {
  const { settings, notices } = useDesk()
  const { busy, problem, run } = useAction()
  async function save(change: Partial<Values>, words: string) {
    if (await run(() => settings.save(change))) notices.say(words)
  }
  return (
    <section class="card-pad stack gap-1" aria-labelledby="access-title">
      <h2 id="access-title" class="section-title mb-1">
        Access
      </h2>
      <Switch
        label="Registration"
        hint="Anyone who reaches this server can create a user."
        checked={values.enable_registration}
        disabled={busy}
        onChange={(on) =>
          save({ enable_registration: on }, on ? 'Registration is open.' : 'Registration is closed.')
        }
      />
      <Switch
        label="Maintenance"
        hint="Everybody but admins is answered that BotWave is under maintenance."
        checked={values.maintenance_mode}
        disabled={busy}
        onChange={(on) => save({ maintenance_mode: on }, on ? 'Maintenance is on.' : 'Maintenance is over.')}
      />
      <ProblemNote problem={problem} />
    </section>
  )
}

function Limits({ values }: { values: Values }) {
  const { settings, notices } = useDesk()
  const [usual, setUsual] = useState(String(values.default_rate_limit))
  const [most, setMost] = useState(String(values.max_rate_limit))
  const { busy, problem, run } = useAction()
  async function save() {
    const change = { default_rate_limit: Number(usual), max_rate_limit: Number(most) }
    if (await run(() => settings.save(change))) notices.say('Limits saved.')
  }
  return (
    <section class="card-pad stack gap-4" aria-labelledby="limits-title">
      <h2 id="limits-title" class="section-title">
        Sending limits
      </h2>
      <form
        class="stack gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <NumberField
          label="Messages a minute"
          hint="What one person may hand in, unless set for them."
          value={usual}
          set={setUsual}
          problem={problem?.fields.default_rate_limit}
        />
        <NumberField
          label="Ceiling"
          hint="The most that can be set for one person."
          value={most}
          set={setMost}
          problem={problem?.fields.max_rate_limit}
        />
        {problem && !problem.fields.default_rate_limit && !problem.fields.max_rate_limit && (
          <ProblemNote problem={problem} />
        )}
        <button type="submit" class="btn-primary self-start" disabled={busy}>
          Save limits
        </button>
      </form>
    </section>
  )
}

interface NumberFieldProps {
  label: string
  hint: string
  value: string
  set: (value: string) => void
  problem: string | undefined
}

function NumberField({ label, hint, value, set, problem }: NumberFieldProps) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(control) => (
        <input
          {...control}
          type="number"
          min={1}
          required
          value={value}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}
