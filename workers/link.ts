// One run of one account: from the launch of the browser to the end of its last process.

import { killBrowsersOf } from './browser-left.ts'
import { PageCalls } from './call.ts'
import { detailOf, isPageLost, within } from './deadline.ts'
import { DEADLINES, type Deadlines } from './deadlines.ts'
import { endBrowser } from './ending.ts'
import { Hearing } from './hearing.ts'
import { HeldBack } from './held-back.ts'
import { endedAtOnce, explainLaunchFailure } from './launch-failure.ts'
import { watchMemory } from './memory.ts'
import type { Probe, Told } from './page/window.ts'
import { Pairing } from './pairing.ts'
import { type ProfileLock, takeProfile } from './profile.ts'
import type { Ack, EndCode, Signals, StartOptions } from './protocol.ts'
import { QrRound } from './qr.ts'
import { Sender } from './send.ts'
import { Watch } from './watch.ts'
import { type OpenedWhatsApp, openWhatsApp } from './whatsapp.ts'

export type Tell = <N extends keyof Signals>(name: N, data: Signals[N]) => void

const LAUNCH_MS = 45_000
const LAUNCH_END_MS = 4_000
const LOGOUT_MS = 15_000
const TAKEOVER_MS = 10_000
const CATCH_UP_AGAIN_MS = 5_000
/** Ends of browsers that have nothing to write down any more, or would not answer. */
const DEAD_ENDS: EndCode[] = ['browser_died', 'page_crashed', 'page_frozen', 'logged_out', 'unpaired']

/** What there is once the browser runs. */
interface Parts {
  opened: OpenedWhatsApp
  calls: PageCalls
  watch: Watch
  sender: Sender
  pairing: Pairing
}

export class Link {
  #options: StartOptions
  #deadlines: Deadlines
  #tell: Tell
  #hearing: Hearing
  #heldBack: HeldBack
  #qr: QrRound
  #lock: ProfileLock | null = null
  #opening: Promise<OpenedWhatsApp> | null = null
  #parts: Parts | null = null
  #ending: Promise<void> | null = null
  #isLoggingOut = false
  #readyTold = ''
  #readyAtMs = 0
  #linkedAtMs: number | null = null
  #stopMemory = () => {}

  constructor(options: StartOptions, tell: Tell) {
    this.#options = options
    this.#tell = tell
    this.#hearing = new Hearing(tell)
    this.#deadlines = { ...DEADLINES, ...options.deadlines }
    this.#heldBack = new HeldBack(this.#deadlines)
    this.#qr = new QrRound(this.#deadlines)
  }

