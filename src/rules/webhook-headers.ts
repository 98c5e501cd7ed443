// Headers that a person may add to their webhooks: their own, never those that carry the request or its signature.

const MAX_HEADERS = 20
const MAX_BYTES = 4_096

/** Hop by hop, about the body or the connection, or ours to set. */
const RESERVED = new Set([
  ...[
    'connection',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authorization',
    'proxy-connection',
    'te',
    'trailer',
  ],
  ...['transfer-encoding', 'upgrade', 'host', 'expect', 'content-length', 'content-type', 'content-encoding'],
  ...[
    'accept-encoding',
    'date',
    'user-agent',
    'via',
    'forwarded',
    'origin',
    'referer',
    'cookie',
    'http2-settings',
  ],
])
const RESERVED_STARTS = ['webhook-', 'x-hub-', 'sec-', 'proxy-', 'x-forwarded-', ':']

/** Null when these may be sent, else one sentence that names the first that may not. */
export function refuseHeaders(headers: Record<string, string>): string | null {
  const entries = Object.entries(headers)
  if (entries.length > MAX_HEADERS) return `At most ${MAX_HEADERS} headers.`
  const names = entries.map(([name]) => name.toLowerCase())
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice) return `The header ${twice} is given twice.`
  for (const [name, value] of entries) {
    if (!/^[!#$%&'*+.^_`|~0-9a-z-]{1,100}$/i.test(name))
      return 'A header has a name that is not a token (RFC 9110).'
    if (isReserved(name.toLowerCase())) return `The header ${name} is not yours to set.`
    if (!/^[\x20-\x7e\t]*$/.test(value)) return `The header ${name} has a value that is not plain ASCII text.`
  }
  const bytes = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  return bytes > MAX_BYTES ? `The headers have more than ${MAX_BYTES} characters together.` : null
}

function isReserved(name: string): boolean {
  return RESERVED.has(name) || RESERVED_STARTS.some((start) => name.startsWith(start))
}
