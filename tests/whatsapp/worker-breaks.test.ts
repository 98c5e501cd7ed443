// A Worker whose own code throws, rejects or exits: its run ends with a reason, no browser is left, the link survives.
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Break } from '../support/breakable-worker.ts'
import type { BreakReport } from './breaking.ts'

const LIMIT_MS = 60_000

async function breakDown(how: Break): Promise<BreakReport> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'breaking.ts'), how], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
    timeout: LIMIT_MS - 5_000,
  })
  return JSON.parse(await new Response(child.stdout).text())
}

const cases: [Break, BreakReport['ended']][] = [
  ['throw', { code: 'worker_error', detail: 'thrown, and nobody catches it' }],
  ['reject', { code: 'worker_error', detail: 'rejected, and nobody awaits it' }],
  ['exit', null],
]

for (const [how, ended] of cases) {
  test(
    `a Worker that breaks by ${how} leaves no browser, and its link is good afterwards`,
    async () => {
      expect(await breakDown(how)).toEqual({ ended, left: 0, codes: 0 })
    },
    LIMIT_MS,
  )
}
