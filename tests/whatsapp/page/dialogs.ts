// What the page shows a person: the QR's place, the passkey prompt, "What's new". And how it freezes on demand.
import { onOrder, tell } from './line.ts'

onOrder('passkey', ({ shown }) => {
  closeDialog('passkey')
  if (!shown) return
  showDialog(
    'passkey',
    'Use your passkey to link this device',
    'Continue on your phone or this device.',
    null,
  )
  // The real page hands over to the browser here, where nobody can answer.
  void navigator.credentials
    ?.get({ publicKey: { challenge: new Uint8Array(32), timeout: 60_000 } })
    .catch(() => {})
})

onOrder('whatsNew', () => {
  showDialog(
    'whats-new',
    "What's new on WhatsApp Web",
    'Here is what changed since your last visit.',
    'Continue',
  )
})

// A turn of the event loop, so that promises already settled have been seen by whoever awaits them.
onOrder('settle', () => new Promise((resolve) => setTimeout(resolve, 50)))

onOrder('freeze', () => () => {
  for (;;);
})

/** Only where the browser was started with `--js-flags=--expose-gc`. */
onOrder('collectGarbage', () => {
  const { gc } = globalThis as { gc?: () => void }
  if (!gc) throw new Error('this browser lets no page collect')
  gc()
})

onOrder('reload', () => () => location.reload())

/** The real page marks its modal popups with this attribute; the button is the only way on. */
function showDialog(name: string, title: string, text: string, button: string | null): void {
  const dialog = document.createElement('div')
  dialog.id = name
  dialog.setAttribute('role', 'dialog')
  dialog.setAttribute('aria-label', title)
  dialog.setAttribute('data-animate-modal-popup', 'true')
  const heading = document.createElement('h1')
  heading.textContent = title
  const paragraph = document.createElement('p')
  paragraph.textContent = text
  dialog.append(heading, paragraph)
  if (button) {
    const element = document.createElement('button')
    element.textContent = button
    element.addEventListener('click', () => {
      closeDialog(name)
      tell({ kind: 'dismissed', dialog: name })
    })
    dialog.append(element)
  }
  document.body.append(dialog)
}

function closeDialog(name: string): void {
  document.getElementById(name)?.remove()
}
