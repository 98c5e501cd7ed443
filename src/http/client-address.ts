// The address a request came from, believing X-Forwarded-For only from a proxy that the configuration names.
import { isIP } from 'node:net'
import { createNetworks, plainAddress } from '../rules/networks.ts'

export type ClientAddress = (direct: string | null, forwardedFor: string | null) => string | null

/** `trusted`: addresses and CIDR ranges. Goes through the header from the right, past every trusted proxy. */
export function createClientAddress(trusted: readonly string[]): ClientAddress {
  const proxies = createNetworks(trusted)

  return (direct, forwardedFor) => {
    let address = direct && plainAddress(direct)
    if (trusted.length === 0) return address
    for (const hop of forwardedFor?.split(',').reverse() ?? []) {
      if (!proxies.contains(address)) return address
      const before = plainAddress(withoutPort(hop.trim()))
      // Whatever it is, the proxy did not see it as an address: nothing to the left of it is worth more.
      if (!isIP(before)) return address
      address = before
    }
    return address
  }
}

/** Some proxies write the port too: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return /^\[(.+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop
}
