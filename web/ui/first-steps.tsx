// What to do first: link a WhatsApp, send something, make a key.
import { useDesk } from '../desk.ts'
import { paths } from '../paths.ts'
import { Icon } from './icon.tsx'

/** Stays until everything on it is done; what is done is seen, not clicked. */
export function FirstSteps() {
  const { accounts, recent, keys, figures } = useDesk()
  const list = accounts.items.value
  if (!list || recent.items.value === null || keys.items.value === null) return null
  const linked = list.some((account) => account.linked_at)
  const first = list.find((account) => !account.linked_at)
  const steps = [
    {
      done: linked,
      title: 'Link your WhatsApp',
      words: 'Scan a code with your phone, as for WhatsApp Web.',
      to: first ? `/accounts/${first.id}` : `${paths.accounts}?add=1`,
      verb: first ? 'Go on linking' : 'Add an account',
    },
    {
      done:
        (figures.figures.value?.total.accepted ?? 0) > 0 ||
        recent.items.value.some((message) => message.direction === 'out'),
      title: 'Send your first message',
      words: 'To yourself, perhaps, and watch it arrive.',
      to: paths.compose,
      verb: 'Write it',
    },
    {
      done: keys.items.value.length > 0,
      title: 'Make an API key',
      words: 'Then one web address sends from any program.',
      to: paths.keys,
      verb: 'Make a key',
    },
  ]
  const done = steps.filter((step) => step.done).length
  if (done === steps.length) return null
  const current = steps.findIndex((step) => !step.done)

  return (
    <section class="card p-4 md:p-5 stack gap-5" aria-labelledby="first-steps">
      <header class="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h2 id="first-steps" class="section-title flex-1">
          First steps
        </h2>
        <p class="hint num">
          {done} of {steps.length} done
        </p>
      </header>
      <ol class="grid md:grid-cols-3 gap-3">
        {steps.map((step, index) => (
          <li
            key={step.title}
            class={`well p-4 flex gap-x-3 gap-y-1 md:flex-col ${step.done ? 'items-center md:items-start' : 'flex-col'} ${index === current ? 'step-now' : ''}`}
          >
            <span
              class={`avatar w-9! h-9! text-sm! md:mb-2 ${step.done ? 'bg-accent text-accent-on' : 'tone-neutral'}`}
            >
              {step.done ? <Icon name="check" size={18} /> : index + 1}
            </span>
            <h3 class="m-0 text-base font-semibold">
              {step.title}
              {step.done && <span class="seen-by-readers"> (done)</span>}
            </h3>
            <p class={`text-sm text-ink-soft flex-1 ${step.done ? 'hidden md:block' : ''}`}>{step.words}</p>
            {!step.done && (
              <a href={step.to} class={`${index === current ? 'btn-primary' : 'btn-plain'} mt-3 self-start`}>
                {step.verb}
              </a>
            )}
          </li>
        ))}
      </ol>
    </section>
  )
}
