// Writes down what came of deliveries, also while the database is away: an answer once heard is not asked for again.
import type { Sql } from 'postgres'
import { recordActivity } from '../activity/store.ts'
import type { Hub } from '../events/hub.ts'
import type { Log } from '../log.ts'
import { isDatabaseTrouble } from '../rules/database-trouble.ts'
import { endOfEndpoint } from '../rules/webhook-retry.ts'
import { type Delivered, noteFailed, settleDelivered } from './deliveries.ts'
import { disableWebhook, noteFailing, type Webhook } from './store.ts'

export interface Recorder {
  /** Those that come while a write is under way share the next one. */
  delivered(told: Delivered): Promise<void>
  /** Answers whether the endpoint is off now. */
  failed(webhook: Webhook, told: Delivered, next: { tries: number; waitMs: number | null }): Promise<boolean>
}

const PAUSE_MS = 1_000
const BATCH = 500

export function createRecorder(parts: { sql: Sql; hub: Hub; log: Log; isStopping: () => boolean }): Recorder {
  const { sql, hub, log, isStopping } = parts
  let waiting: { told: Delivered; resolve: () => void; reject: (error: unknown) => void }[] = []
  let writing = false

  async function write(): Promise<void> {
    if (writing) return
    writing = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH)
      waiting = waiting.slice(BATCH)
      try {
        await retrying(() =>
          settleDelivered(
            sql,
            batch.map(({ told }) => told),
          ),
        )
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    writing = false
  }

  async function retrying<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (isStopping() || !isDatabaseTrouble(error)) throw error
        log.warn({ err: error }, 'what came of a delivery waits for the database')
        await Bun.sleep(PAUSE_MS)
      }
    }
  }

  return {
    delivered: (told) =>
      new Promise((resolve, reject) => {
        waiting.push({ told, resolve, reject })
        void write()
      }),

    async failed(webhook, told, { tries, waitMs }) {
      const now = Date.now()
      const nextTryAt = waitMs === null ? null : new Date(now + waitMs)
      const end = endOfEndpoint(
        { status: told.entry.status, tries },
        webhook.failing_since?.getTime() ?? null,
        now,
      )
      const events = await retrying(() =>
        sql.begin(async (tx) => {
          await noteFailed(tx, told, nextTryAt)
          await noteFailing(tx, webhook.id)
          const events = end ? await disableWebhook(tx, webhook, end) : null
          if (!events) return null
          await recordActivity(tx, {
            userId: webhook.user_id,
            userEmail: null,
            action: 'webhook.disabled',
            details: { webhook_id: webhook.id, reason: end },
            ip: null,
          })
          return events
        }),
      )
      if (events) log.warn({ webhook_id: webhook.id, reason: end }, 'a webhook was switched off')
      hub.publish(events ?? [])
      return events !== null
    },
  }
}
