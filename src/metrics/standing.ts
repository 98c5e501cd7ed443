// Gauges of how things stand, asked of the tables and of the browsers when somebody scrapes.
import type { ISql } from 'postgres'
import { Gauge, type Registry } from 'prom-client'
import { ACCOUNT_STATES } from '../rules/account-state.ts'
import { readStanding } from './store.ts'

export interface StandingParts {
  sql: ISql
  isDatabaseUp: () => boolean
  /** Of every browser that runs: its memory in MB at the last look, null before the first. */
  browsers: () => { usedMb: number | null }[]
}

/** Answers what refreshes all of them. While the database is away its gauges are absent, and `botwave_database_up` is 0. */
export function createStanding(registry: Registry, { sql, isDatabaseUp, browsers }: StandingParts) {
  const registers = [registry]
  const gauge = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
    new Gauge({ name: `botwave_${name}`, help, labelNames, registers })
  const up = gauge('database_up', 'Whether the database answers.')
  const accounts = gauge('accounts', 'Accounts by state.', ['state'])
  const waiting = gauge('messages_waiting', 'Messages on their way out, by status.', ['status'])
  const oldest = gauge(
    'queue_oldest_seconds',
    'How long the message has been due that has been due for longest.',
  )
  const deliveries = gauge('webhook_deliveries_waiting', 'Webhook deliveries that were not made yet.')
  const running = gauge('browsers', 'Browsers that run.')
  const memory = gauge('browser_memory_bytes', 'Memory of all browsers at their last look.')

  return async function refresh(): Promise<void> {
    const all = browsers()
    running.set(all.length)
    memory.set(all.reduce((sum, { usedMb }) => sum + (usedMb ?? 0), 0) * 1_048_576)
    const standing = isDatabaseUp() ? await readStanding(sql).catch(() => null) : null
    up.set(standing ? 1 : 0)
    for (const one of [accounts, waiting, oldest, deliveries]) one.reset()
    if (!standing) {
      // An absent gauge says "unknown"; 0 would say "none".
      oldest.remove()
      deliveries.remove()
      return
    }
    for (const state of ACCOUNT_STATES) accounts.set({ state }, standing.accounts[state] ?? 0)
    for (const [status, count] of Object.entries(standing.waiting)) waiting.set({ status }, count)
    oldest.set(standing.oldestDueS)
    deliveries.set(standing.deliveries)
  }
}
