// Requests that a user can aim: webhooks, files by URL. They reach what is out on the internet and nothing else.
//
// A name is resolved once, every address it has is judged, and the connection goes to one of those very addresses: a
// name that means something else a moment later (DNS rebinding) changes nothing. TLS and the Host header keep the
// name. Each redirect begins anew.
import { lookup } from 'node:dns/promises'
import { OUTBOUND_FAILURES, type OutboundFailure } from './rules/outbound-failures.ts'
import { isLocalName, isPrivateAddress, type Network, readAddress } from './rules/private-address.ts'

/** The message is a sentence for the user who aimed the request. */
export class OutboundError extends Error {
  override name = 'OutboundError'
  constructor(readonly code: OutboundFailure) {
    super(OUTBOUND_FAILURES[code])
  }
}

export interface OutboundRequest {
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string | Uint8Array<ArrayBuffer>
  /** From the start to the last byte of the answer, redirects included. */
  timeoutMs?: number
  /** 0: the redirect itself is the answer. */
  maxRedirects?: number
  /** Of the answer's body as it comes over the wire; nothing is decompressed. */
  maxBytes?: number
}

export interface OutboundAnswer {
  status: number
  headers: Headers
  /** Where it came from after redirects. */
  url: string
  /** Ends with OutboundError when it is too large, too slow or cut off. Read it to the end or `cancel()` it. */
  body: ReadableStream<Uint8Array>
}

export interface Outbound {
  /** Throws OutboundError. */
  request(url: string, request?: OutboundRequest): Promise<OutboundAnswer>
  /** The addresses of a host that may be connected to, for who connects by themselves. Throws OutboundError. */
  resolve(host: string): Promise<string[]>
  /** What can be said of an address without asking anybody; null when it may be tried. For when a user types it. */
  judge(url: string): 'bad_url' | 'private_address' | null
}

export interface OutboundParts {
  /** Private networks that may be reached all the same: OUTBOUND_ALLOW. */
  allow: readonly Network[]
  /** Name → addresses; only tests give another than the system's. */
  resolve?: (name: string) => Promise<string[]>
  /** Certificates to trust besides the system's; only tests. */
  ca?: string
}

const TIMEOUT_MS = 15_000
const MAX_BYTES = 1_048_576
const MAX_URL = 2_000

export function createOutbound({ allow, resolve = createSystemResolver(), ca }: OutboundParts): Outbound {
  function judge(text: string): 'bad_url' | 'private_address' | null {
    const url = readUrl(text)
    if (!url) return 'bad_url'
    if (readAddress(url.hostname)) return isPrivateAddress(url.hostname, allow) ? 'private_address' : null
    return isLocalName(url.hostname) && allow.length === 0 ? 'private_address' : null
  }

  /** The addresses that may be connected to, each of them judged. One bad address spoils all. */
  async function addressesOf(host: string): Promise<string[]> {
    const found = readAddress(host) ? [bare(host)] : await resolve(host)
    if (found.length === 0) throw new OutboundError('name_unknown')
    if (found.some((address) => isPrivateAddress(address, allow))) throw new OutboundError('private_address')
    return found
  }

  async function ask(url: URL, request: OutboundRequest, signal: AbortSignal): Promise<Response> {
    const refused = judge(url.href)
    if (refused) throw new OutboundError(refused)
    const addresses = await inTime(addressesOf(url.hostname), signal)
    for (const [at, address] of addresses.entries()) {
      try {
        return await connectTo(address, url, request, signal)
      } catch (error) {
        const failure = failureOf(error)
        // Nothing was sent: the next address may do.
        if (failure !== 'unreachable' || at === addresses.length - 1) throw new OutboundError(failure)
      }
    }
    throw new OutboundError('unreachable')
  }

  function connectTo(
    address: string,
    url: URL,
    request: OutboundRequest,
    signal: AbortSignal,
  ): Promise<Response> {
    const { method = 'GET', headers = {}, body = null } = request
    const target = new URL(url)
    target.hostname = address.includes(':') ? `[${address}]` : address
    const isNamed = !readAddress(url.hostname)
    return fetch(target, {
      method,
      headers: { 'accept-encoding': 'identity', ...headers, host: url.host },
      body,
      redirect: 'manual',
      signal,
      decompress: false,
      // A proxy would resolve the name itself.
      proxy: false,
      ...(url.protocol === 'https:'
        ? {
            tls: {
              ...(isNamed ? { serverName: url.hostname.replace(/\.$/, '') } : {}),
              ...(ca ? { ca } : {}),
            },
          }
        : {}),
    })
  }

  return {
    judge,
    resolve: (host) => inTime(addressesOf(host), AbortSignal.timeout(TIMEOUT_MS)),
    async request(text, request = {}) {
      const { timeoutMs = TIMEOUT_MS, maxRedirects = 0, maxBytes = MAX_BYTES } = request
      const signal = AbortSignal.timeout(timeoutMs)
      let url = readUrl(text)
      let asked = request
      for (let redirects = 0; ; redirects++) {
        if (!url) throw new OutboundError('bad_url')
        const response = await ask(url, asked, signal)
        const location = isRedirect(response.status) ? response.headers.get('location') : null
        if (maxRedirects === 0 || location === null) return answerOf(response, url, maxBytes)
        await response.body?.cancel().catch(() => {})
        if (redirects === maxRedirects) throw new OutboundError('too_many_redirects')
        const next: URL | null = URL.canParse(location, url.href)
          ? readUrl(new URL(location, url).href)
          : null
        asked = follow(asked, response.status, next?.origin === url.origin)
        url = next
      }
    },
  }
}

