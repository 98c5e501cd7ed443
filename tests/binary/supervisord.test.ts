// Debian's supervisord runs the executable by the section that it prints: starts, restarts after a kill, stops in time.
import { afterEach, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressIn, executable, makeFolder, productEnv, until } from '../support/product.ts'

setDefaultTimeout(120_000)
const supervisord = Bun.which('supervisord')
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

test.if(supervisord !== null)(
  'supervisord starts it, restarts it after a kill, and stops it in good order',
  async () => {
    const { folder, remove } = makeFolder()
    undo.push(remove)
    const { control, output, events } = await startSupervisord(folder)

    // A log file gives no signal: it is read again.
    await until(() => addressIn(output()) !== null)
    const first = addressIn(output())!
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200)

    // `supervisorctl pid` names the process itself, not a shell around it.
    const pid = Number(control('pid', 'botwave'))
    const seen = output().length
    process.kill(pid, 'SIGKILL')
    await until(() => addressIn(output().slice(seen)) !== null)
    const second = addressIn(output().slice(seen))!
    expect((await fetch(`${second.url}/readyz`)).status).toBe(200)
    expect(Number(control('pid', 'botwave'))).not.toBe(pid)

    control('stop', 'botwave')
    expect(control('status', 'botwave')).toContain('STOPPED')
    // Not killed: it ended by itself within stopwaitsecs.
    expect(events()).toMatch(/stopped: botwave \(exit status 0\)/)
    expect(events().match(/SIGKILL/g)).toHaveLength(1)
  },
)

async function startSupervisord(folder: string) {
  const printed = Bun.spawnSync([executable, 'supervisord'], { cwd: folder, env: productEnv() })
  expect(printed.exitCode).toBe(0)
  const section = printed.stdout.toString()
  expect(section).toContain('\nstopwaitsecs=25\n')
  expect(section).toContain(`\ndirectory=${folder}\n`)
  const [log, programLog, socket] = ['supervisord.log', 'botwave.log', 'supervisor.sock'].map((n) =>
    join(folder, n),
  )
  const settings = join(folder, 'supervisord.conf')
  mkdirSync(join(folder, 'child'))
  writeFileSync(
    settings,
    `[supervisord]
nodaemon=true
logfile=${log}
pidfile=${join(folder, 'supervisord.pid')}
childlogdir=${join(folder, 'child')}
[unix_http_server]
file=${socket}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://${socket}
${section.replace('/var/log/supervisor/botwave.log', programLog!)}`,
  )
  const child = Bun.spawn([supervisord!, '-c', settings], {
    cwd: folder,
    env: productEnv(),
    stdout: 'ignore',
    stderr: 'ignore',
  })
  undo.push(async () => {
    child.kill('SIGTERM')
    await child.exited
  })
  return {
    /** Waits for the answer; throws where supervisorctl fails. */
    control: (...words: string[]) => {
      const run = Bun.spawnSync(['supervisorctl', '-c', settings, ...words], { env: productEnv() })
      return run.stdout.toString().trim()
    },
    output: () => readIfThere(programLog!),
    events: () => readIfThere(log!),
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
