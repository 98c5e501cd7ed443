// Brings every account from what is to what its owner wants: starts Workers, hears them, writes each move.
import type { Sql } from 'postgres'
import type {
  Browser,
  CommandName,
  Commands,
  SignalMessage,
  Signals,
  StartOptions,
} from '../../workers/protocol.ts'
import type { Hub } from '../events/hub.ts'
import type { Log } from '../log.ts'
import { type AccountHappening, type AccountMove, isUp } from '../rules/account-state.ts'
import { createMoves, type Moves, type Moving } from './moves.ts'
import { profileDir, removeProfile } from './profiles.ts'
import { createStartSlots } from './start-slots.ts'
import {
  type Account,
  findAnyAccount,
  listAccountsToBoot,
  noteNewChatsRefused,
  writeLink,
  writePairingPhone,
} from './store.ts'
import { Thread, ThreadError } from './thread.ts'

/** What is on the phone's side of a link that is being made; never stored. */
export interface LinkOffer {
  qr: { text: string; expiresAt: string } | null
  code: { code: string; expiresAt: string } | null
}

export interface SupervisorParts {
  sql: Sql
  hub: Hub
  log: Log
  browser: Browser
  /** Absolute. Profiles lie in `profiles/<account>-<generation>`. */
  dataDir: string
  webPage: string | null
  worker: string | URL
  /** How often a Worker is asked whether it still turns; 10 s unless given. */
  pingEveryMs?: number
  /** Other deadlines for the Workers than the usual ones. */
  deadlines?: NonNullable<StartOptions['deadlines']>
  handlers: {
    ready(account: Account): void
    ack(account: Account, ack: Signals['ack']): void
    incoming(account: Account, message: Signals['incoming']): void
    offer(account: Account, offer: LinkOffer): void
  }
}

interface Held extends Moving {
  thread: Thread | null
  offer: LinkOffer
  /** Gives the start slot back once the browser is past its expensive beginning. */
  release: (() => void) | null
  retry: Timer | null
  /** When its Worker was started, and what its browser took at the last look; null while none runs. */
  startedAt: Date | null
  usedMb: number | null
  /** Everything that happens to an account happens in order. */
  chain: Promise<unknown>
}

const START_DEADLINE_MS = 90_000
const STOP_DEADLINE_MS = 15_000
const LOGOUT_DEADLINE_MS = 30_000
const SLOT_DEADLINE_MS = 30_000
/** WhatsApp Web in a full Chromium takes 300 to 500 MB; one that has doubled that is leaking. */
const MEMORY = { softMb: 900, hardMb: 1_600, everyMs: 30_000, idleMs: 60_000 }
const NO_OFFER: LinkOffer = { qr: null, code: null }

/** Holds the Workers open. One instance a process. */
export class Supervisor {
  #held = new Map<string, Held>()
  #slots = createStartSlots()
  #stopping = false
  #moves: Moves

  constructor(readonly parts: SupervisorParts) {
    this.#moves = createMoves({ ...parts, isStopping: () => this.#stopping })
  }

