// How the imitated WhatsApp behaves: the build it serves, its refs, its limits. A test changes what it is about.
import type { Build } from '../frames.ts'

export interface Settings {
  /** Taken by page loads from then on. */
  build: Build
  refs: {
    /** How long each QR lives; after the last the page goes to UNPAIRED_IDLE. The real ones: one of 60 s, five of 20 s. */
    lifetimesMs: number[]
    /** `frozen`: the first never changes, though it dies in time. `none`: the page hears of no ref at all. */
    mode: 'normal' | 'frozen' | 'none'
    /** Say an empty ref once a phone has scanned, as some builds do. */
    emptyAfterPairing: boolean
  }
  /** `held`: pages stay in OPENING until this says `open` again. */
  opening: 'open' | 'held'
  pairing: {
    lifetimeMs: number
    /** Per phone number; the real limits are thought to be one in 60 s and five in an hour. */
    gapMs: number
    perHour: number
  }
  /** What happens to a page load: `hangs` accepts and says nothing, `fails` answers 503. */
  site: 'up' | 'hangs' | 'fails'
  /** Uploads and downloads of media, likewise. */
  media: 'up' | 'hangs' | 'fails'
}

export const DEFAULT_SETTINGS: Settings = {
  build: {
    // Another version than the library's own default, or its file cache would serve this page next time.
    version: '2.3000.1031999999',
    spelling: '_serialized',
    addressing: 'lid',
    lidLookup: 'known',
    resendsAfterReload: true,
  },
  refs: {
    lifetimesMs: [60_000, 20_000, 20_000, 20_000, 20_000, 20_000],
    mode: 'normal',
    emptyAfterPairing: false,
  },
  opening: 'open',
  pairing: { lifetimeMs: 180_000, gapMs: 60_000, perHour: 5 },
  site: 'up',
  media: 'up',
}

export type SettingsChange = {
  [K in keyof Settings]?: Settings[K] extends object ? Partial<Settings[K]> : Settings[K]
}

export function changed(settings: Settings, change: SettingsChange): Settings {
  return {
    ...settings,
    ...change,
    build: { ...settings.build, ...change.build },
    refs: { ...settings.refs, ...change.refs },
    pairing: { ...settings.pairing, ...change.pairing },
  }
}

/** How one phone behaves towards its linked devices. */
export interface PhoneSettings {
  name: string
  platform: string
  /** How far messages this phone's devices send are acknowledged without being asked. */
  acks: 'none' | 'server' | 'delivered' | 'read'
  /** Off: the page learns acks, but fires no event for them. */
  ackEvents: boolean
  /**
   * `listened`: as soon as somebody listens (or after 20 s). `early`: with a page load, before the library can listen.
   * `held`: when `sync` is said. `never`: connected, and that is all.
   */
  sync: 'listened' | 'early' | 'held' | 'never'
  /** The state every page of this phone is put into instead of CONNECTED, or null. */
  state:
    | 'CONFLICT'
    | 'UNPAIRED'
    | 'UNPAIRED_IDLE'
    | 'TIMEOUT'
    | 'TOS_BLOCK'
    | 'SMB_TOS_BLOCK'
    | 'PROXYBLOCK'
    | 'DEPRECATED_VERSION'
    | null
  /** `down`: pages are cut off and cannot come back. `deaf`: connected, but nothing gets through in either direction. */
  line: 'up' | 'down' | 'deaf'
  /** Ask for a passkey after the scan; linking goes on with `answerPasskey`. */
  passkey: boolean
  /** Show "What's new" once synced, in every page load until it is dismissed. */
  whatsNew: boolean
  /** How long the dialog may stand before the device is logged out; null: for ever. */
  whatsNewPatienceMs: number | null
}

export const DEFAULT_PHONE: PhoneSettings = {
  name: '',
  platform: 'android',
  acks: 'delivered',
  ackEvents: true,
  sync: 'listened',
  state: null,
  line: 'up',
  passkey: false,
  whatsNew: false,
  whatsNewPatienceMs: null,
}
