// The proxy of an account: checked and sealed for its row, opened for a start of its browser.
import type { StartOptions } from '../../workers/protocol.ts'
import { Problem } from '../http/problem.ts'
import type { Outbound } from '../outbound.ts'
import { OUTBOUND_FAILURES } from '../rules/outbound-failures.ts'
import { PROXY_PROBLEMS, readProxy, serverOf } from '../rules/proxy.ts'
import type { Vault } from '../vault.ts'
import type { Account } from './store.ts'

/**
 * What its owner's choice (null: none) changes of an account's row; null where nothing does. Throws `invalid_request`,
 * without a word of the address itself.
 */
export function proxyChange(
  { vault, outbound }: { vault: Vault; outbound: Pick<Outbound, 'judge'> },
  before: Pick<Account, 'id' | 'proxy'>,
  text: string | null | undefined,
): Pick<Account, 'proxy' | 'proxy_server'> | null {
  if (text === undefined || (text === null && before.proxy === null)) return null
  if (text === null) return { proxy: null, proxy_server: null }
  const proxy = readProxy(text)
  if (typeof proxy === 'string') throw new Problem('invalid_request', `proxy: ${PROXY_PROBLEMS[proxy]}`)
  // Where it leads is the same whatever is spoken there.
  const refused = outbound.judge(serverOf({ ...proxy, scheme: 'http' }))
  if (refused) throw new Problem('invalid_request', `proxy: ${OUTBOUND_FAILURES[refused]}`)
  if (isSame(vault, before, text)) return null
  return { proxy: vault.seal(text, aboutOf(before.id)), proxy_server: serverOf(proxy) }
}

/**
 * What the browser is started with; null without a proxy. Its host is judged anew, and Chromium gets the very address
 * that was judged: a name that means something else a moment later changes nothing. Only over https does it need the
 * name, for the certificate. Throws OutboundError, or a sentence where the key in DATA_DIR is another one.
 */
export async function proxyOf(
  { vault, outbound }: { vault: Vault; outbound: Pick<Outbound, 'resolve'> },
  account: Pick<Account, 'id' | 'proxy'>,
): Promise<NonNullable<StartOptions['proxy']> | null> {
  const text = open(vault, account)
  if (text === null) return null
  const proxy = readProxy(text)
  if (typeof proxy === 'string') throw new Error(`The proxy ${PROXY_PROBLEMS[proxy]}.`)
  const [address = ''] = await outbound.resolve(proxy.host)
  const host = proxy.scheme === 'https' ? proxy.host : address.includes(':') ? `[${address}]` : address
  return { server: serverOf({ ...proxy, host }), login: proxy.login }
}

/** One that cannot be opened any more is another one. */
function isSame(vault: Vault, before: Pick<Account, 'id' | 'proxy'>, text: string): boolean {
  try {
    return open(vault, before) === text
  } catch {
    return false
  }
}

/** As its owner wrote it. */
function open(vault: Vault, { id, proxy }: Pick<Account, 'id' | 'proxy'>): string | null {
  return proxy && vault.open(proxy, aboutOf(id))
}

const aboutOf = (accountId: string) => `account proxy ${accountId}`
