// `botwave canary [ACCOUNT_ID|off]`: chooses the account that writes to itself once an hour, or says how it is.
import { type Canary, chooseCanary, findCanary, removeCanary } from '../canary/store.ts'
import { isUuid } from '../http/shape.ts'
import { withDatabase } from './beside.ts'

/** Works beside a running server, which looks every few seconds, and without one. Answers the exit code. */
export async function canary([choice, ...rest]: string[]): Promise<number> {
  const isChoice = choice === undefined || choice === 'off' || isUuid(choice)
  if (rest.length || !isChoice) throw new Error('This command is: botwave canary [ACCOUNT_ID|off]')
  const text = await withDatabase(({ sql }) =>
    sql.begin(async (tx) => {
      if (choice === 'off') await removeCanary(tx)
      else if (choice && !(await chooseCanary(tx, choice)))
        throw new Error(`There is no account ${choice}: its page in the dashboard names its id.`)
      return describe(await findCanary(tx))
    }),
  )
  process.stdout.write(`${text}\n`)
  return 0
}

function describe(canary: Canary | null): string {
  if (!canary) return 'No account sends a canary.'
  const { account_id, name, state, next_at, told } = canary
  const trouble = told.length > 0 ? ` Told and not over: ${told.join(', ')}.` : ''
  const when = state === 'ready' ? `the next is due at ${next_at.toISOString()}` : `it waits: it is ${state}`
  return `The account ${name} (${account_id}) sends a canary to itself once an hour; ${when}.${trouble}`
}
