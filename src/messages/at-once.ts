// What is asked of an account at once, in no queue: marking as seen, showing that somebody types.
import type { Commands } from '../../workers/protocol.ts'
import { Problem } from '../http/problem.ts'

type Name = 'seen' | 'typing'

/** Rejects when it cannot be done now. `app.ts` hands it in. */
export type AskAccount = <N extends Name>(
  accountId: string,
  name: N,
  ask: Commands[N]['ask'],
) => Promise<Commands[N]['answer']>

export interface AtOnceParts {
  askAccount: AskAccount
  isReady: (accountId: string) => boolean
}

/** Throws `account_not_ready` where the account cannot do it now, `chat_not_found` where there is no such chat. */
export async function doAtOnce<N extends Name>(
  { askAccount, isReady }: AtOnceParts,
  accountId: string | null,
  name: N,
  ask: Commands[N]['ask'],
): Promise<void> {
  if (!accountId || !isReady(accountId)) throw new Problem('account_not_ready')
  const answer = await askAccount(accountId, name, ask).catch(() => null)
  if (!answer) throw new Problem('account_not_ready')
  if (!answer.done) throw new Problem('chat_not_found')
}
