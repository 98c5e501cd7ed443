// A measured figure beside its limit from the same run, and the table of all of them.

export type Database = 'embedded' | 'server'

export interface Figure {
  /** What was measured, for people. */
  what: string
  /** The database it was measured on; absent where it is always the embedded one, or none. */
  database?: Database
  value: string
  /** The equivalent without the product, from the same run. */
  beside?: string
  reach?: string
  met?: boolean
}

/** The value below which `share` (0…1) of the numbers lie; NaN of none. */
export function quantile(numbers: number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (numbers: number[]) => quantile(numbers, 0.5)

/** Durations as `p50 / p99`, in milliseconds. */
export function spread(numbersMs: number[]): string {
  return `${shortMs(median(numbersMs))} / ${shortMs(quantile(numbersMs, 0.99))} ms`
}

export function ms(value: number): string {
  return `${shortMs(value)} ms`
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}

export function perSecond(value: number): string {
  return `${Math.round(value).toLocaleString('en')}/s`
}

function shortMs(value: number): string {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en')
}

/** Markdown, columns lined up so that it reads as plain text too. */
export function formatTable(figures: Figure[]): string {
  const rows = figures.map((f) => [
    f.what,
    f.database ?? '',
    f.value,
    f.beside ?? '',
    f.reach ?? '',
    f.met === undefined ? '' : f.met ? 'met' : 'MISSED',
  ])
  const head = ['what', 'database', 'BotWave', 'without it, same run', 'reach', '']
  const widths = head.map((name, at) => Math.max(3, name.length, ...rows.map((row) => row[at]!.length)))
  const line = (cells: string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
