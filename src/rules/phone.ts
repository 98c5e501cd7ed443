// From whatever people write as a recipient to one chat id, or to a sentence about what is wrong with it.
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'

export interface Recipient {
  /** `…@c.us` for a person's number, `…@lid`, `…@g.us` for a group. */
  chatId: string
  /** `+` and digits for a number; the id itself for a LID or a group. */
  number: string
}

export type RecipientProblem =
  | 'number_empty'
  | 'number_unreadable'
  | 'number_too_short'
  | 'number_too_long'
  | 'number_needs_country'
  | 'number_invalid'
  | 'chat_id_invalid'

const SENTENCES: Record<RecipientProblem, string> = {
  number_empty: 'Give a number to send to.',
  number_unreadable:
    'This does not look like a phone number. Write it with its country code, such as +91 98765 43210.',
  number_too_short: 'This number is too short to be a phone number.',
  number_too_long: 'This number is too long to be a phone number.',
  number_needs_country:
    'This number has no country code. Write it with + and the country code, such as +91 98765 43210.',
  number_invalid: 'No phone number can look like this. Check the country code and the digits.',
  chat_id_invalid: 'A chat id looks like 919876543210@c.us, 123456789@lid or 120363012345678901@g.us.',
}

/** The sentence for people about a recipient that cannot be used. */
export function explainRecipient(problem: RecipientProblem): string {
  return SENTENCES[problem]
}

const CHAT_ID = /^(?:(\d{5,20})@(c\.us|s\.whatsapp\.net|lid)|(\d{5,20}(?:-\d{5,20})?)@g\.us)$/

/**
 * Reads a recipient in any usual spelling: `+91 98765-43210`, `919876543210`, `0091…`, a national number where
 * `country` (two letters) is given, `…@c.us`, `…@lid`, `…@g.us`. Digits without a plus are read as national first
 * where that makes a valid number, else as international.
 */
export function parseRecipient(input: string, country: string | null = null): Recipient | RecipientProblem {
  const text = input.trim()
  if (text === '') return 'number_empty'
  if (text.includes('@')) return parseChatId(text.toLowerCase())
  if (!/^[+\d\s().\-/\u00a0\u2010-\u2015\u2212\u202a-\u202f\u2066-\u2069\uff0b]+$/u.test(text))
    return 'number_unreadable'
  const digits = text.replace(/\D/g, '')
  if (digits === '') return 'number_unreadable'
  if (/^[^\d]*[+\uff0b]/.test(text)) return parseInternational(digits)
  if (digits.startsWith('00')) return parseInternational(digits.slice(2))
  const home = country && isSupportedCountry(country) ? (country as CountryCode) : null
  const national = home
    ? parsePhoneNumberFromString(digits, { defaultCountry: home, extract: false })
    : undefined
  if (national?.isValid()) return person(national.number.slice(1))
  if (digits.startsWith('0')) return home ? 'number_invalid' : 'number_needs_country'
  return parseInternational(digits)
}

function parseInternational(digits: string): Recipient | RecipientProblem {
  // ITU E.164: at most 15 digits; nothing in use is shorter than 7.
  if (digits.length < 7) return 'number_too_short'
  if (digits.length > 15) return 'number_too_long'
  const parsed = parsePhoneNumberFromString(`+${digits}`, { extract: false })
  if (!parsed) return 'number_invalid'
  if (!parsed.isPossible()) return 'number_invalid'
  return person(parsed.number.slice(1))
}

function parseChatId(text: string): Recipient | RecipientProblem {
  const match = CHAT_ID.exec(text)
  if (!match) return 'chat_id_invalid'
  if (match[3]) return { chatId: text, number: text }
  if (match[2] === 'lid') return { chatId: text, number: text }
  return person(match[1] as string)
}

function person(digits: string): Recipient {
  return { chatId: `${digits}@c.us`, number: `+${digits}` }
}
