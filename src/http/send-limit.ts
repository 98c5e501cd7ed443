// How many messages a minute a caller may hand in.
import type { Settings } from '../settings/store.ts'
import type { Caller } from './callers.ts'

/** Their own limit or the default, never above the ceiling. */
export function findSendLimit(caller: Pick<Caller, 'rateLimit'>, settings: Settings): number {
  return Math.min(caller.rateLimit ?? settings.default_rate_limit, settings.max_rate_limit)
}
