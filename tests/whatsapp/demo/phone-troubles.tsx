// Troubles to make on purpose, to see what BotWave says and does about them.
import { useSignal } from '@preact/signals'
import type { PhoneState } from './phone-page.ts'
import { press } from './press.ts'

export function Troubles({ phone }: { phone: PhoneState }) {
  const number = useSignal('')
  const isDown = phone.settings.line !== 'up'
  const troubles: [label: string, what: string, verb: string, arg?: string][] = [
    isDown
      ? ['Give the line back', 'What waited goes out.', 'restoreLine']
      : ['Cut the line', 'The account is reconnecting; messages wait.', 'dropLine'],
    ['Open WhatsApp Web elsewhere', 'A conflict, until somebody takes over.', 'openElsewhere'],
    ['Crash its page', 'BotWave starts another browser.', 'crash'],
    ['Show “What’s new”', 'A dialog that has to be dismissed.', 'whatsNew'],
    phone.settings.passkey
      ? ['Link without a passkey', 'As most accounts do.', 'passkey', 'no']
      : ['Ask for a passkey', 'At the next scan.', 'passkey', 'yes'],
  ]
  return (
    <>
      <h1>Troubles</h1>
      {troubles.map(([label, what, verb, arg]) => (
        <button
          type="button"
          class="chat"
          key={label}
          onClick={() => press(verb, phone.number, ...(arg ? [arg] : []))}
        >
          <span>
            <strong>{label}</strong>
            <small>{what}</small>
          </span>
        </button>
      ))}
      <h2>Another phone</h2>
      <form
        class="row"
        onSubmit={async (event) => {
          event.preventDefault()
          if (await press('addPhone', number.value)) number.value = ''
        }}
      >
        <label>
          Its number, with the country code
          <input
            value={number.value}
            inputMode="tel"
            placeholder="+49 171 3920001"
            onInput={(event) => (number.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit">Add</button>
      </form>
    </>
  )
}