/** Null for what is no web address, or carries a login. */
function readUrl(text: string): URL | null {
  const url = text.length <= MAX_URL ? URL.parse(text) : null
  if (!url || !/^https?:$/.test(url.protocol) || !url.hostname) return null
  return url.username || url.password ? null : url
}

const bare = (host: string) => host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status)

/** What is asked of the next address. Headers are for who they were meant for: another origin gets none of them. */
function follow(request: OutboundRequest, status: number, sameOrigin: boolean): OutboundRequest {
  const { body, ...rest } = request
  const headers = sameOrigin ? (request.headers ?? {}) : {}
  const keeps = status === 307 || status === 308
  return keeps ? { ...request, headers } : { ...rest, method: 'GET', headers }
}

function answerOf(response: Response, url: URL, maxBytes: number): OutboundAnswer {
  const { status, headers } = response
  const length = Number(headers.get('content-length') ?? 0)
  if (length > maxBytes) {
    void response.body?.cancel().catch(() => {})
    throw new OutboundError('too_large')
  }
  return { status, headers, url: url.href, body: bounded(response.body, maxBytes) }
}

/** The same bytes, at most so many, and with failures of ours. */
function bounded(body: ReadableStream<Uint8Array> | null, maxBytes: number): ReadableStream<Uint8Array> {
  const reader = (body ?? new Blob([]).stream()).getReader()
  let count = 0
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) return controller.close()
        count += value.byteLength
        if (count > maxBytes) throw new OutboundError('too_large')
        controller.enqueue(value)
      } catch (error) {
        controller.error(new OutboundError(failureOf(error)))
        await reader.cancel().catch(() => {})
      }
    },
    async cancel() {
      await reader.cancel().catch(() => {})
    },
  })
}

function failureOf(error: unknown): OutboundFailure {
  if (error instanceof OutboundError) return error.code
  const { name = '', code = '' } = (error ?? {}) as { name?: string; code?: unknown }
  if (name === 'TimeoutError' || name === 'AbortError') return 'too_slow'
  const word = String(code)
  if (/CERT|SIGNED|VERIFY|TLS|SSL|ISSUER/i.test(word)) return 'bad_certificate'
  if (/REFUSED|FailedToOpenSocket|UNREACH|NOTFOUND|ETIMEDOUT/i.test(word)) return 'unreachable'
  return 'cut_off'
}

/** `work`, or OutboundError when the time is over before: a resolver knows no signal. */
function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(new OutboundError('too_slow'))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  return Promise.race([work, late]).finally(() => signal.removeEventListener('abort', onAbort))
}

/** Long enough that a busy webhook does not ask for every delivery. Safe: each use is judged, and connects to what was judged. */
const REMEMBER_MS = 10_000

function createSystemResolver(): (name: string) => Promise<string[]> {
  let known = new Map<string, { found: Promise<string[]>; until: number }>()
  return (name) => {
    const hit = known.get(name)
    if (hit && hit.until > performance.now()) return hit.found
    if (known.size > 1_000) known = new Map()
    const found = lookup(name, { all: true }).then(
      (all) => all.map(({ address }) => address),
      () => {
        known.delete(name)
        return []
      },
    )
    known.set(name, { found, until: performance.now() + REMEMBER_MS })
    return found
  }
}
