// Links and phone numbers in text, as far as the library asks the page about them.
import { define } from './require.ts'

interface Link {
  href: string
  value: string
  suspiciousCharacters: Set<string>
}

function findLinks(text: unknown): Link[] {
  if (typeof text !== 'string') return []
  return [...text.matchAll(/\bhttps?:\/\/[^\s<>"]+/g)].map(([value]) => ({
    href: value,
    value,
    suspiciousCharacters: new Set(),
  }))
}

define('WALinkify', { findLinks, findLink: (text: unknown) => findLinks(text)[0] })
define('WAWebPhoneUtils', { formattedPhoneNumber: (jid: string) => `+${jid.split('@')[0]}` })
// Countries whose code is one digit; for the rest two digits are good enough for a test.
define('WAPhoneFindCC', {
  findCC: (number: string) => (/^[17]/.test(number) ? number[0] : number.slice(0, 2)),
})
