// The runs of every account: holds its Worker, hears it, writes each move it tells of, begins the next run when one is due.
import type { Sql } from 'postgres'
import type { Browser, SignalMessage, Signals, StartOptions } from '../../workers/protocol.ts'
import type { Hub } from '../events/hub.ts'
import type { Log } from '../log.ts'
import type { AccountHappening, AccountMove } from '../rules/account-state.ts'
import { createMoves, type Moves, type Moving } from './moves.ts'
import { profileDir, removeProfile } from './profiles.ts'
import { createStartSlots } from './start-slots.ts'
import { type Account, writeLink } from './store.ts'
import { Thread } from './thread.ts'

/** What is on the phone's side of a link that is being made; never stored. */
export interface LinkOffer {
  qr: { text: string; expiresAt: string } | null
  code: { code: string; expiresAt: string } | null
}

export interface RunParts {
  sql: Sql
  hub: Hub
  log: Log
  browser: Browser
  /** Absolute. Profiles lie in `profiles/<account>-<generation>`. */
  dataDir: string
  webPage: string | null
  worker: string | URL
  /** What an account goes out through; rejects where that may not be used. Absent: no account has one. */
  proxyOf?: (account: Account) => Promise<NonNullable<StartOptions['proxy']> | null>
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

/** One account, as long as the program runs or until it is removed. */
export interface Held extends Moving {
  thread: Thread | null
  offer: LinkOffer
  /** Gives the start slot back once the browser is past its expensive beginning. */
  release: (() => void) | null
  retry: Timer | null
  /** When its Worker was started, and what its browser took at the last look; null while none runs. */
  startedAt: Date | null
  usedMb: number | null
  /** The build of WhatsApp Web that its page runs, once it is ready. */
  webVersion: string | null
  /** Everything that happens to an account happens in order. */
  chain: Promise<unknown>
}

export const START_DEADLINE_MS = 90_000
const STOP_DEADLINE_MS = 15_000
const SLOT_DEADLINE_MS = 30_000
/** WhatsApp Web in a full Chromium takes 300 to 500 MB; one that has doubled that is leaking. */
const MEMORY = { softMb: 900, hardMb: 1_600, everyMs: 30_000, idleMs: 60_000 }
export const NO_OFFER: LinkOffer = { qr: null, code: null }

/** Holds the Workers open. What their owners want comes from the supervisor, which alone uses this. */
export class Runs {
  readonly moves: Moves
  #held = new Map<string, Held>()
  #slots = createStartSlots()
  #stopping = false

