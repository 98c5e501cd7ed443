// A browser that dies while it starts: started once more, and told truthfully when that does not help.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AccountWorker, type Desk, openDesk } from '../support/worker.ts'
import { startWhatsApp, type WhatsApp } from './server.ts'

let server: WhatsApp
let desk: Desk
let folder: string
beforeAll(async () => {
  server = await startWhatsApp()
  desk = await openDesk(server.chromeFlags)
  folder = await mkdtemp(join(tmpdir(), 'botwave-launch-'))
})
afterAll(async () => {
  await desk?.[Symbol.asyncDispose]()
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** The same browser behind a script that crashes the first `crashes` starts as Chromium does: at once and wordless. */
async function crashing(worker: AccountWorker, name: string, crashes: number): Promise<AccountWorker> {
  const { browser } = worker.options
  const script = join(folder, name)
  await writeFile(
    script,
    `#!/bin/sh
echo start >>"${script}.starts"
[ "$(wc -l <"${script}.starts")" -le ${crashes} ] && kill -SEGV $$
exec "${browser.executable}" "$@"
`,
  )
  await chmod(script, 0o755)
  Object.assign(worker.options, { browser: { ...browser, executable: script } })
  return worker
}

test('a browser that crashes while it starts is started once more', async () => {
  const worker = await crashing(desk.open('once'), 'once', 1)
  await worker.start()
  await worker.heard('qr')
  expect(await Bun.file(join(folder, 'once.starts')).text()).toBe('start\nstart\n')
  expect(worker.all('log').map(({ message }) => message)).toContain(
    'the browser ended while it started and is started once more',
  )
  await worker.ask('stop', {})
  await worker.ended()
})

test('one that crashes each time ends the run, and says what it died of', async () => {
  const worker = await crashing(desk.open('always'), 'always', 1_000)
  const refused = await worker.start().then(
    () => 'it started',
    (error: Error) => error.message,
  )
  expect(refused).toBe('failed: the browser ended at once, with code SIGSEGV')
  expect((await worker.ended()).code).toBe('browser_failed')
})

test('one that would run after two crashes is not called broken', async () => {
  const worker = await crashing(desk.open('twice'), 'twice', 2)
  const refused = await worker.start().then(
    () => 'it started',
    (error: Error) => error.message,
  )
  expect(refused).toBe('failed: the browser ended twice while it started, though alone it runs')
  expect((await worker.ended()).code).toBe('browser_failed')
})
