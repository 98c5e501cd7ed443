// A long command that is interrupted ends what it started, wherever it stands: no process, no folder.
import { expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

setDefaultTimeout(90_000)
const root = join(import.meta.dir, '../..')

test.each([
  ['tests/crash/crash.ts', 'SIGINT', 'starting WhatsApp and the product'],
  ['tests/soak/soak.ts', 'SIGTERM', 'starting WhatsApp and the product'],
] as const)('%s, %s at “%s”', async (command, signal, moment) => {
  const folder = mkdtempSync(join(tmpdir(), 'botwave-interrupted-'))
  const child = Bun.spawn([process.execPath, join(root, command), '--seed', '1'], {
    env: { ...process.env, TMPDIR: folder },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  try {
    let said = ''
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      const before = said.includes(moment)
      said += chunk
      if (!before && said.includes(moment)) child.kill(signal)
    }
    expect({ code: await child.exited, said }).toEqual({ code: 130, said: expect.stringContaining(moment) })
    expect(naming(folder)).toEqual([])
    expect(readdirSync(folder).filter((name) => name.startsWith('botwave'))).toEqual([])
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
})

/** Processes that were started with something in `folder`. */
function naming(folder: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return line.includes(folder) ? [line] : []
    } catch {
      return []
    }
  })
}
