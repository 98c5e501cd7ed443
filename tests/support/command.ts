// A command of the program, run as people run it, on the database of a test.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestDatabase } from './database.ts'
import { fromSource, productEnv } from './product.ts'

export interface Run {
  code: number
  output: string
  errors: string
}

/** `database` stands for the server's: whoever else uses it is not disturbed. Needs nothing of DATA_DIR but a place. */
export async function runCommand(
  database: Pick<TestDatabase, 'url'>,
  command: string[],
  env: Record<string, string> = {},
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'botwave-command-'))
  try {
    const child = Bun.spawn([...fromSource, ...command], {
      cwd: folder,
      env: productEnv({ DATABASE_URL: database.url, ...env }),
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [output, errors] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ])
    return { code: await child.exited, output, errors }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The same with a file of JSON lines as its last argument: rows, or texts that are taken as they are. */
export async function runImport(
  database: Pick<TestDatabase, 'url'>,
  command: string,
  rows: (object | string)[],
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'botwave-import-'))
  const file = join(folder, 'rows.jsonl')
  writeFileSync(file, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'))
  try {
    return await runCommand(database, [command, file])
  } finally {
    rmSync(folder, { recursive: true })
  }
}