  constructor(readonly parts: RunParts) {
    this.moves = createMoves({ ...parts, isStopping: () => this.#stopping })
  }

  find(accountId: string): Held | undefined {
    return this.#held.get(accountId)
  }

  accountIds(): string[] {
    return [...this.#held.keys()]
  }

  /** Nothing of it is held any more. */
  drop(accountId: string): void {
    this.#held.delete(accountId)
  }

  /** The program ends: closes every browser; what was wanted stays wanted. */
  async stop(): Promise<void> {
    this.#stopping = true
    const all = [...this.#held.values()]
    for (const held of all) this.cancelRetry(held)
    await Promise.all(all.map((held) => this.stopThread(held)))
  }

  /** What is held of it, begun with `account` where nothing was. */
  hold(account: Account): Held {
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
      webVersion: null,
      restartsMs: [],
      chain: Promise.resolve(),
    }
    this.#held.set(account.id, held)
    return held
  }

  /** Everything that happens to one account happens one after the other. */
  inOrder<T>(held: Held, work: () => Promise<T>): Promise<T> {
    const done = held.chain.then(work)
    held.chain = done.catch((error) => this.note(held, 'a step', error))
    return done
  }

  /** Starts its Worker when a start slot is free, unless it is no longer wanted by then. */
  startSoon(held: Held): void {
    void this.#slots.take().then((release) =>
      this.inOrder(held, async () => {
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
    const move = await this.moves.move(held, { type: 'start' }, { run })
    if (!move && held.account.run !== run) return held.release?.()
    const proxy = await this.#openProxy(held)
    if (proxy === 'unusable') {
      held.release?.()
      return this.#failed(held, 'proxy_unusable')
    }
    const { id: accountId, generation, pairing_phone: pairingPhone, linked_at } = held.account
    const thread = new Thread({
      worker: this.parts.worker,
      generation,
      run,
      onSignal: (signal) => this.#hear(held, thread, signal),
      onGone: (code, detail) => void this.inOrder(held, () => this.#ended(held, thread, code, detail)),
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
      proxy,
      pairingPhone,
      linked: linked_at !== null,
      linkedAtMs: linked_at?.getTime() ?? null,
      memory: MEMORY,
      ...(this.parts.deadlines ? { deadlines: this.parts.deadlines } : {}),
    }
    // Not awaited: the Worker's signals tell how it goes on, and they are handled in order after this.
    thread.ask('start', options, START_DEADLINE_MS).catch((error) => {
      this.note(held, 'start', error)
      void this.inOrder(held, () => this.#ended(held, thread, 'browser_failed', String(error)))
    })
  }

  /** Looked at anew with every start: a name may lead somewhere else by then. */
  async #openProxy(held: Held): Promise<StartOptions['proxy'] | 'unusable'> {
    try {
      return (await this.parts.proxyOf?.(held.account)) ?? null
    } catch (error) {
      this.note(held, 'open the proxy', error)
      return 'unusable'
    }
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
        if (held.thread === thread) this.offer(held, { ...held.offer, qr: signal.data })
        return
      case 'pairingCode':
        if (held.thread === thread) this.offer(held, { ...held.offer, code: signal.data })
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
        void this.inOrder(held, () => this.#follow(held, thread, signal))
    }
  }

  async #follow(held: Held, thread: Thread, signal: SignalMessage): Promise<void> {
    if (held.thread !== thread) return
    if (signal.name === 'ended') return this.#ended(held, thread, signal.data.code, signal.data.detail)
    if (signal.name === 'ready') {
      held.webVersion = signal.data.webVersion || null
      await this.moves
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
    if (state !== 'qr' && state !== 'pairing' && state !== 'starting') this.offer(held, NO_OFFER)
    // The first `ready` brings the phone's number with it; see `ready` above.
    if (state === 'ready' && !held.account.linked_at) return
    const move = await this.moves.move(held, { type: 'seen', state, reason })
    if (move?.state === 'ready') this.parts.handlers.ready(held.account)
  }

  async #ended(held: Held, thread: Thread, code: string, detail: string): Promise<void> {
    if (held.thread !== thread) return
    this.#forgetThread(held)
    held.release?.()
    this.offer(held, NO_OFFER)
    thread.terminate()
    if (this.#stopping) return
    this.parts.log.info({ account_id: held.account.id, run: thread.run, code, detail }, 'account run ended')
    await this.#failed(held, code)
  }

  /** Nothing of it runs: over, or tried again when it is due. */
  async #failed(held: Held, code: string): Promise<void> {
    const move = await this.forgetAfter(held, { type: 'ended', code })
    if (move?.retry) this.#retryWhenDue(held)
  }

  /** Moves, and where the link is over, takes its browser and its profile away. */
  async forgetAfter(held: Held, happening: AccountHappening): Promise<AccountMove | null> {
    const profile = profileDir(this.parts.dataDir, held.account)
    const move = await this.moves.move(held, happening)
    if (!move?.forget) return move
    await this.stopThread(held)
    await removeProfile(profile).catch((error) => this.note(held, 'remove the profile', error))
    return move
  }

  #retryWhenDue(held: Held): void {
    const dueAt = held.account.next_try_at?.getTime() ?? 0
    held.retry = setTimeout(
      () => {
        held.retry = null
        this.startSoon(held)
      },
      Math.max(0, dueAt - Date.now()),
    )
  }

  cancelRetry(held: Held): void {
    if (held.retry) clearTimeout(held.retry)
    held.retry = null
  }

  /** Closes its browser and ends its Worker, in any case within 15 s. */
  async stopThread(held: Held): Promise<void> {
    const thread = held.thread
    if (!thread) return
    this.#forgetThread(held)
    this.offer(held, NO_OFFER)
    await thread.ask('stop', {}, STOP_DEADLINE_MS).catch((error) => this.note(held, 'stop', error))
    thread.terminate()
    held.release?.()
  }

  #forgetThread(held: Held): void {
    held.thread = null
    held.startedAt = null
    held.usedMb = null
    held.webVersion = null
  }

  /** Tells what there is to scan or type now. */
  offer(held: Held, offer: LinkOffer): void {
    if (held.offer === offer) return
    held.offer = offer
    this.parts.handlers.offer(held.account, offer)
  }

  note(held: Held, step: string, error: unknown): void {
    this.parts.log.warn({ account_id: held.account.id, step, err: error }, 'account step failed')
  }
}
