// One run of one account: from the launch of the browser to the end of its last process.

import { PageCalls } from './call.ts'
import { detailOf, isPageLost, within } from './deadline.ts'
import { endBrowser } from './ending.ts'
import type { Probe, Told } from './page/window.ts'
import { Pairing } from './pairing.ts'
import { Patience } from './patience.ts'
import { type ProfileLock, takeProfile } from './profile.ts'
import type { Ack, EndCode, IncomingMessage, Signals, StartOptions } from './protocol.ts'
import { QrRound } from './qr.ts'
import { Sender } from './send.ts'
import { isSynced, readSight, type Sight } from './sight.ts'
import { type OpenedWhatsApp, openWhatsApp } from './whatsapp.ts'

export type Tell = <N extends keyof Signals>(name: N, data: Signals[N]) => void

const LAUNCH_MS = 45_000
const LAUNCH_END_MS = 5_000
const LOOK_EVERY_MS = 1_000
const PING_EVERY_MS = 10_000
const MISSES_ALLOWED = 2
const NEWS_WINDOW_MS = 120_000
/** How long the library gets to notice by itself what we see. */
const LIBRARY_PATIENCE_MS = 2_000

export class Link {
  #options: StartOptions
  #tell: Tell
  #lock: ProfileLock | null = null
  #opening: Promise<OpenedWhatsApp> | null = null
  #opened: OpenedWhatsApp | null = null
  #calls: PageCalls | null = null
  #timers: Timer[] = []
  #ending: Promise<void> | null = null

  #qr = new QrRound()
  #patience = new Patience()
  #probe: Probe | null = null
  #state = ''
  #wasReady = false
  #readyLoad: string | null = null
  #looking = false
  #misses = 0
  #pingOpen = false
  #heard = new Set<string>()
  #isLoggingOut = false
  #codeRefused = false
  #scannedAtMs: number | null = null
  #nudgedAtMs = 0
  #newsUntilMs = 0

  sender: Sender | null = null
  pairing: Pairing | null = null

  constructor(options: StartOptions, tell: Tell) {
    this.#options = options
    this.#tell = tell
  }

