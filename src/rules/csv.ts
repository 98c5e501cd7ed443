// CSV after RFC 4180, for people who open it in a spreadsheet: nothing in a cell is ever run as a formula.

export type Cell = string | number | Date | null

/**
 * Excel reads a file as UTF-8 only with this mark at its start, and most who ask for CSV open it there. Programs know
 * it as `utf-8-sig`.
 */
export const BYTE_ORDER_MARK = '\uFEFF'

/** One record with its CRLF. */
export function csvRow(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

/** What spreadsheets take for the start of a formula (OWASP, CSV injection); a quote before it makes it a text. */
const FORMULA = /^[=+\-@\t\r]/

function csvCell(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  const text = cell instanceof Date ? cell.toISOString() : cell
  const safe = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
