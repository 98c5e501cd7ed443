// From the QR to "synced": the page's socket state, its refs, its credentials, and the modules the library links with.
import type { DeviceKeys, FromPage, Me, SocketState } from '../frames.ts'
import { Emitter, Model } from './events.ts'
import { createUserWid, Wid } from './ids.ts'
import { ask, connect, endLine, line, onOrder, reconnect, tell, useDevice } from './line.ts'
import { define } from './require.ts'
import { forgetAll, keep, recall } from './storage.ts'

interface Credentials {
  device: DeviceKeys
  me: Me
}
interface Keys {
  static: string
  identity: string
  adv: string
}

/** The library drives these three by name; everything else about them is ours. */
class SocketModel extends Model {
  declare state: SocketState
  declare hasSynced: boolean

  async logout(): Promise<void> {
    await ask('logout', {})
    await leave()
    // The real page moves on only after its answer; whoever closes the browser at once never sees this.
    setTimeout(() => goToLogout(), 300)
  }

  reconnect(): void {
    reconnect(hello)
  }

  async takeover(): Promise<void> {
    await ask('takeover', {})
  }
}

class ConnModel extends Model {
  canSetMyPushname(): boolean {
    return true
  }
}

class CmdEvents extends Emitter {
  refreshQR(): void {
    void ask('refreshRefs', {}).catch(() => {})
  }
}

export const Socket = new SocketModel({ state: 'UNLAUNCHED', hasSynced: false })
export const Conn = new ConnModel({
  ref: undefined,
  platform: 'android',
  pushname: '',
  battery: 100,
  plugged: false,
})
export const Cmd = new CmdEvents()
export const me: { pn: Wid | null; lid: Wid | null } = { pn: null, lid: null }

/** Longer than any library takes to attach; a page nobody drives syncs all the same. */
const LISTENER_LIMIT_MS = 20_000
let keys: Keys = { static: '', identity: '', adv: '' }
let offlinePercent = 0
let wasConnected = false

/** Reads what an earlier page load left: the keys of this profile and, when linked, the device; then `restored`. */
export async function startLink(restored: () => Promise<void>): Promise<void> {
  keys = (await recall<Keys>('prefs', 'keys')) ?? (await makeKeys())
  const credentials = await recall<Credentials>('prefs', 'credentials')
  // Like the real page, both storages have to agree.
  if (credentials && localStorage.getItem('last-wid-md')) adopt(credentials)
  Socket.on('change:state', (_socket: Model, state: SocketState) => tell({ kind: 'state', state }))
  line.on('opening', () => Socket.set({ state: 'OPENING' }))
  // Before the first connection the real page stays in OPENING for as long as the servers are out of reach.
  line.on('lost', () => wasConnected && Socket.set({ state: 'TIMEOUT' }))
  await restored()
  connect(hello)
}

onOrder('ref', ({ ref }) => {
  wasConnected = true
  Conn.set({ ref })
  Socket.set({ state: 'UNPAIRED' })
})

onOrder('idle', () => {
  Socket.set({ state: 'UNPAIRED_IDLE' })
})

onOrder('linked', async ({ device, me, emptyRef }) => {
  Socket.set({ state: 'PAIRING' })
  const credentials: Credentials = { device, me }
  await keep('prefs', 'credentials', credentials)
  localStorage.setItem('last-wid-md', JSON.stringify(`${me.number}:${device.id.slice(0, 2)}@c.us`))
  adopt(credentials)
  if (emptyRef) Conn.set({ ref: '' })
})

onOrder('connected', ({ me }) => {
  wasConnected = true
  setMe(me)
  Socket.set({ state: 'CONNECTED' })
})

onOrder('sync', ({ how }) => {
  void (how === 'listened' ? Socket.listened('change:hasSynced', LISTENER_LIMIT_MS) : Promise.resolve()).then(
    sync,
  )
})

// The library's `ready` comes with every change of `hasSynced`, whatever its value.
onOrder('resync', ({ times }) => {
  for (let i = 0; i < times; i++) Socket.set({ hasSynced: !Socket.hasSynced })
  Object.assign(Socket, { hasSynced: true })
})

onOrder('state', ({ state }) => {
  Socket.set({ state })
})

