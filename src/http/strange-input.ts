// What no request may hold, whatever its route takes: NUL, names that JavaScript reads as its own, and deep nesting.
import { Problem } from './problem.ts'

/** Deeper than anything that a route takes. */
const MOST_LEVELS = 10

/** An object with one of these cannot even be named in a sentence about it: turning it into text throws. */
const OWN_NAMES = new Set(['toString', 'valueOf', 'toJSON', 'constructor', '__proto__'])

/** Throws `nul_character`: PostgreSQL takes none in a text. */
export function refuseStrangeQuery(query: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(query ?? {})) {
    refuseNul(name)
    if (typeof value === 'string') refuseNul(value)
  }
}

/** Throws `nul_character` or `invalid_request`. */
export function refuseStrangeBody(value: unknown, level = 0): void {
  if (typeof value === 'string') return refuseNul(value)
  if (value === null || typeof value !== 'object' || value instanceof Blob) return
  if (level >= MOST_LEVELS) throw new Problem('invalid_request', 'The body: is nested too deeply')
  for (const [name, inner] of Object.entries(value)) {
    refuseNul(name)
    if (OWN_NAMES.has(name)) throw new Problem('invalid_request', `${name}: is not a field of this request`)
    refuseStrangeBody(inner, level + 1)
  }
}

function refuseNul(text: string): void {
  if (text.includes('\0')) throw new Problem('nul_character')
}
