// Networks and addresses as people write them: which address lies in which network.
import { BlockList, isIP } from 'node:net'

/** An address, or a network such as `10.0.0.0/8` or `2001:db8::/32`. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  if (!version || address.includes('%') || rest.length) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128))
}

export interface Networks {
  /** False for what is no address. IPv4 that arrives through an IPv6 socket counts as IPv4. */
  contains(address: string | null): boolean
}

/** `entries`: each as `isNetwork` takes it. */
export function createNetworks(entries: readonly string[]): Networks {
  // One for each family: a single one takes every IPv4 address for a mapped one too, which `::/0` would contain.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const entry of entries) {
    const [given = '', bits] = entry.split('/')
    const address = plainAddress(given)
    const isMapped = address !== given
    const family = familyOf(address)
    const all = family === 'ipv6' ? 128 : 32
    lists[family].addSubnet(
      address,
      bits === undefined ? all : Math.max(0, Number(bits) - (isMapped ? 96 : 0)),
      family,
    )
  }
  return {
    contains: (given) => {
      const address = given === null ? '' : plainAddress(given)
      const family = familyOf(address)
      return isIP(address) !== 0 && lists[family].check(address, family)
    },
  }
}

/** An IPv4 address that arrives through an IPv6 socket is that IPv4 address; the zone of a link-local one is dropped. */
export function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/, '').toLowerCase()
  const mapped = bare.startsWith('::ffff:') ? bare.slice(7) : ''
  return isIP(mapped) === 4 ? mapped : bare
}

/**
 * Whom to count an address as: an IPv4 address for itself, an IPv6 address with its whole /64, which is what one
 * household or one server is given (RFC 6177) and moves about in as it likes.
 */
export function neighbourhoodOf(address: string): string {
  const plain = plainAddress(address)
  if (isIP(plain) !== 6) return plain
  const [front = '', back] = plain.split('::')
  const groups = front ? front.split(':') : []
  if (back !== undefined) {
    // A dotted tail stands for two groups; it lies beyond the first four either way.
    const after = back ? back.split(':').length + (back.includes('.') ? 1 : 0) : 0
    while (groups.length < 8 - after) groups.push('0')
    groups.push(...(back ? back.split(':') : []))
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}
