// One try to tell one endpoint: the request, signed, and what came of it.
import { type Outbound, OutboundError } from '../outbound.ts'
import { readRetryAfter } from '../rules/webhook-retry.ts'
import type { Vault } from '../vault.ts'
import type { Try } from './deliveries.ts'
import { openHeaders, openProof } from './sealing.ts'
import type { Webhook } from './store.ts'

export interface Attempt extends Try {
  /** The receiver has it: 2xx, and the answer came whole. */
  ok: boolean
  retryAfterMs: number | null
}

export interface Teller {
  /** Never rejects. `id` is the same at every try: the receiver knows a repetition by it. */
  tell(id: string, body: string): Promise<Attempt>
}

const TIMEOUT_MS = 15_000
const KEPT_BYTES = 1_024
/** A receiver need not answer more; what comes behind is not waited for. */
const READ_BYTES = 65_536

/** Opens what is sealed once, for as many deliveries as there are. Throws when it does not open. */
export function createTeller(
  { vault, outbound, version }: { vault: Vault; outbound: Outbound; version: string },
  webhook: Webhook,
): Teller {
  const own = openHeaders(vault, webhook)
  const prove = openProof(vault, webhook, new Date())

  return {
    async tell(id, body) {
      const at = new Date()
      const startedAt = performance.now()
      const headers = {
        ...own,
        'content-type': 'application/json',
        'user-agent': `BotWave/${version}`,
        ...prove(id, at, body),
      }
      const result = await ask(outbound, webhook.url, headers, body)
      const ms = Math.round((performance.now() - startedAt) * 10) / 10
      return { at: at.toISOString(), ms, url: webhook.url, ...result }
    },
  }
}

async function ask(
  outbound: Outbound,
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<Omit<Attempt, 'at' | 'ms' | 'url'>> {
  let status: number | null = null
  let retryAfterMs: number | null = null
  try {
    const answered = await outbound.request(url, {
      method: 'POST',
      headers,
      body,
      timeoutMs: TIMEOUT_MS,
      // A redirect is a wrong address: following it would hide that, and lead who knows where.
      maxRedirects: 0,
      maxBytes: Number.POSITIVE_INFINITY,
    })
    status = answered.status
    retryAfterMs = readRetryAfter(answered.headers.get('retry-after'), Date.now())
    const answer = await readStart(answered.body)
    const ok = status >= 200 && status < 300
    const failure = ok ? null : status >= 300 && status < 400 ? 'redirected' : 'refused'
    return { ok, status, failure, answer, retryAfterMs }
  } catch (error) {
    const failure = error instanceof OutboundError ? error.code : 'cut_off'
    return { ok: false, status, failure, answer: null, retryAfterMs }
  }
}

/** The first bytes as text, for the log. Rejects when the answer breaks off before its end. */
async function readStart(body: ReadableStream<Uint8Array>): Promise<string> {
  const kept: Uint8Array[] = []
  let count = 0
  for await (const chunk of body) {
    if (count < KEPT_BYTES) kept.push(chunk.subarray(0, KEPT_BYTES - count))
    count += chunk.byteLength
    if (count >= READ_BYTES) break
  }
  // PostgreSQL takes neither a NUL nor half a character.
  return new TextDecoder().decode(Buffer.concat(kept)).replaceAll('\0', '')
}
