// "Linked devices": computers that wait with a QR or a pairing code, and those that are linked.
import { useSignal } from '@preact/signals'
import type { DemoState, PhoneState } from './phone-page.ts'
import { press } from './press.ts'

export function Devices({ phone, waiting }: { phone: PhoneState; waiting: DemoState['waiting'] }) {
  const code = useSignal('')
  return (
    <>
      <h1>Linked devices</h1>
      {waiting.length === 0 && (
        <p class="empty">No computer shows a QR now. Link an account in BotWave and it appears here.</p>
      )}
      {waiting.map(({ load, qr, picture, codeFor }) => (
        <article class="card" key={load}>
          <img src={picture} alt="The QR that the computer shows" />
          <div>
            <strong>A computer wants to link</strong>
            <p>Compare it with the QR in BotWave, then scan.</p>
            {codeFor && <p>It also asks for a code for +{codeFor}.</p>}
            <button type="button" class="primary" onClick={() => press('scan', phone.number, qr)}>
              Scan
            </button>
          </div>
        </article>
      ))}
      <form
        class="row"
        onSubmit={async (event) => {
          event.preventDefault()
          if (await press('enterCode', phone.number, code.value)) code.value = ''
        }}
      >
        <label>
          Link with a pairing code
          <input
            value={code.value}
            placeholder="ABCD-EFGH"
            autocomplete="off"
            onInput={(event) => (code.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit">Link</button>
      </form>
      {phone.settings.passkey && (
        <div class="row">
          <span>A scan asks for your passkey.</span>
          <button type="button" onClick={() => press('answerPasskey', phone.number, 'yes')}>
            Confirm
          </button>
        </div>
      )}
      {phone.devices.map(({ id, linkedAt }) => (
        <div class="row device" key={id}>
          <span>
            <strong>Chrome (Linux)</strong>
            <br />
            linked {new Date(linkedAt).toLocaleString()}
          </span>
        </div>
      ))}
      {phone.devices.length > 0 && (
        <button type="button" class="danger" onClick={() => press('logoutDevices', phone.number)}>
          Log out
        </button>
      )}
    </>
  )
}
