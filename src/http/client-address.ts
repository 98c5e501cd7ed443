// The address a request came from, believing X-Forwarded-For only from a proxy that the configuration names.
import { BlockList, isIP } from 'node:net'

export type ClientAddress = (direct: string | null, forwardedFor: string | null) => string | null

/** `trusted`: addresses and CIDR ranges. Goes through the header from the right, past every trusted proxy. */
export function createClientAddress(trusted: readonly string[]): ClientAddress {
  const list = new BlockList()
  for (const entry of trusted) {
    const [address = '', bits] = entry.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    list.addSubnet(address, bits ? Number(bits) : family === 'ipv6' ? 128 : 32, family)
  }
  const isTrusted = (address: string) => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

  return (direct, forwardedFor) => {
    let address = direct && plain(direct)
    if (trusted.length === 0) return address
    for (const hop of forwardedFor?.split(',').reverse() ?? []) {
      if (!address || !isTrusted(address)) return address
      const before = plain(hop.trim())
      if (!isIP(before)) return address
      address = before
    }
    return address
  }
}

/** An IPv4 address that arrives through an IPv6 socket. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
}