  /** Resolves when the browser runs. Where it cannot, the run ends and this rejects. */
  async start(): Promise<{ browserPid: number | null }> {
    try {
      this.#state('starting', 'browser_starting')
      this.#lock = await takeProfile(this.#options.profileDir)
      if (!this.#lock) throw new Error('another run holds the profile')
      if (this.#ending) throw new Error('stopped while starting')
      this.#opening = this.#launch()
      const opened = await within(LAUNCH_MS, 'launch', this.#opening)
      if (this.#ending) throw new Error('stopped while starting')
      this.#parts = this.#assemble(opened)
      this.#parts.watch.start()
      this.#watchMemory(opened.browserPid, this.#parts.sender)
      opened.entered.catch((error) => this.#entryFailed(error))
      return { browserPid: opened.browserPid }
    } catch (error) {
      const isLaunch = this.#opening && !this.#parts && !this.#ending
      const detail = isLaunch ? await explainLaunchFailure(this.#options.browser, error) : detailOf(error)
      await this.end('browser_failed', detail)
      throw new Error(detail)
    }
  }

  get isReady(): boolean {
    return this.#ending === null && this.#parts?.watch.isReady === true
  }

  /** Who hands over and looks numbers up; null unless ready. */
  get sender(): Sender | null {
    return this.isReady ? (this.#parts?.sender ?? null) : null
  }

  /** The page itself, for what is asked of it directly; null without one. */
  get calls(): PageCalls | null {
    return this.#parts?.calls ?? null
  }

  /** Acks by id. Rejects without a page of ours. */
  async acks(ids: string[], chats: Record<string, string>) {
    const acks = await this.#parts?.calls.acks(ids, chats)
    const pageLoad = this.#parts?.watch.probe?.pageLoad
    if (!acks || !pageLoad) throw new Error('page closed')
    for (const [id, ack] of Object.entries(acks)) if (ack) this.#heldBack.heard(id, ack)
    return { pageLoad, acks }
  }

  /** Uses this account here after it was opened elsewhere. */
  async takeOver(): Promise<void> {
    await this.#parts?.calls.socket('takeover', TAKEOVER_MS)
  }

  /** Asks for a pairing code, which is told as a signal too. Rejects with `PairingError`. */
  async pair(phone: string): Promise<{ code: string; expiresAt: string }> {
    const parts = this.#parts
    if (!parts || parts.watch.isPastScan) throw new Error('not waiting for a link')
    const given = await parts.pairing.ask(phone, Date.now())
    this.#state('pairing', 'enter_code')
    this.#tell('pairingCode', given)
    return given
  }

  /** Tells WhatsApp that this device is no more, then ends. False: it could not be told. */
  async logout(): Promise<{ unlinked: boolean }> {
    const probe = this.#parts?.watch.probe
    const isLinked = Boolean(probe?.phoneId || probe?.lid)
    // From now on the page's own "logged out" is what we asked for.
    this.#isLoggingOut = true
    const told =
      isLinked && (await this.#parts?.calls.socket('logout', LOGOUT_MS).then(() => true, isAlreadyOut))
    const unlinked = told || (!isLinked && !this.#options.linked)
    await this.end('logged_out', unlinked ? 'asked for' : 'asked for, but WhatsApp could not be told')
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
    this.#parts?.watch.stop()
    this.#stopMemory()
    // A browser in the middle of its launch cannot be closed, and could slip away from a kill.
    const launch = this.#opening?.catch(() => null)
    const opened = (await Promise.race([launch, Bun.sleep(LAUNCH_END_MS)])) ?? null
    // Without the lock the profile, and any browser on it, belongs to another run.
    if (this.#lock) {
      await endBrowser({
        profileDir: this.#options.profileDir,
        pid: opened?.browserPid ?? null,
        close: DEAD_ENDS.includes(code) ? null : (opened?.close ?? null),
      })
    }
    this.#lock?.release()
    this.#tell('ended', { code, detail })
  }

  #watchMemory(leader: number | null, sender: Sender): void {
    if (leader === null) return
    this.#stopMemory = watchMemory({
      leader,
      limits: this.#options.memory,
      // One that is still being linked has somebody in front of it.
      idleForMs: () =>
        !this.isReady || sender.isBusy ? 0 : Date.now() - Math.max(sender.lastAskedAtMs, this.#readyAtMs),
      onSize: (usedMb) => this.#tell('memory', { usedMb }),
      onTooMuch: (detail) => void this.end('memory_limit', detail),
    })
  }

  /** Chromium 153 was seen to die of SIGSEGV in the first half second of a start now and then: once more, then. */
  async #launch(): Promise<OpenedWhatsApp> {
    try {
      return await this.#open()
    } catch (error) {
      if (this.#ending || !endedAtOnce(error)) throw error
      this.#log('warn', 'the browser ended while it started and is started once more', {})
      await killBrowsersOf(this.#options.profileDir)
      return this.#open()
    }
  }

  #open(): Promise<OpenedWhatsApp> {
    return openWhatsApp(this.#options, {
      onQr: (text) => this.#takeQr(text),
      onProgress: () => this.#parts?.watch.progress(),
      onTold: (told) => this.#take(told),
      onBrowserGone: () => void this.end('browser_died', 'the browser process ended'),
      onUnreachable: (detail) => this.#unreachable(detail),
      onPageGone: (detail) => void this.end('page_crashed', detail),
    })
  }

  #assemble(opened: OpenedWhatsApp): Parts {
    const calls = new PageCalls(opened.page)
    const pairing = new Pairing((phone) => opened.requestPairingCode(phone))
    const watch = new Watch({
      calls,
      pairing,
      qr: this.#qr,
      heldBack: this.#heldBack,
      deadlines: this.#deadlines,
      linked: this.#options.linked,
      enterAgain: () => opened.enterAgain(),
      on: {
        state: (state, reason) => this.#state(state, reason),
        ready: (probe) => this.#ready(probe),
        newLoad: () => void this.#catchUp(),
        end: (code, detail) => void this.end(code, detail),
        log: (level, message, fields = {}) => this.#log(level, message, fields),
      },
    })
    const sender = new Sender({
      calls,
      isReady: () => this.isReady,
      pageLoad: () => watch.probe?.pageLoad ?? null,
      log: (level, message, fields) => this.#log(level, message, fields),
      onHanded: (id, ack) => ack === 0 && this.#heldBack.add(id, Date.now()),
    })
    return { opened, calls, pairing, watch, sender }
  }

  /** A page that reloads under the library is entered again by the watch; one that does not load or fit is reported. */
  #entryFailed(error: unknown): void {
    const detail = detailOf(error)
    if (/net::|couldn't load version/i.test(detail)) return this.#unreachable(detail)
    if (!isPageLost(error)) return void this.end('page_changed', detail)
    this.#log('info', 'the page changed while it was entered', { detail })
  }

  /** A proxy that wants another login, or one at all, answers for the site. */
  #unreachable(detail: string): void {
    const isRefused = this.#options.proxy && /^HTTP 407$|ERR_(PROXY_AUTH|INVALID_AUTH)/.test(detail)
    void this.end(isRefused ? 'proxy_refused' : 'page_unreachable', detail)
  }

  #takeQr(text: string): void {
    const watch = this.#parts?.watch
    if (this.#ending || watch?.isPastScan) return
    const taken = this.#qr.take(text, Date.now())
    if (taken === 'over' && !this.#parts?.pairing.hasGood(Date.now())) {
      return void this.end('qr_expired', 'nobody scanned')
    }
    if (taken === null || taken === 'over') return
    if (!this.#parts?.pairing.hasGood(Date.now())) this.#state('qr', 'scan_qr')
    this.#tell('qr', taken)
    const phone = this.#options.pairingPhone
    if (phone && !this.#parts?.pairing.wasAsked) void this.#offerCode(phone)
  }

  /** The code asked for with the start; where WhatsApp gives none the QR is still there. */
  async #offerCode(phone: string): Promise<void> {
    await this.pair(phone).catch((error) => this.#log('warn', 'no pairing code', { detail: detailOf(error) }))
  }

  #ready(probe: Probe): void {
    if (this.#readyTold === probe.pageLoad) return
    this.#readyTold = probe.pageLoad
    this.#readyAtMs = Date.now()
    this.#tell('ready', {
      phone: probe.phoneId?.split(/[:@]/)[0] ?? null,
      lid: probe.lid,
      name: probe.name || null,
      webVersion: probe.version ?? '',
      pageLoad: probe.pageLoad,
    })
  }

  /** What came in before anybody listened fires no event: the unread chats show it, once per page load. */
  async #catchUp(): Promise<void> {
    this.#parts?.sender.numbers.forget()
    const load = this.#parts?.watch.probe?.pageLoad
    // A fresh link begins now.
    this.#linkedAtMs ??= this.#options.linkedAtMs ?? (this.#options.linked ? 0 : Date.now())
    // A later page load is caught up on its own.
    while (!this.#ending && this.#parts?.watch.probe?.pageLoad === load) {
      try {
        for (const message of (await this.#parts?.calls.unread(this.#linkedAtMs)) ?? [])
          this.#hearing.incoming(message)
        return
      } catch (error) {
        this.#log('warn', 'unread chats not read, tried again', { detail: detailOf(error) })
        await Bun.sleep(CATCH_UP_AGAIN_MS)
      }
    }
  }

  #take(told: Told): void {
    if (this.#ending) return
    if (told.told === 'incoming') this.#hearing.incoming(told.message)
    else if (told.told === 'ack') this.#takeAck(told.whatsappId, told.ack, told.error)
    else this.#loggedOut()
  }

  #takeAck(whatsappId: string, ack: Ack, error: number | null): void {
    this.#heldBack.heard(whatsappId, ack)
    this.#tell('ack', { whatsappId, ack, error })
  }

  /** Before any link the page only starts over; and when we asked for it, `logout` ends the run. */
  #loggedOut(): void {
    const wasLinked = this.#options.linked || this.#parts?.watch.isPastScan
    if (wasLinked && !this.#isLoggingOut) void this.end('logged_out', 'logged out on the phone')
  }

  #state(state: Signals['state']['state'], reason: string | null): void {
    if (state !== 'ready') this.#readyTold = ''
    if (!this.#ending) this.#tell('state', { state, reason })
  }

  #log(level: Signals['log']['level'], message: string, fields: NonNullable<Signals['log']['fields']>): void {
    this.#tell('log', { level, message, fields })
  }
}

/** The page may leave under the very call that logs it out. */
function isAlreadyOut(error: unknown): boolean {
  return /destroyed|detached|navigat/i.test(detailOf(error))
}
