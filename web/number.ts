// Phone numbers as people read and write them. The knowledge of all countries' numbers loads when first needed.
import { signal } from '@preact/signals'
import type { Recipient, RecipientProblem } from '../src/rules/phone.ts'

interface Numbers {
  parse: (input: string, country: string | null) => Recipient | RecipientProblem
  explain: (problem: RecipientProblem) => string
  format: (digits: string) => string | undefined
}

const numbers = signal<Numbers | null>(null)
let loading: Promise<void> | null = null

/** May be called often; loads once. Without it numbers are shown as plain digits and checked by the server alone. */
export function loadNumbers(): Promise<void> {
  loading ??= Promise.all([import('../src/rules/phone.ts'), import('libphonenumber-js/max')])
    .then(([rules, { parsePhoneNumberFromString }]) => {
      numbers.value = {
        parse: rules.parseRecipient,
        explain: rules.explainRecipient,
        format: (digits) => parsePhoneNumberFromString(digits)?.formatInternational(),
      }
    })
    .catch(() => {
      loading = null
    })
  return loading
}

/** `+91 98765 43210` for a number with its country code; a LID or a group stays as it is. */
export function readableNumber(number: string | null): string {
  const digits = number?.replace(/@c\.us$/, '') ?? ''
  if (!/^\+?\d{7,15}$/.test(digits)) return number ?? ''
  const international = digits.startsWith('+') ? digits : `+${digits}`
  void loadNumbers()
  return numbers.value?.format(international) ?? international
}

/** What a recipient is read as, a sentence about what is wrong with it, or null while nothing is known. */
export function checkNumber(
  input: string,
  country: string | null,
): { to: string } | { problem: string } | null {
  const known = numbers.value
  if (!known || input.trim() === '') return null
  const read = known.parse(input, country)
  return typeof read === 'string' ? { problem: known.explain(read) } : { to: readableNumber(read.number) }
}