  /** After a start of the program: goes on with whatever was wanted. */
  async boot(): Promise<void> {
    const accounts = await listAccountsToBoot(this.parts.sql)
    const moves = accounts.map(({ owner_is_active, ...account }) => {
      const held = this.#hold(account)
      return this.#inOrder(held, async () => {
        const move = await this.#moves.move(held, { type: owner_is_active ? 'boot' : 'suspend' })
        if (move?.wanted && owner_is_active) this.#startSoon(held)
      })
    })
    // Awaited, so that nobody is shown a state of before.
    await Promise.all(moves)
  }

  /** The owner wants it connected; `phone` (digits) asks for a pairing code next to the QR. */
  async connect(account: Account, { phone = null }: { phone?: string | null } = {}): Promise<Account> {
    const held = this.#hold(account)
    return this.#asked(held, async () => {
      const move = await this.#moves.move(held, { type: 'connect' }, { pairing_phone: phone })
      if (move) {
        this.#cancelRetry(held)
        await this.#stopThread(held)
        this.#startSoon(held)
      } else if (held.thread && held.account.state === 'conflict') {
        await held.thread.ask('takeOver', {}, START_DEADLINE_MS)
      } else if (phone && held.account.state === 'starting') {
        // Nothing to type on yet: the start under way begins again, this time with the phone.
        const { sql } = this.parts
        held.account = (await writePairingPhone(sql, held.account, phone)) ?? held.account
        await this.#stopThread(held)
        this.#startSoon(held)
      } else if (phone && held.thread && isUp(held.account.state)) {
        const answer = await held.thread.ask('pair', { phone }, START_DEADLINE_MS)
        this.#offer(held, { ...held.offer, code: answer })
      }
      return held.account
    })
  }

  /** Stops it and keeps the link. */
  async disconnect(account: Account): Promise<Account> {
    const held = this.#hold(account)
    return this.#asked(held, async () => {
      await this.#moves.move(held, { type: 'disconnect' })
      this.#cancelRetry(held)
      await this.#stopThread(held)
      return held.account
    })
  }

  /** Unlinks it at WhatsApp where its page is up, and forgets the profile in any case. */
  async logout(account: Account): Promise<Account> {
    const held = this.#hold(account)
    return this.#asked(held, async () => {
      this.#cancelRetry(held)
      const thread = held.thread
      if (thread && held.account.linked_at) {
        await thread.ask('logout', {}, LOGOUT_DEADLINE_MS).catch((error) => this.#note(held, 'logout', error))
      }
      await this.#forgetAfter(held, { type: 'logout' })
      return held.account
    })
  }

  /** An admin wants its browser begun anew, whatever it is doing; one that was stopped is connected. */
  async restart(account: Account): Promise<Account> {
    const held = this.#hold(account)
    return this.#asked(held, async () => {
      this.#cancelRetry(held)
      await this.#stopThread(held)
      await this.#moves.move(held, { type: held.account.wanted ? 'boot' : 'connect' })
      this.#startSoon(held)
      return held.account
    })
  }

  /** Its owner was suspended: it stops, and what they wanted is remembered. */
  async suspend(account: Account): Promise<void> {
    const held = this.#hold(account)
    await this.#inOrder(held, async () => {
      await this.#moves.move(held, { type: 'suspend' })
      this.#cancelRetry(held)
      await this.#stopThread(held)
    })
  }

  /** Its owner is active again: it goes on as after a start of the program. */
  async resume(account: Account): Promise<void> {
    const held = this.#hold(account)
    await this.#inOrder(held, async () => {
      if (held.account.state !== 'stopped') return
      const move = await this.#moves.move(held, { type: 'boot' })
      if (move?.wanted) this.#startSoon(held)
    })
  }

  /** Before its row is removed: unlink, and nothing is held any more. */
  async release(account: Account): Promise<void> {
    await this.logout(account)
    this.#held.delete(account.id)
  }

  /** Its name, pacing or choices were changed by its owner. */
  refresh({ id, name, pacing, on_uncertain, new_chats_refused_at }: Account): void {
    const held = this.#held.get(id)
    if (held) held.account = { ...held.account, name, pacing, on_uncertain, new_chats_refused_at }
  }

  /** WhatsApp refuses new chats for this account: it opens none until its owner says so. */
  async refuseNewChats(accountId: string): Promise<void> {
    const { sql, hub, log } = this.parts
    const noted = await this.#moves.retrying(() => sql.begin((tx) => noteNewChatsRefused(tx, accountId)))
    if (!noted) {
      // Known already, perhaps from a try whose answer got lost.
      const account = await this.#moves.retrying(() => findAnyAccount(sql, accountId))
      return account ? this.refresh(account) : undefined
    }
    this.refresh(noted.account)
    log.warn({ account_id: accountId }, 'WhatsApp refuses new chats')
    hub.publish(noted.events)
  }

  /** What there is to scan or type right now. */
  offer(accountId: string): LinkOffer {
    return this.#held.get(accountId)?.offer ?? NO_OFFER
  }

  /** What its browser takes and since when it runs, for admins; nulls while none runs. */
  figures(accountId: string): { usedMb: number | null; startedAt: Date | null } {
    const { usedMb = null, startedAt = null } = this.#held.get(accountId) ?? {}
    return { usedMb, startedAt }
  }

  /** The run that may send now, or null. */
  readyRun(accountId: string): { generation: number; run: number; account: Account } | null {
    const held = this.#held.get(accountId)
    if (!held?.thread || held.account.state !== 'ready') return null
    return { generation: held.thread.generation, run: held.thread.run, account: held.account }
  }

  /** Ids of all accounts that may send now. */
  readyAccounts(): string[] {
    return [...this.#held.keys()].filter((id) => this.readyRun(id))
  }

  /** Asks an account's Worker. Rejects with `ThreadError`. */
  ask<N extends CommandName>(
    accountId: string,
    name: N,
    ask: Commands[N]['ask'],
    deadlineMs: number,
  ): Promise<Commands[N]['answer']> {
    const thread = this.#held.get(accountId)?.thread
    if (!thread) return Promise.reject(new ThreadError('not_started', 'no Worker runs for this account'))
    return thread.ask(name, ask, deadlineMs)
  }

  /** The program ends: closes every browser; what was wanted stays wanted. */
  async stop(): Promise<void> {
    this.#stopping = true
    const all = [...this.#held.values()]
    for (const held of all) this.#cancelRetry(held)
    await Promise.all(all.map((held) => this.#stopThread(held)))
  }

  #hold(account: Account): Held {
    const known = this.#held.get(account.id)
    if (known) return known
    const held: Held = {
      account,
      thread: null,
      offer: NO_OFFER,
      release: null,
      retry: null,
      startedAt: null,
      usedMb: null,
      restartsMs: [],
      chain: Promise.resolve(),
    }
    this.#held.set(account.id, held)
    return held
  }

  #inOrder<T>(held: Held, work: () => Promise<T>): Promise<T> {
    const done = held.chain.then(work)
    held.chain = done.catch((error) => this.#note(held, 'a step', error))
    return done
  }

  /** For somebody who waits for the answer: refused while the database is away, though it may be done when it is back. */
  #asked<T>(held: Held, work: () => Promise<T>): Promise<T> {
    return this.#moves.unlessWaiting(this.#inOrder(held, work))
  }

  #startSoon(held: Held): void {
    void this.#slots.take().then((release) =>
      this.#inOrder(held, async () => {
        // `stopped`, though wanted: its owner was suspended meanwhile.
        const { wanted, state } = held.account
        if (!wanted || state === 'stopped' || held.thread || this.#stopping) return release()
        const slow = setTimeout(release, SLOT_DEADLINE_MS)
        held.release = () => {
          clearTimeout(slow)
          release()
        }
        await this.#start(held)
      }),
    )
  }

  async #start(held: Held): Promise<void> {
    const run = held.account.run + 1
    const move = await this.#moves.move(held, { type: 'start' }, { run })
    if (!move && held.account.run !== run) return held.release?.()
    const { id: accountId, generation, pairing_phone: pairingPhone, linked_at } = held.account
    const thread = new Thread({
      worker: this.parts.worker,
      generation,
      run,
      onSignal: (signal) => this.#hear(held, thread, signal),
      onGone: (code, detail) => void this.#inOrder(held, () => this.#ended(held, thread, code, detail)),
      ...(this.parts.pingEveryMs ? { pingEveryMs: this.parts.pingEveryMs } : {}),
    })
    held.thread = thread
    held.startedAt = new Date()
    const { browser, webPage, dataDir } = this.parts
    const dir = profileDir(dataDir, held.account)
    const options = {
      accountId,
      profileDir: dir,
      browser,
      webPage,
      pairingPhone,
      linked: linked_at !== null,
      memory: MEMORY,
      ...(this.parts.deadlines ? { deadlines: this.parts.deadlines } : {}),
    }
    // Not awaited: the Worker's signals tell how it goes on, and they are handled in order after this.
    thread.ask('start', options, START_DEADLINE_MS).catch((error) => {
      this.#note(held, 'start', error)
      void this.#inOrder(held, () => this.#ended(held, thread, 'browser_failed', String(error)))
    })
  }

  #hear(held: Held, thread: Thread, signal: SignalMessage): void {
    const { handlers } = this.parts
    switch (signal.name) {
      case 'log': {
        const { level, message, fields } = signal.data
        return this.parts.log[level]({ account_id: held.account.id, run: thread.run, ...fields }, message)
      }
      case 'ack':
        return handlers.ack(held.account, signal.data)
      case 'incoming':
        return handlers.incoming(held.account, signal.data)
      case 'qr':
        if (held.thread === thread) this.#offer(held, { ...held.offer, qr: signal.data })
        return
      case 'pairingCode':
        if (held.thread === thread) this.#offer(held, { ...held.offer, code: signal.data })
        return
      case 'memory':
        if (held.thread === thread) held.usedMb = signal.data.usedMb
        return this.parts.log.debug(
          { account_id: held.account.id, used_mb: signal.data.usedMb },
          'browser memory',
        )
      case 'state':
      case 'ready':
      case 'ended':
        void this.#inOrder(held, () => this.#follow(held, thread, signal))
    }
  }

  async #follow(held: Held, thread: Thread, signal: SignalMessage): Promise<void> {
    if (held.thread !== thread) return
    if (signal.name === 'ended') return this.#ended(held, thread, signal.data.code, signal.data.detail)
    if (signal.name === 'ready') {
      await this.#moves
        .retrying(() => writeLink(this.parts.sql, held.account, signal.data.phone))
        .then((account) => {
          if (account) held.account = account
        })
      await this.#seen(held, 'ready', null)
    }
    if (signal.name === 'state') await this.#seen(held, signal.data.state, signal.data.reason)
  }

  async #seen(held: Held, state: Signals['state']['state'], reason: string | null): Promise<void> {
    if (state !== 'starting') held.release?.()
    if (state !== 'qr' && state !== 'pairing' && state !== 'starting') this.#offer(held, NO_OFFER)
    // The first `ready` brings the phone's number with it; see `ready` above.
    if (state === 'ready' && !held.account.linked_at) return
    const move = await this.#moves.move(held, { type: 'seen', state, reason })
    if (move?.state === 'ready') this.parts.handlers.ready(held.account)
  }

  async #ended(held: Held, thread: Thread, code: string, detail: string): Promise<void> {
    if (held.thread !== thread) return
    this.#forgetThread(held)
    held.release?.()
    this.#offer(held, NO_OFFER)
    thread.terminate()
    if (this.#stopping) return
    this.parts.log.info({ account_id: held.account.id, run: thread.run, code, detail }, 'account run ended')
    const move = await this.#forgetAfter(held, { type: 'ended', code })
    if (move?.retry) this.#retryWhenDue(held)
  }

  /** Moves, and where the link is over, takes its browser and its profile away. */
  async #forgetAfter(held: Held, happening: AccountHappening): Promise<AccountMove | null> {
    const profile = profileDir(this.parts.dataDir, held.account)
    const move = await this.#moves.move(held, happening)
    if (!move?.forget) return move
    await this.#stopThread(held)
    await removeProfile(profile).catch((error) => this.#note(held, 'remove the profile', error))
    return move
  }

  #retryWhenDue(held: Held): void {
    const dueAt = held.account.next_try_at?.getTime() ?? 0
    held.retry = setTimeout(
      () => {
        held.retry = null
        this.#startSoon(held)
      },
      Math.max(0, dueAt - Date.now()),
    )
  }

  #cancelRetry(held: Held): void {
    if (held.retry) clearTimeout(held.retry)
    held.retry = null
  }

  async #stopThread(held: Held): Promise<void> {
    const thread = held.thread
    if (!thread) return
    this.#forgetThread(held)
    this.#offer(held, NO_OFFER)
    await thread.ask('stop', {}, STOP_DEADLINE_MS).catch((error) => this.#note(held, 'stop', error))
    thread.terminate()
    held.release?.()
  }

  #forgetThread(held: Held): void {
    held.thread = null
    held.startedAt = null
    held.usedMb = null
  }

  #offer(held: Held, offer: LinkOffer): void {
    if (held.offer === offer) return
    held.offer = offer
    this.parts.handlers.offer(held.account, offer)
  }

  #note(held: Held, step: string, error: unknown): void {
    this.parts.log.warn({ account_id: held.account.id, step, err: error }, 'account step failed')
  }
}
