// What each API key was used for, gathered in memory until it is written down.
import { KEPT_REQUESTS, type KeyRequest } from '../rules/api-key.ts'

export interface KeyRequests {
  /** A request came with this key, whether it will be let in or not. */
  begin(request: Request, from: { keyId: string; address: string | null }): void
  /** It was answered; one that never began is none of ours. */
  end(request: Request, answer: { path: string; status: number }): void
  /** By key, newest first: what was gathered since the last call. */
  takeAll(): Map<string, KeyRequest[]>
}

/** A kill loses what was not written yet: this is for people who look what a key does, not a record of what was done. */
export function createKeyRequests(): KeyRequests {
  const begun = new WeakMap<Request, { keyId: string; address: string | null; at: number }>()
  let gathered = new Map<string, Gathered[]>()

  return {
    begin(request, from) {
      begun.set(request, { ...from, at: Date.now() })
    },
    end(request, { path, status }) {
      const from = begun.get(request)
      if (!from) return
      const list = gathered.get(from.keyId) ?? []
      gathered.set(from.keyId, list)
      list.push({ at: from.at, method: request.method, path, status, ip_address: from.address })
      if (list.length >= KEPT_REQUESTS * 2) list.splice(0, list.length - KEPT_REQUESTS)
    },
    takeAll() {
      const taken = gathered
      gathered = new Map()
      return new Map([...taken].map(([keyId, list]) => [keyId, newestOf(list)]))
    },
  }
}

/** As it is gathered: nothing is spelled out for a request that a hundred others push out. */
type Gathered = Omit<KeyRequest, 'at'> & { at: number }

function newestOf(list: Gathered[]): KeyRequest[] {
  const newest = list.toReversed().slice(0, KEPT_REQUESTS)
  return newest.map((one) => ({ ...one, at: new Date(one.at).toISOString() }))
}
