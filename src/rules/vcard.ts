// A contact card as WhatsApp reads it: vCard 3.0 (RFC 2426) with the number that its button writes to.

/** `numbers` in digits, with the country code. */
export function writeVcard(name: string, numbers: string[]): string {
  const text = escapeText(name)
  const lines = numbers.map((digits) => `TEL;type=CELL;waid=${digits}:+${digits}`)
  return ['BEGIN:VCARD', 'VERSION:3.0', `N:;${text};;;`, `FN:${text}`, ...lines, 'END:VCARD'].join('\n')
}

function escapeText(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/[;,]/g, '\\$&').replace(/\r?\n/g, '\\n')
}
