// Reads fields of a row that an older installation wrote, whatever type its database gave them.

/** Why a row is not taken: the message completes "line 3: …" and never repeats a secret. */
export class Refused extends Error {
  override name = 'Refused'
}

export type OldRow = Record<string, unknown>

/** One line of a JSON lines file. */
export function readOldRow(line: string): OldRow {
  let row: unknown
  try {
    row = JSON.parse(line)
  } catch {
    throw new Refused('is not JSON')
  }
  if (row === null || typeof row !== 'object' || Array.isArray(row)) throw new Refused('is not a JSON object')
  return row as OldRow
}

/** Text of a field; a number counts as its digits. Null when it is absent, null or empty. */
export function oldText(row: OldRow, name: string, maxLength: number): string | null {
  const value = row[name]
  if (value === undefined || value === null || value === '') return null
  if (typeof value !== 'string' && typeof value !== 'number') throw new Refused(`${name} is not a text`)
  const text = String(value)
  if (text.length > maxLength) throw new Refused(`${name} is longer than ${maxLength} characters`)
  if (text.includes('\0')) throw new Refused(`${name} holds a NUL character`)
  if (!text.isWellFormed()) throw new Refused(`${name} is not valid Unicode`)
  return text
}

/** ISO 8601, PostgreSQL's spelling, or milliseconds since 1970. Without a time zone it is read as UTC. */
export function oldTime(row: OldRow, name: string): Date | null {
  const value = row[name]
  if (value === undefined || value === null || value === '') return null
  const at = typeof value === 'number' ? new Date(value) : new Date(inUtc(String(value)))
  const year = at.getUTCFullYear()
  if (!(year >= 2009 && year <= 2100)) throw new Refused(`${name} is not a time`)
  return at
}

function inUtc(text: string): string {
  const iso = text
    .trim()
    .replace(' ', 'T')
    .replace(/([+-]\d\d)$/, '$1:00')
  return /[zZ]$|[+-]\d\d:?\d\d$/.test(iso) || !iso.includes('T') ? iso : `${iso}Z`
}

/** The word of a closed list that a field's value stands for; `fallback` when it is absent. */
export function oldWord<T extends string>(
  row: OldRow,
  name: string,
  words: Record<string, T>,
  fallback: T | null,
): T {
  const text = oldText(row, name, 100)?.toLowerCase()
  const word = text === undefined ? fallback : words[text]
  if (word) return word
  const known = Object.keys(words).join(', ')
  throw new Refused(text === undefined ? `${name} is missing` : `${name} is none of ${known}`)
}
