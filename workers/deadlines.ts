// How long everything in the life of a run may take before something is done about it. Tests shorten them.

/** All in milliseconds. */
export interface Deadlines {
  /** The site to answer with a page whose scripts run. */
  loadingMs: number
  /** The page to say whether it is linked. */
  openingMs: number
  /** How long the first QR of a link is good, and each later one. */
  qrFirstMs: number
  qrLaterMs: number
  /** After that a new one has to be there, or the page is asked for it. */
  qrLateMs: number
  /** A page that shows no QR at all; one that does ends with its sixth. */
  unpairedMs: number
  /** The first sync, counted from its last progress, and everything the library still needs then. */
  syncingMs: number
  /** Linked, and the page says that it has no line. */
  offlineMs: number
  /** A person to do what a prompt asks for on the phone. */
  promptMs: number
  /** The phone to go on after the scan, until its owner is asked to look at it. */
  scannedMs: number
  /** From ping to ping of the page, and how long an answer may take; the third miss in a row ends the run. */
  pingEveryMs: number
  pingMs: number
  /** Without a line for so long: the page is told to connect again. */
  offlineNudgeMs: number
  /** A message that no server confirms on a line that looks alive: connect again, load again, give up. */
  heldReconnectMs: number
  heldReloadMs: number
  heldGiveUpMs: number
}

/** `tests/threads/deadlines.test.ts` holds what people are promised against them. */
export const DEADLINES: Deadlines = {
  loadingMs: 60_000,
  openingMs: 90_000,
  // WhatsApp's own; after the sixth it wants to be asked again.
  qrFirstMs: 60_000,
  qrLaterMs: 20_000,
  qrLateMs: 3_000,
  unpairedMs: 300_000,
  syncingMs: 90_000,
  offlineMs: 600_000,
  promptMs: 600_000,
  scannedMs: 30_000,
  pingEveryMs: 10_000,
  pingMs: 5_000,
  offlineNudgeMs: 60_000,
  heldReconnectMs: 8_000,
  heldReloadMs: 90_000,
  heldGiveUpMs: 160_000,
}

/** Pings in a row that may stay unanswered. */
export const PING_MISSES_ALLOWED = 2
