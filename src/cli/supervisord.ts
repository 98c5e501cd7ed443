// `botwave supervisord`: prints the program section for this installation, source or executable.
import { resolve } from 'node:path'
import { options } from '../config.ts'

/** Writes the section to stdout; answers the exit code. Takes no arguments. */
export function supervisord(_arguments: string[] = []): number {
  process.stdout.write(programSection())
  return 0
}

interface Installation {
  /** Program and arguments, absolute. */
  command: string[]
  /** Where `./data` lies. */
  directory: string
  user: string
  /** Options in force, without secrets. */
  environment: Record<string, string>
}

/** The section as text. `stopwaitsecs` leaves time for messages on their way: we stop within 20 s. */
export function programSection(installation: Installation = thisInstallation()): string {
  const { command, directory, user, environment } = installation
  return `; Save it as /etc/supervisor/conf.d/botwave.conf, then: supervisorctl reread && supervisorctl update
; More options go into environment=, for example PUBLIC_URL="https://botwave.example"; secrets into files (NAME_FILE).
[program:botwave]
command=${command.map(quote).join(' ')}
directory=${percentTwice(directory)}
user=${user}
${settings(environment)}autostart=true
autorestart=true
startsecs=5
startretries=10
stopsignal=TERM
stopwaitsecs=25
stopasgroup=false
killasgroup=true
stdout_logfile=/var/log/supervisor/botwave.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=5
redirect_stderr=true
`
}

function thisInstallation(): Installation {
  const command = Bun.isStandaloneExecutable
    ? [process.execPath, 'serve']
    : [process.execPath, resolve(import.meta.dir, '../main.ts'), 'serve']
  return { command, directory: process.cwd(), user: userName(), environment: given(process.env) }
}

/** Asked of the system: Bun knows only what USER says, which cron and containers leave out. */
function userName(): string {
  return Bun.spawnSync(['id', '-un']).stdout.toString().trim()
}

function given(env: Record<string, string | undefined>): Record<string, string> {
  const open = Object.values(options).flatMap((option) =>
    'secret' in option && option.secret ? [`${option.name}_FILE`] : [option.name],
  )
  return Object.fromEntries(open.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
}

function settings(environment: Record<string, string>): string {
  const pairs = Object.entries(environment).map(
    ([name, value]) => `${name}="${percentTwice(value.replace(/(["\\])/g, '\\$1'))}"`,
  )
  return pairs.length ? `environment=${pairs.join(',')}\n` : ''
}

/** supervisord splits a command as a shell does, and takes `%` for the start of an expression. */
function quote(word: string): string {
  return percentTwice(/^[\w./:@+-]+$/.test(word) ? word : `"${word.replace(/(["\\])/g, '\\$1')}"`)
}

function percentTwice(text: string): string {
  return text.replaceAll('%', '%%')
}
