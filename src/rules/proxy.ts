// Reads the address of an account's proxy as its owner writes it: http://user:password@host:port, https:// or socks5://.

export interface ProxyAddress {
  scheme: 'http' | 'https' | 'socks5'
  /** Lower case, names in ASCII; an IPv6 address in brackets. */
  host: string
  port: number
  login: { username: string; password: string } | null
}

export const PROXY_PROBLEMS = {
  scheme: 'must start with http://, https:// or socks5://',
  host: 'has no host that can be one',
  port: 'has a port that is not between 1 and 65535',
  rest: 'must end behind its host and port',
  login:
    'has a user or password that cannot be read: both are plain ASCII, with %3A for a colon and %40 for an @',
  socks_login: 'must carry no user and password: Chromium cannot sign in to a SOCKS5 proxy',
} as const
export type ProxyProblem = keyof typeof PROXY_PROBLEMS

const DEFAULT_PORTS = { http: 80, https: 443, socks5: 1080 } as const
const MAX_LOGIN = 255

/** The proxy, or what is wrong with the text. */
export function readProxy(text: string): ProxyAddress | ProxyProblem {
  const [, schemeText = '', rest = ''] = /^([a-z0-9]+):\/\/(.*)$/is.exec(text) ?? []
  const scheme = schemeText.toLowerCase() as ProxyAddress['scheme']
  if (!Object.hasOwn(DEFAULT_PORTS, scheme)) return 'scheme'
  const at = rest.lastIndexOf('@')
  const login = at < 0 ? null : readLogin(rest.slice(0, at))
  if (login === 'login') return 'login'
  if (login && scheme === 'socks5') return 'socks_login'
  const [, hostText = '', tail = ''] = /^(\[[^\]]*\]|[^/:?#]*)(.*)$/s.exec(rest.slice(at + 1)) ?? []
  const host = readHost(hostText)
  if (!host) return 'host'
  const [matched, portText] = /^(?::([^/?#]*))?\/?$/.exec(tail) ?? []
  if (matched === undefined) return 'rest'
  const port = portText === undefined ? DEFAULT_PORTS[scheme] : Number(portText)
  if (portText !== undefined && !/^\d{1,5}$/.test(portText)) return 'port'
  return port >= 1 && port <= 65_535 ? { scheme, host, port, login } : 'port'
}

function readLogin(text: string): NonNullable<ProxyAddress['login']> | 'login' {
  const colon = text.indexOf(':')
  try {
    const username = decodeURIComponent(colon < 0 ? text : text.slice(0, colon))
    const password = decodeURIComponent(colon < 0 ? '' : text.slice(colon + 1))
    // What Basic can carry (RFC 7617).
    const isPlain = /^[\x20-\x39\x3b-\x7e]+$/.test(username) && /^[\x20-\x7e]*$/.test(password)
    return isPlain && username.length + password.length <= MAX_LOGIN ? { username, password } : 'login'
  } catch {
    return 'login'
  }
}

/** As a browser would spell it: a list, a flag or a second address cannot hide in what is left. */
function readHost(text: string): string | null {
  const host = text && !/\s/.test(text) ? URL.parse(`http://${text}/`)?.hostname : null
  return host && /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)\.?$/.test(host) ? host : null
}

/** What people are shown of it, and what Chromium takes: no login. */
export function serverOf({ scheme, host, port }: Omit<ProxyAddress, 'login'>): string {
  return `${scheme}://${host}:${port}`
}
