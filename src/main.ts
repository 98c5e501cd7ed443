// argv → one command.
import { version } from './version.ts'

const USAGE = `BotWave ${version}

  botwave serve         run the dashboard, the API and every linked account (the default)
  botwave admin reset [EMAIL]
                        print a one-time link for an admin who cannot get in any more
  botwave import-users FILE
  botwave import-messages FILE
                        take over people, and then their message log, from an older installation (JSON lines)
  botwave canary [ACCOUNT_ID|off]
                        choose the account that writes to itself once an hour, and alarms when that fails
  botwave doctor        look at configuration, disk, database, browser and sandbox, and say what to do
  botwave supervisord   print a program section for supervisord
  botwave version       print the version
`

process.exit(await main(process.argv.slice(2)))

async function main([command = 'serve', ...rest]: string[]): Promise<number> {
  try {
    switch (command) {
      case 'serve':
        return await (await import('./cli/serve.ts')).serve()
      case 'admin':
        return await (await import('./cli/admin.ts')).admin(rest)
      case 'import-users':
        return await (await import('./cli/import-users.ts')).importUsers(rest)
      case 'import-messages':
        return await (await import('./cli/import-messages.ts')).importMessages(rest)
      case 'canary':
        return await (await import('./cli/canary.ts')).canary(rest)
      case 'doctor':
        return await (await import('./cli/doctor.ts')).doctor()
      case 'supervisord':
        return (await import('./cli/supervisord.ts')).supervisord(rest)
      case 'version':
      case '--version':
        process.stdout.write(`${version}\n`)
        return 0
      default:
        process.stderr.write(USAGE)
        return command === 'help' || command === '--help' ? 0 : 1
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    if (process.env.LOG_LEVEL === 'debug' && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    return 1
  }
}
