// What owners and admins want of their accounts, brought about: one instance a process, above the Workers' runs.
import type { CommandName, Commands } from '../../workers/protocol.ts'
import { isUp } from '../rules/account-state.ts'
import { type Held, type LinkOffer, NO_OFFER, type RunParts, Runs, START_DEADLINE_MS } from './runs.ts'
import {
  type Account,
  findAnyAccount,
  listAccountsToBoot,
  noteNewChatsRefused,
  writePairingPhone,
} from './store.ts'
import { ThreadError } from './thread.ts'

export type { LinkOffer }

const LOGOUT_DEADLINE_MS = 30_000

/** Each act that somebody asked for is done in the account's own order and answers with the account as it is then. */
export class Supervisor {
  #runs: Runs

  constructor(readonly parts: RunParts) {
    this.#runs = new Runs(parts)
  }

  /** After a start of the program: goes on with whatever was wanted. */
  async boot(): Promise<void> {
    const accounts = await listAccountsToBoot(this.parts.sql)
    const moves = accounts.map(({ owner_is_active, ...account }) => {
      const held = this.#runs.hold(account)
      return this.#runs.inOrder(held, async () => {
        const move = await this.#runs.moves.move(held, { type: owner_is_active ? 'boot' : 'suspend' })
        if (move?.wanted && owner_is_active) this.#runs.startSoon(held)
      })
    })
    // Awaited, so that nobody is shown a state of before.
    await Promise.all(moves)
  }

  /** The owner wants it connected; `phone` (digits) asks for a pairing code next to the QR. */
  async connect(account: Account, { phone = null }: { phone?: string | null } = {}): Promise<Account> {
    const held = this.#runs.hold(account)
    return this.#asked(held, async () => {
      const move = await this.#runs.moves.move(held, { type: 'connect' }, { pairing_phone: phone })
      if (move) {
        this.#runs.cancelRetry(held)
        await this.#runs.stopThread(held)
        this.#runs.startSoon(held)
      } else if (held.thread && held.account.state === 'conflict') {
        await held.thread.ask('takeOver', {}, START_DEADLINE_MS)
      } else if (phone && held.account.state === 'starting') {
        // Nothing to type on yet: the start under way begins again, this time with the phone.
        const { sql } = this.parts
        held.account = (await writePairingPhone(sql, held.account, phone)) ?? held.account
        await this.#runs.stopThread(held)
        this.#runs.startSoon(held)
      } else if (phone && held.thread && isUp(held.account.state)) {
        const answer = await held.thread.ask('pair', { phone }, START_DEADLINE_MS)
        this.#runs.offer(held, { ...held.offer, code: answer })
      }
      return held.account
    })
  }

  /** Stops it and keeps the link. */
  async disconnect(account: Account): Promise<Account> {
    const held = this.#runs.hold(account)
    return this.#asked(held, async () => {
      await this.#runs.moves.move(held, { type: 'disconnect' })
      this.#runs.cancelRetry(held)
      await this.#runs.stopThread(held)
      return held.account
    })
  }

  /** Unlinks it at WhatsApp where its page is up, and forgets the profile in any case. */
  async logout(account: Account): Promise<Account> {
    const held = this.#runs.hold(account)
    return this.#asked(held, async () => {
      this.#runs.cancelRetry(held)
      const thread = held.thread
      if (thread && held.account.linked_at) {
        await thread
          .ask('logout', {}, LOGOUT_DEADLINE_MS)
          .catch((error) => this.#runs.note(held, 'logout', error))
      }
      await this.#runs.forgetAfter(held, { type: 'logout' })
      return held.account
    })
  }

  /** An admin wants its browser begun anew, whatever it is doing; one that was stopped is connected. */
  async restart(account: Account): Promise<Account> {
    const held = this.#runs.hold(account)
    return this.#asked(held, async () => {
      this.#runs.cancelRetry(held)
      await this.#runs.stopThread(held)
      await this.#runs.moves.move(held, { type: held.account.wanted ? 'boot' : 'connect' })
      this.#runs.startSoon(held)
      return held.account
    })
  }

  /** Its owner changed what its browser is started with: begun anew where it runs, tries to, or waits for its turn. */
  async renew(account: Account): Promise<Account> {
    const held = this.#runs.hold(account)
    return this.#asked(held, async () => {
      this.refresh(account)
      if (!held.account.wanted) return held.account
      this.#runs.cancelRetry(held)
      await this.#runs.stopThread(held)
      await this.#runs.moves.move(held, { type: 'boot' })
      this.#runs.startSoon(held)
      return held.account
    })
  }

  /** Its owner was suspended: it stops, and what they wanted is remembered. */
  async suspend(account: Account): Promise<void> {
    const held = this.#runs.hold(account)
    await this.#runs.inOrder(held, async () => {
      await this.#runs.moves.move(held, { type: 'suspend' })
      this.#runs.cancelRetry(held)
      await this.#runs.stopThread(held)
    })
  }

  /** Its owner is active again: it goes on as after a start of the program. */
  async resume(account: Account): Promise<void> {
    const held = this.#runs.hold(account)
    await this.#runs.inOrder(held, async () => {
      if (held.account.state !== 'stopped') return
      const move = await this.#runs.moves.move(held, { type: 'boot' })
      if (move?.wanted) this.#runs.startSoon(held)
    })
  }

  /** Before its row is removed: unlink, and nothing is held any more. */
  async release(account: Account): Promise<void> {
    await this.logout(account)
    this.#runs.drop(account.id)
  }

  /** Its name, pacing or choices were changed by its owner. */
  refresh(changed: Account): void {
    const { name, pacing, on_uncertain, new_chats_refused_at, proxy, proxy_server } = changed
    const held = this.#runs.find(changed.id)
    const chosen = { name, pacing, on_uncertain, new_chats_refused_at, proxy, proxy_server }
    if (held) held.account = { ...held.account, ...chosen }
  }

  /** WhatsApp refuses new chats for this account: it opens none until its owner says so. */
  async refuseNewChats(accountId: string): Promise<void> {
    const { sql, hub, log } = this.parts
    const noted = await this.#runs.moves.retrying(() => sql.begin((tx) => noteNewChatsRefused(tx, accountId)))
    if (!noted) {
      // Known already, perhaps from a try whose answer got lost.
      const account = await this.#runs.moves.retrying(() => findAnyAccount(sql, accountId))
      return account ? this.refresh(account) : undefined
    }
    this.refresh(noted.account)
    log.warn({ account_id: accountId }, 'WhatsApp refuses new chats')
    hub.publish(noted.events)
  }

  /** What there is to scan or type right now. */
  offer(accountId: string): LinkOffer {
    return this.#runs.find(accountId)?.offer ?? NO_OFFER
  }

  /** What its browser takes and since when it runs, for admins; nulls while none runs. */
  figures(accountId: string): { usedMb: number | null; startedAt: Date | null } {
    const { usedMb = null, startedAt = null } = this.#runs.find(accountId) ?? {}
    return { usedMb, startedAt }
  }

  /** The run that may send now, or null. */
  readyRun(accountId: string): { generation: number; run: number; account: Account } | null {
    const held = this.#runs.find(accountId)
    if (!held?.thread || held.account.state !== 'ready') return null
    return { generation: held.thread.generation, run: held.thread.run, account: held.account }
  }

  /** What runs in the page of an account that may send now; null for any other. */
  readyPage(accountId: string): { webVersion: string | null } | null {
    const held = this.readyRun(accountId) && this.#runs.find(accountId)
    return held ? { webVersion: held.webVersion } : null
  }

  /** Ids of all accounts that may send now. */
  /** Of every account whose browser runs, in no order. */
  browsers(): { usedMb: number | null }[] {
    return this.#runs.accountIds().flatMap((id) => {
      const held = this.#runs.find(id)
      return held?.thread ? [{ usedMb: held.usedMb }] : []
    })
  }

  readyAccounts(): string[] {
    return this.#runs.accountIds().filter((id) => this.readyRun(id))
  }

  /** Asks an account's Worker. Rejects with `ThreadError`. */
  ask<N extends CommandName>(
    accountId: string,
    name: N,
    ask: Commands[N]['ask'],
    deadlineMs: number,
  ): Promise<Commands[N]['answer']> {
    const thread = this.#runs.find(accountId)?.thread
    if (!thread) return Promise.reject(new ThreadError('not_started', 'no Worker runs for this account'))
    return thread.ask(name, ask, deadlineMs)
  }

  /** The program ends: closes every browser; what was wanted stays wanted. */
  stop(): Promise<void> {
    return this.#runs.stop()
  }

  /** For somebody who waits for the answer: refused while the database is away, though it may be done when it is back. */
  #asked<T>(held: Held, work: () => Promise<T>): Promise<T> {
    return this.#runs.moves.unlessWaiting(this.#runs.inOrder(held, work))
  }
}
