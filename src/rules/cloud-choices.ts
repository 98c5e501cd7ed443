// Buttons and lists as a numbered text, and the choice found again in what is answered.
// A linked WhatsApp cannot send real buttons: the receiver answers with a number, or with the words of a choice.

export interface Choice {
  id: string
  title: string
  description?: string
}

/** As kept with the message, in `content.cloud.choices`. `button`: a quick reply of a template. */
export interface Choices {
  kind: 'button_reply' | 'list_reply' | 'button'
  options: Choice[]
}

/** The parts of a message under one another, an empty line between; the choices numbered from 1. */
export function numberedText(parts: (string | undefined)[], options: Choice[]): string {
  const lines = options.map(({ title, description }, at) =>
    description ? `${at + 1}. ${title} – ${description}` : `${at + 1}. ${title}`,
  )
  return [...parts, lines.join('\n')].filter((part) => part?.trim()).join('\n\n')
}

/** The choice that an answer names: its number (`2`, `2.`, `(2)`, `2️⃣`) or its whole title, whatever the case. */
export function findChoice({ options }: Choices, answer: string): Choice | null {
  const text = answer.normalize('NFKC').trim()
  const number = /^\(?(\d{1,2})\ufe0f?\u20e3?[.):]?$/u.exec(text)?.[1]
  if (number) return options[Number(number) - 1] ?? null
  const same = options.filter((option) => fold(option.title) === fold(text))
  return same.length === 1 ? (same[0] as Choice) : null
}

function fold(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase()
}
