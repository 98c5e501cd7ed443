// What others wrote to an account: kept once, whatever is reported twice.
import type { Sql } from 'postgres'
import type { IncomingMessage } from '../../workers/protocol.ts'
import type { Account } from '../accounts/store.ts'
import type { Hub } from '../events/hub.ts'
import { createIncoming } from './store.ts'

export async function receiveMessage(
  { sql, hub }: { sql: Sql; hub: Hub },
  account: Account,
  incoming: IncomingMessage,
): Promise<void> {
  hub.publish(await sql.begin((tx) => createIncoming(tx, account, incoming)))
}
