// Where an outgoing request that a user aims may not go: every address that is not out on the internet, however spelled.

/** A network as OUTBOUND_ALLOW names it: an address, perhaps with `/bits`. */
export type Network = string

/**
 * The bytes of an address (4 or 16) in any spelling that some part of a system takes for one: `127.0.0.1`, `0x7f.1`,
 * `017700000001`, `2130706433`, `[::1]`, `::ffff:7f00:1`, with a dot at its end. Null for a name.
 */
export function readAddress(host: string): Uint8Array | null {
  const text = host
    .trim()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
  return text.includes(':') ? readV6(text.replace(/%.*$/, '')) : readV4(text)
}

/** The old `inet_aton`: one to four parts, each decimal, octal or hexadecimal, the last one filling what is left. */
function readV4(text: string): Uint8Array | null {
  const parts = text.split('.')
  if (parts.length > 4) return null
  const numbers = parts.map(readPart)
  if (numbers.some((number) => number === null)) return null
  const last = numbers.pop()!
  if (numbers.some((number) => number! > 255) || last >= 256 ** (4 - numbers.length)) return null
  const value = numbers.reduce<number>((sum, number, at) => sum + number! * 256 ** (3 - at), last)
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
}

function readPart(part: string): number | null {
  if (/^0x[0-9a-f]*$/i.test(part)) return part.length === 2 ? 0 : Number.parseInt(part, 16)
  if (/^0[0-7]+$/.test(part)) return Number.parseInt(part, 8)
  // `08` is no octal number; whoever takes it for a decimal one reads the same.
  return /^\d+$/.test(part) ? Number(part) : null
}

function readV6(text: string): Uint8Array | null {
  const dotted = /^(.*:)([^:]*\..*)$/.exec(text)
  const tail = dotted ? readV4(dotted[2]!) : null
  if (dotted && !tail) return null
  const groups = tail ? `${dotted![1]}${hex(tail[0]!, tail[1]!)}:${hex(tail[2]!, tail[3]!)}` : text
  const halves = groups.split('::')
  if (halves.length > 2) return null
  const [front = [], back = []] = halves.map((half) => (half ? half.split(':') : []))
  const missing = 8 - front.length - back.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null
  const all = [...front, ...Array<string>(missing).fill('0'), ...back]
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null
  return Uint8Array.from(
    all.flatMap((group) => {
      const value = Number.parseInt(group, 16)
      return [value >> 8, value & 255]
    }),
  )
}

const hex = (high: number, low: number) => (high * 256 + low).toString(16)

/** IANA's special-purpose registries (IPv4 and IPv6), multicast, and what was never given out. */
const CLOSED_V4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // carriers' NAT, and what clouds and VPNs put there
  '127.0.0.0/8', // this machine
  '169.254.0.0/16', // link-local: the metadata of clouds
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocols
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // 6to4 relays, given up
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
].map(readNetwork)

const OPEN_V6 = readNetwork('2000::/3')

const CLOSED_V6 = [
  '2001::/23', // protocols: Teredo, benchmarks, ORCHID
  '2001:db8::/32', // documentation
  '3fff::/20', // documentation
].map(readNetwork)

/** IPv6 networks that carry an IPv4 address to which they lead, and where in the 16 bytes it lies. */
const CARRIERS = [
  { network: readNetwork('::ffff:0:0/96'), at: 12 }, // mapped: the same address in another coat
  { network: readNetwork('64:ff9b::/96'), at: 12 }, // NAT64
  { network: readNetwork('2002::/16'), at: 2 }, // 6to4
]

/**
 * Whether an address may not be reached, unless it lies in one of `allow`. An address that cannot be read counts as
 * closed. IPv4 inside IPv6 is judged by where it leads; a mapped one is in an IPv4 network of `allow` too.
 */
export function isPrivateAddress(address: string, allow: readonly Network[] = []): boolean {
  const bytes = readAddress(address)
  if (!bytes) return true
  const plain = unwrapMapped(bytes)
  const isAllowed = allow.some((network) => isIn(plain, readNetwork(network)))
  return !isAllowed && isClosed(plain)
}

function isClosed(bytes: Uint8Array): boolean {
  if (bytes.length === 4) return CLOSED_V4.some((network) => isIn(bytes, network))
  const carrier = CARRIERS.find(({ network }) => isIn(bytes, network))
  if (carrier) return isClosed(bytes.slice(carrier.at, carrier.at + 4))
  if (!isIn(bytes, OPEN_V6) || CLOSED_V6.some((network) => isIn(bytes, network))) return true
  // ISATAP: the last four bytes are an IPv4 address, behind 0000:5efe or 0200:5efe.
  const isIsatap = (bytes[8]! & 0xfd) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe
  return isIsatap && isClosed(bytes.slice(12))
}

function unwrapMapped(bytes: Uint8Array): Uint8Array {
  return isIn(bytes, CARRIERS[0]!.network) ? bytes.slice(12) : bytes
}

interface Range {
  bytes: Uint8Array
  bits: number
}

function readNetwork(text: Network): Range {
  const [address = '', bits] = text.split('/')
  const bytes = readAddress(address)
  if (!bytes) throw new Error(`not a network: ${text}`)
  return { bytes, bits: bits === undefined ? bytes.length * 8 : Number(bits) }
}

function isIn(bytes: Uint8Array, { bytes: base, bits }: Range): boolean {
  if (bytes.length !== base.length) return false
  for (let at = 0; at * 8 < bits; at++) {
    const mask = bits - at * 8 >= 8 ? 255 : 255 & (255 << (8 - (bits - at * 8)))
    if ((bytes[at]! & mask) !== (base[at]! & mask)) return false
  }
  return true
}

/** Ends of names that mean this machine or a network of its own (RFC 6761, 6762, 8375; ICANN keeps `internal` free). */
const LOCAL_ENDS = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'lan',
  'home',
  'corp',
  'home.arpa',
]

/** Whether a name says by itself that it is no public one. What others resolve to is judged when it is known. */
export function isLocalName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  return LOCAL_ENDS.some((end) => name === end || name.endsWith(`.${end}`))
}
