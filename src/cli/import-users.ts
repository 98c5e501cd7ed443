// `botwave import-users FILE`: takes the people of an older installation over.
import { createPasswords } from '../auth/passwords.ts'
import { readOldUser } from '../rules/old-user.ts'
import { importPerson } from '../users/import.ts'
import { withDatabase } from './beside.ts'
import { importLines, printReport } from './import-lines.ts'

/** FILE: JSON lines with the columns of `users`, or `-` for standard input. Answers the exit code. */
export async function importUsers([file, ...rest]: string[]): Promise<number> {
  if (!file || rest.length) throw new Error('Say which file: botwave import-users FILE')
  const tell = (message: string) => process.stderr.write(`${message}\n`)
  const report = await withDatabase(({ sql }) => {
    const passwords = createPasswords()
    return importLines(file, async (line) => importPerson({ sql, passwords }, readOldUser(line)), tell)
  })
  return printReport('People', report)
}
