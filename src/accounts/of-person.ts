// All accounts of one person at once: stopped with their owner, brought back with them, or unlinked before they go.
import type { Sql } from 'postgres'
import { isUp } from '../rules/account-state.ts'
import { type Account, listAccounts } from './store.ts'

/** What is asked of the supervisor. */
export interface Holder {
  suspend(account: Account): Promise<void>
  resume(account: Account): Promise<void>
  release(account: Account): Promise<void>
}

export interface AccountsOfPerson {
  /** Stops what runs or is wanted; the links stay, and what was wanted is remembered. */
  suspend(userId: string): Promise<void>
  /** Goes on with what was wanted. */
  resume(userId: string): Promise<void>
  /** Unlinks all of them and takes their profiles away: before their rows go. */
  release(userId: string): Promise<void>
}

/** The only caller is an admin's act, so `sql` sees everybody. */
export function createAccountsOfPerson(sql: Sql, holder: Holder): AccountsOfPerson {
  async function each(userId: string, act: (account: Account) => Promise<void>): Promise<void> {
    const accounts = await listAccounts(sql, userId)
    await Promise.all(accounts.map(act))
  }
  return {
    suspend: (userId) =>
      each(userId, async (account) => {
        if (account.wanted || isUp(account.state)) await holder.suspend(account)
      }),
    resume: (userId) => each(userId, (account) => holder.resume(account)),
    release: (userId) => each(userId, (account) => holder.release(account)),
  }
}
