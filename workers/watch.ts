// Looks at the page every second, helps where the library does not, and concludes where the link stands.

import type { PageCalls } from './call.ts'
import { detailOf, isPageLost, within } from './deadline.ts'
import { DEADLINES, type Deadlines, PING_MISSES_ALLOWED } from './deadlines.ts'
import type { HeldBack } from './held-back.ts'
import type { Probe } from './page/window.ts'
import type { Pairing } from './pairing.ts'
import { Patience } from './patience.ts'
import type { EndCode, Signals } from './protocol.ts'
import type { QrRound } from './qr.ts'
import { isSynced, readSight } from './sight.ts'

export interface WatchParts {
  calls: PageCalls
  /** Lets the library find its way into the page again. */
  enterAgain(): Promise<void>
  linked: boolean
  qr: QrRound
  pairing: Pairing
  heldBack: HeldBack
  deadlines?: Deadlines
  on: {
    state(state: Signals['state']['state'], reason: string | null): void
    /** Ready, on this page load for the first time or again after a while without. */
    ready(probe: Probe): void
    /** `ready` on a page load that was not yet. */
    newLoad(): void
    end(code: EndCode, detail: string): void
    log(level: Signals['log']['level'], message: string, fields?: Record<string, string>): void
  }
}

const LOOK_EVERY_MS = 1_000
const LOOK_EARLY_EVERY_MS = 300
/** How long the library gets to notice by itself what we see, and how far apart our own attempts are. */
const LIBRARY_PATIENCE_MS = 2_000
const NUDGE_EVERY_MS = 5_000
/** Chromium writes local storage down a second after a change; see the flag in `whatsapp.ts`. */
const WRITTEN_AFTER_MS = 1_500
const NEWS_WINDOW_MS = 120_000

export class Watch {
  #parts: WatchParts
  #deadlines: Deadlines
  #patience: Patience
  #pings: Timer | null = null
  #isOver = false
  #isPinging = false
  #misses = 0
  #nudgedAtMs = 0
  #newsUntilMs = 0
  #scannedAtMs: number | null = null
  #completeAtMs: number | null = null
  #readyLoad: string | null = null
  #isReady = false
  #wasReady = false
  probe: Probe | null = null

  constructor(parts: WatchParts) {
    this.#parts = parts
    this.#deadlines = parts.deadlines ?? DEADLINES
    this.#patience = new Patience(this.#deadlines)
  }

  start(): void {
    this.#pings = setInterval(() => void this.#ping(), this.#deadlines.pingEveryMs)
    void this.#lookOn()
  }

  /** Somebody waits for it until it is ready. */
  async #lookOn(): Promise<void> {
    while (!this.#isOver) {
      await this.#look()
      await Bun.sleep(this.#isReady ? LOOK_EVERY_MS : LOOK_EARLY_EVERY_MS)
    }
  }

