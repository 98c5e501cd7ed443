// A QR code drawn from its text.

import { useMemo } from 'preact/hooks'
import { create } from 'qrcode'

/** Always dark on white, whatever the scheme: phones read it best. */
export default function Qr({
  text,
  label = 'QR code to scan with WhatsApp',
}: {
  text: string
  label?: string
}) {
  const { size, path } = useMemo(() => draw(text), [text])
  return (
    <svg
      role="img"
      aria-label={label}
      data-qr={text}
      class="block w-full h-auto"
      viewBox={`-2 -2 ${size + 4} ${size + 4}`}
      shape-rendering="crispEdges"
    >
      <rect x="-2" y="-2" width={size + 4} height={size + 4} fill="#fff" />
      <path d={path} fill="#0b1a14" />
    </svg>
  )
}

function draw(text: string) {
  const { modules } = create(text, { errorCorrectionLevel: 'L' })
  let path = ''
  for (let y = 0; y < modules.size; y++) {
    for (let x = 0; x < modules.size; x++) if (modules.get(y, x)) path += `M${x} ${y}h1v1h-1z`
  }
  return { size: modules.size, path }
}
