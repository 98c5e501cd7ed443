// What pages say about the program that the program itself knows, as HTML: lists of codes and reasons.
import { listAccountReasons } from '../../src/rules/account-reasons.ts'
import { listMessageReasons } from '../../src/rules/message-reasons.ts'

/** What only the server's side knows: handed over, because nothing here may import it. */
export interface Told {
  problems: { code: string; status: number; detail: string }[]
}

/** By the name that stands in a page's Markdown as `<!-- … -->`. */
export function makeFacts({ problems }: Told): Record<string, string> {
  return {
    'every problem': table(
      ['Status', 'Code', 'What it says'],
      problems.map(({ code, status, detail }) => ({
        id: code,
        cells: [String(status), mono(code), words(detail)],
      })),
    ),
    'every message reason': table(
      ['Reason', 'What it says'],
      listMessageReasons().map(({ code, sentence }) => ({ id: code, cells: [mono(code), words(sentence)] })),
    ),
    'every account reason': table(
      ['Reason', 'What it says', 'Action'],
      listAccountReasons().map(({ code, sentence, action }) => ({
        id: code,
        cells: [mono(code), words(sentence), action ? mono(action) : ''],
      })),
    ),
  }
}

/** Each row can be linked to by its code. */
function table(heads: string[], rows: { id: string; cells: string[] }[]): string {
  const head = heads.map((text) => `<th>${text}</th>`).join('')
  const body = rows.map(
    ({ id, cells }) => `<tr id="${id}">${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`,
  )
  return `<table>\n<thead>\n<tr>${head}</tr>\n</thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table>`
}

function mono(text: string): string {
  return `<code>${Bun.escapeHTML(text)}</code>`
}

/** Sentences carry a little Markdown: `code`. */
function words(text: string): string {
  return Bun.escapeHTML(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}
