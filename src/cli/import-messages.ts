// `botwave import-messages FILE`: takes the message log of an older installation over, as history.
import { importMessage } from '../messages/import.ts'
import { Refused } from '../rules/old-fields.ts'
import { readOldMessage } from '../rules/old-message.ts'
import { withDatabase } from './beside.ts'
import { importLines, printReport } from './import-lines.ts'

/** FILE: JSON lines with the columns of `message_logs`, or `-` for standard input. Answers the exit code. */
export async function importMessages([file, ...rest]: string[]): Promise<number> {
  if (!file || rest.length) throw new Error('Say which file: botwave import-messages FILE')
  const tell = (message: string) => process.stderr.write(`${message}\n`)
  const report = await withDatabase(({ sql }, { defaultCountry }) =>
    importLines(
      file,
      async (line) => {
        const outcome = await importMessage(sql, readOldMessage(line, defaultCountry))
        if (outcome === 'no_owner') throw new Refused('its user is not here: import the users first')
        return outcome
      },
      tell,
    ),
  )
  return printReport('Messages', report)
}