  stop(): void {
    this.#isOver = true
    if (this.#pings) clearInterval(this.#pings)
  }

  get isReady(): boolean {
    return this.#isReady && !this.#isOver
  }

  /** A phone has scanned, or did once: what the page says of QRs no longer counts. */
  get isPastScan(): boolean {
    return this.#wasReady || this.#scannedAtMs !== null
  }

  /** The first sync moves on. */
  progress(): void {
    this.#patience.progress()
  }

  async #look(): Promise<void> {
    try {
      const probe = (await this.#parts.calls.probe()) ?? null
      if (this.#isOver) return
      this.probe = probe
      if (!this.#conclude(probe, Date.now()) && probe) await this.#help(probe, Date.now())
    } catch (error) {
      // A site that says nothing holds back every call: the first page never comes.
      if (!this.#isOver && !this.probe) this.#conclude(null, Date.now())
      // The ping tells a frozen page, `disconnected` a dead browser; a reload is over in a moment.
      if (!isPageLost(error)) this.#parts.on.log('warn', 'look failed', { detail: detailOf(error) })
    }
  }

  /** True when the run is over. */
  #conclude(probe: Probe | null, nowMs: number): boolean {
    const { on, linked, qr, pairing } = this.#parts
    if (probe?.state !== 'PAIRING') this.#scannedAtMs = null
    else this.#scannedAtMs ??= nowMs

    const sight = probe?.version
      ? readSight(probe, {
          wasReady: this.#wasReady,
          linked,
          hasQr: qr.hasGood(nowMs),
          hasCode: pairing.hasGood(nowMs),
          codeRefused: pairing.wasRefused,
          isScanLate: nowMs - (this.#scannedAtMs ?? nowMs) > this.#deadlines.scannedMs,
        })
      : null
    const late = this.#patience.check(nowMs, probe, this.#wasReady)
    const end = sight && 'end' in sight ? { code: sight.end, detail: sight.detail } : late
    if (end) on.end(end.code, end.detail)
    else if (this.#isQrOver(probe, nowMs)) on.end('qr_expired', 'nobody scanned')
    if (this.#isOver) return true

    this.#isReady = sight !== null && 'state' in sight && sight.state === 'ready' && this.#isKept(nowMs)
    if (this.#isReady && probe) this.#ready(probe, nowMs)
    else if (sight && 'state' in sight && sight.state !== 'ready') on.state(sight.state, sight.reason)
    return false
  }

  /** `ready` promises that the link survives a kill: a fresh one takes a second to reach the disk. */
  #isKept(nowMs: number): boolean {
    this.#completeAtMs ??= nowMs
    return this.#parts.linked || nowMs - this.#completeAtMs >= WRITTEN_AFTER_MS
  }

  #isQrOver(probe: Probe | null, nowMs: number): boolean {
    if (!/^UNPAIRED/.test(probe?.state ?? '') || this.#parts.pairing.hasGood(nowMs)) return false
    return this.#parts.qr.isOver(nowMs, probe?.state === 'UNPAIRED_IDLE')
  }

  #ready(probe: Probe, nowMs: number): void {
    this.#wasReady = true
    this.#parts.on.state('ready', null)
    this.#parts.on.ready(probe)
    if (this.#readyLoad !== probe.pageLoad) {
      this.#readyLoad = probe.pageLoad
      this.#newsUntilMs = nowMs + NEWS_WINDOW_MS
      this.#parts.on.newLoad()
    }
    if (nowMs < this.#newsUntilMs) void this.#dismissNews()
  }

  async #dismissNews(): Promise<void> {
    const dismissed = await this.#parts.calls.dismissNews().catch(() => false)
    if (dismissed) this.#parts.on.log('info', 'closed a notice in the page')
  }

  /** Does what the library leaves undone. */
  async #help(probe: Probe, nowMs: number): Promise<void> {
    const { calls, enterAgain, heldBack, on } = this.#parts
    if (!probe.state) return
    await calls.listen()
    if (this.#isReady) return this.#rescue(nowMs)
    // A deaf line that was told to connect again may never come back: the ladder is climbed on.
    if (heldBack.isRescuing) await this.#rescue(nowMs)
    else heldBack.offline(nowMs)
    const stuckForMs = this.#patience.inPhaseMs(nowMs)
    if (stuckForMs < LIBRARY_PATIENCE_MS || nowMs - this.#nudgedAtMs < NUDGE_EVERY_MS) return

    if (probe.version && !probe.entered) {
      this.#nudge(nowMs, 'entering the page again')
      enterAgain().catch((error) => on.log('warn', 'entry failed', { detail: detailOf(error) }))
    } else if (isSynced(probe) && !probe.helpers) {
      this.#nudge(nowMs, 'finishing the start for the library')
      await calls.announceSynced()
    } else if (this.#needsQr(probe, nowMs)) {
      this.#nudge(nowMs, 'asking for a new QR')
      await calls.refreshQr()
    } else if (
      this.#wasReady &&
      stuckForMs > this.#deadlines.offlineNudgeMs &&
      /OPENING|TIMEOUT/.test(probe.state)
    ) {
      this.#nudge(nowMs, 'reconnecting')
      await calls.socket('reconnect', 5_000)
    }
  }

  #nudge(nowMs: number, what: string): void {
    this.#nudgedAtMs = nowMs
    this.#parts.on.log('info', what)
  }

  /** The page has stopped showing QRs, or the one on show is long dead. */
  #needsQr(probe: Probe, nowMs: number): boolean {
    if (!/^UNPAIRED/.test(probe.state ?? '') || probe.prompt) return false
    return probe.state === 'UNPAIRED_IDLE' || this.#parts.qr.isLate(nowMs)
  }

  /** Connected, as the page believes, and still no server confirms anything. */
  async #rescue(nowMs: number): Promise<void> {
    const { calls, heldBack, on } = this.#parts
    const rescue = heldBack.next(nowMs)
    if (!rescue) return
    const acks = (await calls.acks(heldBack.ids, {})) ?? {}
    for (const [id, ack] of Object.entries(acks)) if (ack) heldBack.heard(id, ack)
    if (heldBack.ids.length === 0) return
    on.log('warn', 'messages are held back', { doing: rescue })
    if (rescue === 'give_up') on.end('page_unreachable', 'connected, but nothing goes through')
    else if (rescue === 'reload') await calls.reload()
    else await calls.socket('reconnect', 5_000)
  }

  async #ping(): Promise<void> {
    // Before there is a page its own deadline counts.
    if (this.#isPinging || this.#isOver || !this.probe) return
    this.#isPinging = true
    const alive = await within(this.#deadlines.pingMs, 'ping', this.#parts.calls.ping()).then(
      () => true,
      // Amid a navigation the answer is lost; that there was one is what counts.
      (error) => (error as Error).name !== 'DeadlineError',
    )
    this.#isPinging = false
    this.#misses = alive ? 0 : this.#misses + 1
    if (this.#misses > PING_MISSES_ALLOWED)
      this.#parts.on.end('page_frozen', `${this.#misses} pings unanswered`)
  }
}
