// Takes a file of JSON lines in, row by row, and says what became of each.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Refused } from '../rules/old-fields.ts'

export interface ImportReport {
  imported: number
  /** Were here already, from an earlier run. */
  known: number
  refused: { line: number; why: string }[]
}

const TELL_EVERY = 1_000

/** `take` throws `Refused` for a row it does not want; anything else ends the import, and what was taken stays. */
export async function importLines(
  file: string,
  take: (line: string) => Promise<'imported' | 'known'>,
  tell: (message: string) => void,
): Promise<ImportReport> {
  const report: ImportReport = { imported: 0, known: 0, refused: [] }
  let number = 0
  for await (const text of linesOf(file)) {
    number++
    const line = number === 1 ? text.replace(/^\ufeff/, '') : text
    if (line.trim() === '') continue
    try {
      report[await take(line)]++
    } catch (error) {
      if (!(error instanceof Refused)) {
        throw new Error(`The import ended at line ${number}; the rows before it are in.`, { cause: error })
      }
      report.refused.push({ line: number, why: error.message })
    }
    if (number % TELL_EVERY === 0) tell(`${number} lines read.`)
  }
  return report
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  const { promise: failed, reject } = Promise.withResolvers<never>()
  input.on('error', () => reject(new Error(`This file cannot be read: ${file}.`)))
  failed.catch(() => {})
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]()
  for (;;) {
    const next = await Promise.race([lines.next(), failed])
    if (next.done) return
    yield next.value
  }
}

/** Counts first, then each refused row with its line. Answers the exit code: 1 when a row was refused. */
export function printReport(what: string, { imported, known, refused }: ImportReport): number {
  const lines = refused.map(({ line, why }) => `line ${line}: ${why}\n`)
  process.stdout.write(
    `${what}: ${imported} imported, ${known} there already, ${refused.length} refused.\n${lines.join('')}`,
  )
  return refused.length > 0 ? 1 : 0
}