onOrder('logout', async () => {
  await leave()
  return () => {
    Cmd.trigger('logout_from_bridge')
    goToLogout()
  }
})

function hello(): FromPage {
  return { kind: 'hello', keys, version: globalThis.standInStart.build.version }
}

function sync(): void {
  for (offlinePercent of [0, 50, 100]) Cmd.trigger('offline_progress_update_from_bridge')
  Socket.set({ hasSynced: true })
  showVersion()
  tell({ kind: 'synced' })
}

/** The library polls for this and only then looks at anything else. */
export function showVersion(): void {
  window.Debug = { VERSION: globalThis.standInStart.build.version }
}

function adopt({ device, me }: Credentials): void {
  useDevice(device)
  // biome-ignore lint/suspicious/noDocumentCookie: lets the servers see with the next page load which device it will be.
  document.cookie = `device=${device.id}; path=/; max-age=31536000; secure`
  setMe(me)
}

function setMe(of: Me): void {
  me.pn = createUserWid(of.number)
  me.lid = new Wid(of.lid, 'lid')
  Conn.set({ wid: me.pn, pushname: of.name, platform: of.platform })
}

async function leave(): Promise<void> {
  await forgetAll()
  // biome-ignore lint/suspicious/noDocumentCookie: see `adopt`.
  document.cookie = 'device=; path=/; max-age=0; secure'
  useDevice(null)
}

function goToLogout(): void {
  endLine()
  location.href = '/?post_logout=1&logout_reason=0'
}

async function makeKeys(): Promise<Keys> {
  const made = { static: randomB64(), identity: randomB64(), adv: randomB64() }
  await keep('prefs', 'keys', made)
  return made
}

function randomB64(): string {
  return encodeB64(crypto.getRandomValues(new Uint8Array(32)))
}

function encodeB64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}

function decodeB64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0))
}

define('WAWebSocketModel', { Socket })
define('WAWebConnModel', { Conn })
define('WAWebCmd', { Cmd })
define('WAWebStreamModel', {
  Stream: new (class extends Model {
    markAvailable() {
      tell({ kind: 'presence', available: true })
    }

    markUnavailable() {
      tell({ kind: 'presence', available: false })
    }
  })(),
})
define('WAWebOfflineHandler', { OfflineMessageHandler: { getOfflineDeliveryProgress: () => offlinePercent } })
define('WABase64', { encodeB64, decodeB64 })
define('WAWebCompanionRegClientUtils', { DEVICE_PLATFORM: '1' })
define('WAWebAdvSignatureApi', {})
define('WAWebUserPrefsInfoStore', {
  waNoiseInfo: { get: async () => ({ staticKeyPair: { pubKey: decodeB64(keys.static) } }) },
})
define('WAWebSignalStoreApi', {
  waSignalStore: {
    getRegistrationInfo: async () => ({ identityKeyPair: { pubKey: decodeB64(keys.identity) } }),
  },
})
define('WAWebUserPrefsMultiDevice', { getADVSecretKey: () => keys.adv })
define('WAWebUserPrefsMeUser', {
  getMaybeMePnUser: () => me.pn ?? undefined,
  getMaybeMeLidUser: () => me.lid ?? undefined,
  getMePnUserOrThrow: () => orThrow(me.pn),
  getMeLidUserOrThrow: () => orThrow(me.lid),
  isMeAccount: (wid: unknown) => me.pn?.equals(wid) || me.lid?.equals(wid) || false,
})
define('WAWebAltDeviceLinkingApi', {
  setPairingType: () => {},
  initializeAltDeviceLinking: async () => {},
  initializeQRLinking: async () => {},
  startAltLinkingFlow: async (phone: string, notify: boolean) =>
    (await ask('pairingCode', { phone, notify })).code,
})
define('WAWebLaunchSocketUtils', { refreshQR: () => Cmd.refreshQR() })
define('WAWebSyncGatingUtils', { isPlaceholderMessageResendEnabled: () => false })
define('WAWebMiscBrowserUtils', { info: () => ({ os: 'Linux', name: 'Chrome' }) })

function orThrow<T>(value: T | null): T {
  if (value === null) throw new Error('not linked')
  return value
}