  /** Resolves when the browser runs. Where it cannot, the run ends and this rejects. */
  async start(): Promise<{ browserPid: number | null }> {
    try {
      this.#setState('starting', null)
      this.#lock = await takeProfile(this.#options.profileDir)
      if (!this.#lock) throw new Error('another run holds the profile')
      if (this.#ending) throw new Error('stopped while starting')
      this.#opening = this.#open()
      const opened = await within(LAUNCH_MS, 'launch', this.#opening)
      if (this.#ending) throw new Error('stopped while starting')
      this.#watch(opened)
      return { browserPid: opened.browserPid }
    } catch (error) {
      await this.end('browser_failed', detailOf(error))
      throw error
    }
  }

  get isReady(): boolean {
    return this.#state === 'ready'
  }

  get isOver(): boolean {
    return this.#ending !== null
  }

  get pageLoad(): string | null {
    return this.#probe?.pageLoad ?? null
  }

  /** Acks by id; rejects without a page that is ours. */
  async acks(ids: string[], chats: Record<string, string>): Promise<Record<string, Ack | null>> {
    const acks = await this.#calls?.acks(ids, chats)
    if (!acks) throw new Error('page closed')
    return acks
  }

  async takeOver(): Promise<void> {
    await this.#calls?.socket('takeover', 10_000)
  }

  /** Tells WhatsApp that this device is no more, then ends. False: it could not be told. */
  async logout(): Promise<{ unlinked: boolean }> {
    const isLinked = this.#probe?.phoneId || this.#probe?.lid
    let unlinked = !isLinked && !this.#options.linked
    if (isLinked) {
      this.#isLoggingOut = true
      // From now on the page's own "logged out" is what we asked for.
      unlinked = (await this.#calls?.socket('logout', 15_000).then(() => true, isAlreadyOut)) ?? false
    }
    await this.end('logged_out', unlinked ? 'asked for' : 'asked for; WhatsApp could not be told')
    return { unlinked }
  }

  /**
   * Ends this run, once; later calls wait for the first. When it resolves no process is left, and `ended` has been
   * told. Dead and frozen browsers are killed, others get five seconds to write down what they hold.
   */
  end(code: EndCode, detail: string): Promise<void> {
    this.#ending ??= this.#end(code, detail)
    return this.#ending
  }

  async #end(code: EndCode, detail: string): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    // A browser in the middle of its launch cannot be closed, and could slip away from a kill.
    this.#opened ??=
      (await Promise.race([this.#opening?.catch(() => null), Bun.sleep(LAUNCH_END_MS)])) ?? null
    const isDead = ['browser_died', 'page_crashed', 'page_frozen', 'logged_out', 'unpaired'].includes(code)
    await endBrowser({
      profileDir: this.#options.profileDir,
      pid: this.#opened?.browserPid ?? null,
      close: isDead ? null : (this.#opened?.close ?? null),
    })
    this.#lock?.release()
    this.#tell('ended', { code, detail })
  }

  #open(): Promise<OpenedWhatsApp> {
    return openWhatsApp(this.#options, {
      onQr: (text) => this.#takeQr(text),
      onPairingCode: () => {},
      onProgress: () => this.#patience.progress(),
      onTold: (told) => this.#take(told),
      onBrowserGone: () => void this.end('browser_died', 'the browser process ended'),
      onPageGone: (detail) => void this.end('page_crashed', detail),
    })
  }

  #watch(opened: OpenedWhatsApp): void {
    this.#opened = opened
    const calls = new PageCalls(opened.page)
    this.#calls = calls
    this.sender = new Sender({
      calls,
      isReady: () => this.isReady,
      pageLoad: () => this.pageLoad,
      log: (message, fields) => this.#log('warn', message, fields),
    })
    this.pairing = new Pairing((phone) => opened.requestPairingCode(phone))
    opened.entered.catch((error) => this.#entryFailed(error))
    this.#timers.push(setInterval(() => void this.#look(calls), LOOK_EVERY_MS))
    this.#timers.push(setInterval(() => void this.#ping(calls), PING_EVERY_MS))
    void this.#look(calls)
  }

  /** A page that reloads under the library is entered again; one that does not load or fit is reported. */
  #entryFailed(error: unknown): void {
    const detail = detailOf(error)
    if (/net::|couldn't load version/i.test(detail)) return void this.end('page_unreachable', detail)
    if (!isPageLost(error)) return void this.end('page_changed', detail)
    this.#log('info', 'the page changed while it was entered', { detail })
  }

  async #ping(calls: PageCalls): Promise<void> {
    if (this.#pingOpen || this.#ending) return
    this.#pingOpen = true
    const alive = await calls.ping().then(
      () => true,
      // Mid-navigation an answer is lost; that the page answers at all is what counts.
      (error) => !/longer than/.test(detailOf(error)),
    )
    this.#pingOpen = false
    this.#misses = alive ? 0 : this.#misses + 1
    if (this.#misses > MISSES_ALLOWED) void this.end('page_frozen', `${this.#misses} pings unanswered`)
  }

  async #look(calls: PageCalls): Promise<void> {
    if (this.#looking || this.#ending) return
    this.#looking = true
    try {
      const probe = (await calls.probe()) ?? null
      if (this.#ending) return
      this.#probe = probe
      await this.#help(calls, probe)
      if (!this.#ending) this.#conclude(calls, probe)
    } catch (error) {
      // The ping tells a frozen page, `disconnected` a dead browser; a reload is over in a moment.
      if (!isPageLost(error)) this.#log('warn', 'look failed', { detail: detailOf(error) })
    } finally {
      this.#looking = false
    }
  }

  /** Does what the library leaves undone, each at most every few seconds. */
  async #help(calls: PageCalls, probe: Probe | null): Promise<void> {
    if (!probe?.version || !probe.state) return
    await calls.listen()
    const nowMs = Date.now()
    const stuckForMs = this.#patience.inPhaseMs(nowMs)
    if (stuckForMs < LIBRARY_PATIENCE_MS || nowMs - this.#nudgedAtMs < 5_000) return

    const unpaired = /^UNPAIRED/.test(probe.state)
    if (!probe.entered) {
      this.#nudged(nowMs, 'entering the page again')
      this.#opened
        ?.enterAgain()
        .catch((error) => this.#log('warn', 'entry failed', { detail: detailOf(error) }))
    } else if (isSynced(probe) && !probe.helpers) {
      this.#nudged(nowMs, 'finishing the start for the library')
      await calls.announceSynced()
    } else if (unpaired && !this.#qr.isOver(nowMs, true) && this.#needsQr(probe, nowMs)) {
      this.#nudged(nowMs, 'asking for a new QR')
      await calls.refreshQr()
    } else if (this.#wasReady && stuckForMs > 60_000 && /OPENING|TIMEOUT/.test(probe.state)) {
      this.#nudged(nowMs, 'reconnecting')
      await calls.socket('reconnect', 5_000)
    }
  }

  #nudged(nowMs: number, what: string): void {
    this.#nudgedAtMs = nowMs
    this.#log('info', what, {})
  }

  /** The page has stopped, or the QR on show died three seconds ago and nothing came after it. */
  #needsQr(probe: Probe, nowMs: number): boolean {
    if (probe.prompt) return false
    const { expiresAtMs } = this.#qr
    return probe.state === 'UNPAIRED_IDLE' || (expiresAtMs > 0 && nowMs > expiresAtMs + 3_000)
  }

  #conclude(calls: PageCalls, probe: Probe | null): void {
    const nowMs = Date.now()
    if (probe?.state !== 'PAIRING') this.#scannedAtMs = null
    else this.#scannedAtMs ??= nowMs

    const sight: Sight = probe?.version
      ? readSight(probe, {
          wasReady: this.#wasReady,
          linked: this.#options.linked,
          hasQr: this.#qr.hasGood(nowMs),
          hasCode: this.pairing?.hasGood(nowMs) ?? false,
          codeRefused: this.#codeRefused,
          scannedForMs: this.#scannedAtMs ? nowMs - this.#scannedAtMs : 0,
        })
      : null
    if (sight && 'end' in sight) return void this.end(sight.end, sight.detail)
    if (this.#isQrOver(probe, nowMs)) return void this.end('qr_expired', 'nobody scanned')

    const late = this.#patience.check(nowMs, probe, this.#wasReady)
    if (late) return void this.end(late.code, late.detail)
    if (!sight) return
    if (sight.state === 'ready' && probe) this.#ready(calls, probe)
    else this.#setState(sight.state, sight.reason)
  }

  #isQrOver(probe: Probe | null, nowMs: number): boolean {
    if (!/^UNPAIRED/.test(probe?.state ?? '') || this.pairing?.hasGood(nowMs)) return false
    return this.#qr.isOver(nowMs, probe?.state === 'UNPAIRED_IDLE')
  }

  #ready(calls: PageCalls, probe: Probe): void {
    const isNewLoad = this.#readyLoad !== probe.pageLoad
    if (isNewLoad) {
      this.#readyLoad = probe.pageLoad
      this.#newsUntilMs = Date.now() + NEWS_WINDOW_MS
      this.sender?.numbers.forget()
      void this.#catchUp(calls)
    }
    if (Date.now() < this.#newsUntilMs) void this.#dismissNews(calls)
    if (this.#state === 'ready' && !isNewLoad) return
    this.#wasReady = true
    this.#setState('ready', null)
    this.#tell('ready', {
      phone: probe.phoneId?.split(/[:@]/)[0] ?? null,
      lid: probe.lid,
      name: probe.name || null,
      webVersion: probe.version ?? '',
      pageLoad: probe.pageLoad,
    })
  }

  /** What came in before anybody listened fires no event: the unread chats show it, once per page load. */
  async #catchUp(calls: PageCalls): Promise<void> {
    try {
      for (const message of (await calls.unread()) ?? []) this.#takeIncoming(message)
    } catch (error) {
      this.#log('warn', 'unread chats not read', { detail: detailOf(error) })
    }
  }

  async #dismissNews(calls: PageCalls): Promise<void> {
    const dismissed = await calls.dismissNews().catch(() => false)
    if (dismissed) this.#log('info', 'closed a notice in the page', {})
  }

  #takeQr(text: string): void {
    const taken = this.#ending || this.#wasReady || this.#scannedAtMs ? null : this.#qr.take(text, Date.now())
    if (taken === null) return
    if (taken === 'over') {
      if (!this.pairing?.hasGood(Date.now())) void this.end('qr_expired', 'nobody scanned')
      return
    }
    if (this.#state !== 'pairing') this.#setState('qr', null)
    this.#tell('qr', taken)
    const phone = this.#options.pairingPhone
    if (phone && !this.pairing?.wasAsked) void this.#offerCode(phone)
  }

  async #offerCode(phone: string): Promise<void> {
    try {
      await this.pair(phone)
    } catch (error) {
      this.#log('warn', 'no pairing code', { detail: detailOf(error) })
      this.#codeRefused = true
    }
  }

  /** Asks for a pairing code, which is told as a signal too. Rejects with `PairingError`. */
  async pair(phone: string): Promise<{ code: string; expiresAt: string }> {
    if (!this.pairing || this.#wasReady) throw new Error('not waiting for a link')
    const given = await this.pairing.ask(phone, Date.now())
    this.#codeRefused = false
    this.#setState('pairing', null)
    this.#tell('pairingCode', given)
    return given
  }

  #take(told: Told): void {
    if (this.#ending) return
    if (told.told === 'logout') this.#loggedOut()
    else if (told.told === 'ack') this.#tell('ack', { whatsappId: told.whatsappId, ack: told.ack })
    else this.#takeIncoming(told.message)
  }

  /** Before any link the page only starts over; and when we asked for it, `logout` ends the run. */
  #loggedOut(): void {
    const wasLinked = this.#wasReady || this.#options.linked || this.#scannedAtMs !== null
    if (wasLinked && !this.#isLoggingOut) void this.end('logged_out', 'logged out on the phone')
  }

  #takeIncoming(message: IncomingMessage): void {
    if (this.#heard.has(message.whatsappId)) return
    if (this.#heard.size > 5_000) this.#heard.clear()
    this.#heard.add(message.whatsappId)
    this.#tell('incoming', message)
  }

  #setState(state: Signals['state']['state'], reason: string | null): void {
    this.#state = state
    if (!this.#ending) this.#tell('state', { state, reason })
  }

  #log(level: Signals['log']['level'], message: string, fields: Record<string, string>): void {
    this.#tell('log', { level, message, fields })
  }
}

/** The page may leave under the very call that logs it out. */
function isAlreadyOut(error: unknown): boolean {
  return /destroyed|detached|navigat/i.test(detailOf(error))
}
